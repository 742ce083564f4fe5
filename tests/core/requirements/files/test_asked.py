"""What is asked in the end: once each, without what the platform brings, with a fingerprint."""

from __future__ import annotations

import pytest

from lading.core.requirements import (
    with_metadata,
)
from tests.core.requirements.files.reading import FILE, A, B, named, problems, read


def test_what_the_platform_brings_is_dropped_with_a_note() -> None:
    requirements = read("Azure_Functions.Worker==1.2\nx\n")

    assert requirements.named == (named("x", 2),)
    assert requirements.notes == (
        f"{FILE}:1: azure-functions-worker is dropped: the platform brings its own",
    )


def test_what_the_platform_brings_is_dropped_from_wherever_it_comes() -> None:
    requirements = read(
        "azure-functions-worker @ git+https://git.example/one/worker\n-c c.txt",
        c="azure-functions-worker<2",
    )

    assert requirements.empty
    assert requirements.constraints == ()
    assert not read("x").empty


def test_one_name_cannot_come_from_two_places() -> None:
    (problem,) = problems(
        "x @ git+https://git.example/one/x@a\nx @ git+https://git.example/one/x@b"
    )

    assert problem == (
        f"{FILE}:2: x is also asked from another place in {FILE}:1; keep one of the two"
    )
    assert len(read("x @ ./a ; os_name=='nt'\nx @ ./b ; os_name!='nt'").direct) == 2


def test_the_same_line_twice_is_asked_once() -> None:
    assert read("x==1\nX == 1\n").named == (named("x==1"),)


def test_the_fingerprint_is_of_what_is_asked_and_not_of_how_it_is_written() -> None:
    one = read(
        f"x>=1,<2\ny @ git+https://git.example/one/y@v1\nz --hash=sha256:{A}\n-c c.txt", c="w<2"
    )
    other = read(
        f"# a comment\r\n-c c.txt\r\nz \\\r\n  --hash=sha256:{A}\r\n"
        "git+https://GIT.example:443/one/y@v1#egg=Y\r\nX<2,>=1 # why\r\n",
        c="w<2",
    )

    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize(
    "text", ["x>=2", "x>=1 ; os_name == 'nt'", "x[a]>=1", "", "x>=1\ny", "-c c.txt", "x @ ./x"]
)
def test_whatever_is_asked_differently_has_another_fingerprint(text: str) -> None:
    assert read(text, c="x>=1").fingerprint != read("x>=1").fingerprint


def test_the_metadata_of_a_path_is_a_part_of_what_is_asked() -> None:
    requirements = read("./lib\n-c c.txt", c="x<1")
    one = with_metadata(requirements, {"app/lib": A})

    assert one.direct == requirements.direct
    assert one.constraints == requirements.constraints
    assert one.fingerprint not in {
        requirements.fingerprint,
        with_metadata(requirements, {"app/lib": B}).fingerprint,
    }
