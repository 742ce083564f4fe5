"""Files that are required by their URLs."""

from __future__ import annotations

import pytest

from lading.core.requirements import (
    UrlRequirement,
)
from tests.core.requirements.files.reading import FILE, TOKEN, A, problem_of, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "https://files.example/A_b-1.0-py3-none-any.whl",
            UrlRequirement(
                name="a-b",
                url="https://files.example/A_b-1.0-py3-none-any.whl",
                origin=f"{FILE}:1",
            ),
        ),
        (
            f"a[x] @ https://files.example/a-1.0.tar.gz#sha256={A} ; os_name=='nt'",
            UrlRequirement(
                name="a",
                url="https://files.example/a-1.0.tar.gz",
                origin=f"{FILE}:1",
                hashes=(f"sha256:{A}",),
                extras=("x",),
                marker='os_name == "nt"',
            ),
        ),
        (
            f"https://me@files.example/main.zip#egg=a --hash=sha256:{A}",
            UrlRequirement(
                name="a",
                url="https://files.example/main.zip",
                origin=f"{FILE}:1",
                hashes=(f"sha256:{A}",),
            ),
        ),
    ],
)
def test_a_file_may_be_named_by_its_url(text: str, expected: UrlRequirement) -> None:
    assert read(text).direct == (expected,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a @ http://files.example/a-1.0.tar.gz", "is not https"),
        ("https://files.example/main.zip", "write: NAME @ https://files.example/main.zip"),
        ("https://github.com/acme/x", "a Git repository is written NAME @ git+https"),
        ("a @ https://files.example/x.whl", "not the name of a wheel"),
        ("a @ https://files.example/b-1.0-py3-none-any.whl", "is not a wheel of a"),
        ("a @ https://files.example/a-1.0.tar.gz?sig=hunter2", "has a query"),
        (f"a @ https://{TOKEN}@files.example/a-1.0.tar.gz", "a @ https://files.example/a-1.0"),
        ("a @ https://me:hun/ter2@files.example/a-1.0.tar.gz", "not a URL that can be read"),
    ],
)
def test_a_url_that_cannot_be_taken_says_why(text: str, words: str) -> None:
    problem = problem_of(text)

    assert words in problem
    assert "hunter2" not in problem
    assert "ter2" not in problem
    assert TOKEN not in problem
