"""The head of a request at the broker's door: what can be read in two ways is not read at all."""

from __future__ import annotations

import re
from email.message import Message
from typing import Protocol

from lading.core.access.doors import DoorError

# A version before 1.0 knows no status; what 2 and 3 look like comes with other means.
VERSIONS = frozenset({"HTTP/1.0", "HTTP/1.1"})
# Also what is left of a folded line (RFC 9112, 5.2), which would go on to a repository's host.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Lines(Protocol):
    """What a head is read from."""

    def readline(self, size: int = -1, /) -> bytes:
        """Return the next line with its end, b"" where nothing more comes."""


class Head:
    """The lines of one head, which knows whether they can be read in one way only."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._last = b""
        self._has_bare_return = False

    @property
    def is_plain(self) -> bool:
        """Say whether the empty line came, and no line had a return in it.

        http.client takes the end of the stream for an empty line, email.parser a return for the end
        of a line (RFC 9112, 2.2).
        """
        return self._last in {b"\r\n", b"\n"} and not self._has_bare_return

    def readline(self, size: int = -1, /) -> bytes:
        """Return the next line."""
        self._last = self._lines.readline(size)
        self._has_bare_return |= b"\r" in self._last.removesuffix(b"\n").removesuffix(b"\r")
        return self._last


def check_head(headers: Message) -> None:
    """Raise DoorError for a line that is no header, a folded one, and control characters."""
    # After a line that is no header, email.parser takes the rest for a body.
    if headers.defects or headers.get_payload():
        raise DoorError("head", "a line of the request is no header")
    if any(_CONTROL.search(text) for pair in headers.items() for text in pair):
        raise DoorError("head", "a header holds a control character or a folded line")
