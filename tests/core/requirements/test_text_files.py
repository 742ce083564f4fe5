from __future__ import annotations

import codecs
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.requirements.text_files import parse_text

TEXT = "# größer\r\nrequests==2.0\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
    ],
)
def test_what_editors_and_shells_write_is_read(raw: bytes) -> None:
    assert parse_text(raw) == TEXT


def test_a_coding_that_the_file_names_is_used() -> None:
    raw = "# -*- coding: latin-1 -*-\n# größer\n".encode("latin-1")

    assert parse_text(raw) == "# -*- coding: latin-1 -*-\n# größer\n"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("größer".encode("latin-1"), "cannot be read as utf-8"),
        (b"# coding: nonsense\n", "cannot be read as nonsense"),
        (b"# coding: hex\n", "cannot be read as hex"),
        (b"a\0b", "NUL"),
        (b"\0a\0b\0\0", "NUL"),
    ],
)
def test_what_is_not_text_is_refused(raw: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_text(raw)


@given(st.text().filter(lambda text: "\0" not in text and not text.startswith("\ufeff")))
def test_utf_8_is_read_as_it_is(text: str) -> None:
    try:
        assert parse_text(text.encode()) == text
    except ValueError:
        # A comment may name another coding, as in Python.
        assert "coding" in text


@given(st.binary())
def test_any_bytes_are_text_or_refused(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert "\0" not in parse_text(raw)
