"""RECORD is read without trust and written completely."""

from __future__ import annotations

import hashlib

from lading.core.layer import Member
from lading.core.wheel.record import RecordedHash, compare_record, parse_record, render_record

HEX = hashlib.sha256(b"").hexdigest()
ENCODED = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
PROMISE = RecordedHash(algorithm="sha256", digest=bytes.fromhex(HEX))


def test_a_record_is_read_by_name() -> None:
    text = f'a.py,{ENCODED},0\r\n"b,c.py",{ENCODED},0\r\n\r\nd-1.dist-info/RECORD,,\r\n'
    assert parse_record(text) == (
        {"a.py": PROMISE, "b,c.py": PROMISE, "d-1.dist-info/RECORD": None},
        (),
    )


def test_what_is_wrong_with_a_record_is_told_line_by_line() -> None:
    text = f"a.py,{ENCODED}\nb.py,md5=AA,1\nc.py,sha256=!,1\nd.py,{ENCODED},0\nd.py,,\n"
    promises, problems = parse_record(text)
    assert "d.py" in promises
    assert len(problems) == 3 + ("c.py" not in promises)
    assert problems[0] == "RECORD, line 1: not three fields"
    assert problems[1] == "RECORD, line 2: md5 is no hash that PEP 427 allows"
    assert problems[-1] == "RECORD, line 5: a second hash for d.py"


def test_both_sides_of_a_disagreement_are_named() -> None:
    promises = {"a": PROMISE, "b": None, "gone": PROMISE, "folder/": None}
    names = ["a", "b", "c", "d-1.dist-info/RECORD", "d-1.dist-info/RECORD.jws"]
    assert compare_record(promises, names, dist_info="d-1.dist-info") == (
        "c: is not in RECORD",
        "b: has no hash in RECORD",
        "gone: is in RECORD and not in the wheel",
    )


def test_a_record_that_was_written_is_read_back() -> None:
    members = [
        Member(
            name=name,
            mode=0o644,
            size=0,
            sha256=HEX,
            crc=0,
            method=0,
            compressed_size=0,
            offset=0,
        )
        for name in ("b.py", 'odd, "name".txt', "ä.py")
    ]
    text = render_record(members, dist_info="a-1.dist-info").decode()
    promises, problems = parse_record(text)
    assert problems == ()
    assert promises == {member.name: PROMISE for member in members} | {"a-1.dist-info/RECORD": None}
    assert text == "".join(sorted(text.splitlines(keepends=True), key=lambda line: line.strip('"')))
