"""What foreign text reaches keeps its promises: for what was found, and for what may be found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.findings import FINDINGS
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS

# What the readers look for, so that chance finds the way in.
PIECES = (
    *(b"/", b"\\", b"..", b"%2e", b"%252e", b"%2F", b";", b"@", b":", b"?", b"#", b"%00", b"\0"),
    *(b"\r\n", b"\n", b"\r", b"\t", b" ", b"\xe2\x84\xaa", b"\xed\xa0\x80", b"\xff", b"%", b"0"),
    *(b"https://", b"//", b"acme", b"contoso", b"<a href=", b"<base href=", b">", b'"', b"<![x["),
    *(b"data-yanked=", b"&#xD800;", b"GET ", b"POST ", b"/info/refs?service=git-upload-pack"),
    *(b"1\r\na\r\n", b"0\r\n\r\n", b"l:1", b"t:chunked", b"u:p@", b"${X}"),
)


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: finding.target)
def test_what_fuzzing_found_stays_mended(finding: tuple[str, bytes, str]) -> None:
    TARGETS[finding[0]](finding[1])


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_reader_of_foreign_text_keeps_its_promises(name: str, data: st.DataObject) -> None:
    seeds = SEEDS[name]
    pieces = st.one_of(st.sampled_from([*seeds, *PIECES]), st.binary(max_size=8))
    TARGETS[name](data.draw(st.lists(pieces, max_size=6).map(b"".join)))
