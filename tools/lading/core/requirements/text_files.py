"""Text files as people's editors and shells write them: UTF-8, with a BOM, UTF-16."""

from __future__ import annotations

import codecs
import re

# The mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8"),
)
# PEP 263, which pip honours in requirements files too.
_CODING = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*(?P<name>[-\w.]+)")


def parse_text(raw: bytes) -> str:
    """Return the text of a file without its BOM; raise ValueError with what is wrong."""
    encoding = _encoding(raw)
    try:
        text = raw.decode(encoding)
    # LookupError: a coding that does not exist, or that does not give text (hex, zip).
    except (UnicodeError, LookupError) as error:
        message = f"cannot be read as {encoding}"
        raise ValueError(message) from error
    if "\0" in text:
        message = "has NUL characters and is not text"
        raise ValueError(message)
    return text.removeprefix("\ufeff")


def _encoding(raw: bytes) -> str:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding
    even, odd = raw[0::2], raw[1::2]
    if len(raw) % 2 == 0 and b"\0" in raw:
        # PowerShell's `>` without a mark: of what is mostly ASCII every second byte is zero.
        return "utf-16-le" if odd.count(0) > even.count(0) else "utf-16-be"
    for line in raw.splitlines()[:2]:
        if match := _CODING.match(line):
            return match["name"].decode("ascii", errors="replace")
    return "utf-8"
