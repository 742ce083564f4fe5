"""What is asked of whom, for how long one waits, and what is recorded of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lading.core.access.scope import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """How long a server may keep us waiting, in seconds: to connect, for the next bytes.

    `whole` is for the head of an answer, for all of a small body, and for each block of a file,
    however often something comes.
    """

    connect: float = 10.0
    read: float = 60.0
    whole: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of whom.

    `grant` is shown only where its scope covers the URL. Redirects that leave `confined_to` (a
    scope) are refused; without it they are followed, outside the grant's scope without the
    credential. `method` is GET, or with a `body` POST, where nothing else is said; only what
    fetches is redirected. What failed on the way is sent again unless it is `once`, or its body a
    stream, which is gone then. `on_link` lets it be http to this machine or to its own link, past
    every proxy: that is where Azure gives a machine its identity. `limits` are the request's own.
    """

    url: str
    grant: Grant | None = None
    confined_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterator[bytes] | None = None
    ca_bundle: str | None = None
    on_link: bool = False
    limits: TimeLimits | None = None
    method: str = ""
    once: bool = False

    @property
    def verb(self) -> str:
        """Return the method that is sent."""
        return self.method or ("GET" if self.body is None else "POST")

    @property
    def can_repeat(self) -> bool:
        """Say whether it may be sent again after a failure on the way."""
        return not self.once and (self.body is None or isinstance(self.body, bytes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One request as it was sent: the URL without its query, and whether the credential went along.

    `status` is None where no answer came.
    """

    method: str
    url: str
    authorized: bool
    status: int | None
