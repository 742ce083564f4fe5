"""The head of a request at the broker's door: what can be read in two ways is not read at all."""

from __future__ import annotations

import re
from email.message import Message
from typing import Protocol

from lading.core.access.doors import DoorError

# RFC 9112, 3. The library splits at whatever Unicode takes for a space. A version before 1.0 knows
# no status; what 2 and 3 look like comes with other means.
_REQUEST_LINE = re.compile(rb"[!-~]+ [!-~]+ HTTP/1\.[01]\r?\n")
# RFC 9110, 5.6.2: email.parser takes nearly everything before a colon.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Also what is left of a folded line (RFC 9112, 5.2), which would go on to a repository's host.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Lines(Protocol):
    """What a head is read from."""

    def readline(self, size: int = -1, /) -> bytes:
        """Return the next line with its end, b"" where nothing more comes."""


class Head:
    """One head, which knows whether its lines can be read in one way only."""

    def __init__(self, first: bytes, lines: Lines) -> None:
        self._first = first
        self._lines = lines
        self._last = b""
        self._has_bare_return = False

    @property
    def is_plain(self) -> bool:
        """Say whether it begins and ends as HTTP's do, and no line has a return inside.

        http.client takes the end of the stream for an empty line, email.parser a return for the end
        of a line (RFC 9112, 2.2).
        """
        is_whole = self._last in {b"\r\n", b"\n"} and not self._has_bare_return
        return is_whole and _REQUEST_LINE.fullmatch(self._first) is not None

    def readline(self, size: int = -1, /) -> bytes:
        """Return the next line."""
        self._last = self._lines.readline(size)
        self._has_bare_return |= b"\r" in self._last.removesuffix(b"\n").removesuffix(b"\r")
        return self._last


def check_head(headers: Message) -> None:
    """Raise DoorError for a line that is no header, a folded one, and characters out of place."""
    # After a line that is no header, email.parser takes the rest for a body.
    if headers.defects or headers.get_payload():
        raise DoorError("head", "a line of the request is no header")
    if not all(_NAME.fullmatch(name) for name in headers):
        raise DoorError("head", "a header has a name that is none")
    if any(_CONTROL.search(value) for value in headers.values()):
        raise DoorError("head", "a header holds a control character or a folded line")
