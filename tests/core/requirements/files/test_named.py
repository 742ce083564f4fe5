"""Named requirements: their spelling, their markers and their hashes."""

from __future__ import annotations

import pytest

from tests.core.requirements.files.reading import A, B, named, problem_of, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Requests", "requests"),
        ("A.b_C>=1.0,<2", "a-b-c<2,>=1.0"),
        ("uvicorn[Standard,a_b] == 1.*", "uvicorn[a-b,standard]==1.*"),
        (
            "x ; python_version < '3.9' and os_name=='nt'",
            'x; python_version < "3.9" and os_name == "nt"',
        ),
        ("x (>=1)", "x>=1"),
    ],
)
def test_a_named_requirement_has_one_spelling_and_keeps_its_marker(
    text: str, expected: str
) -> None:
    assert read(text).named == (named(expected),)


def test_hashes_stand_behind_a_requirement() -> None:
    text = f"x==1 \\\n  --hash=sha256:{B} \\\n  --hash sha256:{A.upper()} --hash=md5:0\n"

    assert read(text).named == (named("x==1", 1, f"sha256:{A}", f"sha256:{B}"),)


@pytest.mark.parametrize("text", ["x==1 --hash=md5:0", "x==1 --hash=sha256:abc"])
def test_a_requirement_with_hashes_needs_one_that_can_be_checked(text: str) -> None:
    assert problem_of(text) == "--hash must be sha256: and 64 hexadecimal digits"
