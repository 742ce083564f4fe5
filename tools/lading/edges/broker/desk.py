"""What the broker's door gives to whoever it lets in: pages, files, repositories; and why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from email.message import Message
from threading import Lock
from typing import Protocol
from urllib.parse import quote

from lading.core.access.doors import Call, FileCall, GitCall, NotThereError, parse_call
from lading.core.access.simple_pages import HTML_PAGE, JSON_PAGE, render_html, render_json
from lading.core.config import GitSource
from lading.core.errors import LadingError
from lading.core.index import IndexFile
from lading.edges.access import Access, GitRequest
from lading.edges.http import Response

# What a runaway client can make us remember.
_MOST_REFUSALS = 200
# What Git and its server have to say to each other; never an Authorization or a cookie.
_GIT_HEADERS = (
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Git-Protocol",
    "User-Agent",
)


class Catalogue(Protocol):
    """What the door offers by name; Access itself fits.

    The `source` of a file that is not an index's own must not be "default": those files keep their
    public addresses.
    """

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        """Return the files of a distribution, () where there are none."""

    def read_metadata(self, file: IndexFile) -> bytes | None:
        """Return a file's METADATA, None where it is not offered apart."""

    def open_file(self, file: IndexFile) -> AbstractContextManager[Iterator[bytes]]:
        """Give a file's bytes in blocks."""


class Desk:
    """Answers calls that the door let in. Used from many threads at once."""

    def __init__(self, access: Access, *, catalogue: Catalogue) -> None:
        self._access = access
        self._catalogue = catalogue
        self._git_sources = {room_of(source): source for source in access.project.git_sources}
        self._lock = Lock()
        self._refusals: dict[str, None] = {}
        self._failures: list[LadingError] = []
        self._bugs: list[Exception] = []

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return why something was refused, each reason once."""
        with self._lock:
            return tuple(self._refusals)

    @property
    def bugs(self) -> tuple[Exception, ...]:
        """Return the errors that nobody foresaw."""
        with self._lock:
            return tuple(self._bugs)

    def parse(self, method: str, target: str) -> Call:
        """Read a request line; raises DoorError."""
        prefixes = {room: source.url for room, source in self._git_sources.items()}
        return parse_call(method, target, prefixes=prefixes)

    def page(self, name: str, *, accept: str) -> tuple[str, bytes]:
        """Return the media type and the page of a distribution.

        Links lead through the door, except to files that anyone may fetch: bulk stays outside.
        """
        files = self._catalogue.list_files(name)
        if not files:
            raise NotThereError("no-such-package", f"the default index has no package {name}")
        if JSON_PAGE in accept:
            return JSON_PAGE, render_json(name, files, link=self._link)
        kind = HTML_PAGE if HTML_PAGE in accept else "text/html; charset=utf-8"
        return kind, render_html(name, files, link=self._link)

    def file(self, call: FileCall) -> IndexFile:
        """Return the file of that name; raises NotThereError where the catalogue has none."""
        for file in self._catalogue.list_files(call.name):
            if file.filename == call.filename:
                return file
        raise NotThereError("file", f"{call.name} has no file {call.filename}")

    def metadata(self, call: FileCall) -> bytes:
        """Return a file's metadata; raises NotThereError where it is not offered apart."""
        metadata = self._catalogue.read_metadata(self.file(call))
        if metadata is None:
            raise NotThereError("metadata", f"{call.filename} has no metadata apart from the file")
        return metadata

    def open_file(self, file: IndexFile) -> AbstractContextManager[Iterator[bytes]]:
        """Give a file's bytes in blocks."""
        return self._catalogue.open_file(file)

    def open_git(
        self, call: GitCall, headers: Message, body: Iterator[bytes] | None
    ) -> AbstractContextManager[Response]:
        """Give a repository's answer to a Git client."""
        kept = {name: headers[name] for name in _GIT_HEADERS if name in headers}
        source = self._git_sources[call.source]
        return self._access.open_git(
            GitRequest(source=source, url=call.url, headers=kept, body=body)
        )

    @property
    def failures(self) -> tuple[LadingError, ...]:
        """Return the errors of the sources themselves, the oldest first."""
        with self._lock:
            return tuple(self._failures)

    def fail(self, error: LadingError) -> None:
        """Keep an error that the client behind the door can only tell as "424"."""
        with self._lock:
            if len(self._failures) < _MOST_REFUSALS:
                self._failures.append(error)

    def refuse(self, reason: str) -> None:
        """Remember why something was refused."""
        with self._lock:
            if len(self._refusals) < _MOST_REFUSALS:
                self._refusals[reason] = None

    def report_bug(self, error: Exception) -> None:
        """Keep an error that nobody foresaw, for the one who closes the door."""
        with self._lock:
            self._bugs.append(error)

    def _link(self, file: IndexFile) -> str:
        if self._access.serves_directly(file):
            return file.url
        return f"/files/{file.name}/{quote(file.filename)}"


def room_of(source: GitSource) -> str:
    """Return the name under which a Git source stands behind the door."""
    return quote(source.name, safe="")
