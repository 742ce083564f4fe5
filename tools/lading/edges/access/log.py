"""The log of access: who was asked for what, with its credential or not, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

from lading.core.access.homes import Home
from lading.core.config import DEFAULT_INDEX
from lading.core.errors import SourceError
from lading.edges.http import Hop
from lading.edges.terminal import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Who was asked for what, and whether its credential went along; the URL has no query.

    `status` is None where no answer came.
    """

    source: str
    subject: str
    method: str
    url: str
    authorized: bool
    status: int | None


def tell_askings(records: Iterable[Record]) -> tuple[str, ...]:
    """Return for each source how often it was asked, and how often with its credential."""
    told: dict[str, list[bool]] = {}
    for record in records:
        name = "the default index" if record.source == DEFAULT_INDEX else record.source
        told.setdefault(name, []).append(record.authorized)
    return tuple(
        f"{name} was asked {len(authorized)} {'time' if len(authorized) == 1 else 'times'},"
        f" {sum(authorized)} with its credential"
        for name, authorized in sorted(told.items())
    )


class AccessLog:
    """Everything that one access asked. Holds no secret; used from many threads at once."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lock = Lock()
        self._records: list[Record] = []
        self._refusals: dict[str, None] = {}

    @property
    def records(self) -> tuple[Record, ...]:
        """Return every request that was sent, in the order of their answers."""
        with self._lock:
            return tuple(self._records)

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return what went wrong at the sources so far, each once."""
        with self._lock:
            return tuple(self._refusals)

    def answered(self, home: Home, subject: str, hop: Hop) -> None:
        """Write down one request and its answer."""
        record = Record(
            source=home.name,
            subject=subject,
            method=hop.method,
            url=hop.url,
            authorized=hop.authorized,
            status=hop.status,
        )
        with self._lock:
            self._records.append(record)
        credential = "with its credential" if hop.authorized else "without credential"
        self._progress.detail(
            f"{home.name}: {hop.method} {hop.url} {credential}: {hop.status or 'no answer'}"
        )

    def refused(self, error: SourceError) -> SourceError:
        """Write down what went wrong, and return it to be raised."""
        with self._lock:
            self._refusals[error.message] = None
        return error
