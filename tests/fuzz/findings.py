"""What was found by fuzzing, in its smallest form: the target, the bytes, and what went wrong."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """Bytes that once broke a target's promise."""

    target: str
    data: bytes
    story: str


_FILE = b'{"url":"acme_tax-1.0-py3-none-any.whl",%s}'
_PAGE = b'{"meta":{"api-version":"1.0"},"files":[%s]}'

FINDINGS = (
    Finding("page", b"<![x[", "html.parser raised an AssertionError: a bug instead of a refusal"),
    Finding(
        "page",
        _PAGE % (_FILE % rb'"requires-python":"\ud800"'),
        "half a surrogate pair could be read and not written: a bug when the page was rendered",
    ),
    Finding("page", _PAGE % (_FILE % rb'"yanked":"\ud800"'), "as above"),
    Finding(
        "page", _PAGE % rb'{"url":"\ud800"}', "a link no UTF-8 can hold was a bug, not left out"
    ),
    Finding("url", b"\xff", "as above, in a Location"),
    Finding("door", b"GET /simple/%E2%84%AA/", "the sign for kelvin was taken for the name k"),
    Finding("length", b"l:" + b"1" * 5000, "a length that int() refuses was a bug"),
    Finding("body", b"0x1\r\na\r\n0\r\n\r\n", "Python's 0x1 was taken for the length of a chunk"),
    Finding(
        "body",
        b"1" + b" " * 127 + b"a\r\n0\r\n\r\n",
        "a chunk's head that did not end was read, and its rest taken for the chunk",
    ),
    Finding("body", b"0\r\n", "a body without its last line was taken for whole"),
)
