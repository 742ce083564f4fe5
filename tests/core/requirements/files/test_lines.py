"""Lines that are no requirements: options, includes, constraints, mistakes."""

from __future__ import annotations

import pytest

from lading.core.requirements.files import included_files
from tests.core.requirements.files.reading import FILE, A, problem_of, problems, read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x=1", "a version is written NAME==1.0"),
        ("x^1", "write a range as"),
        ("x ~1", "write a range as"),
        ("x==${VERSION}", "has a variable"),
        ("x y", "is not a requirement"),
        ("x @ a b", 'expected "NAME @ URL ; MARKER"'),
        ("x ; nonsense", "is not a requirement"),
        ("./lib ; nonsense", "is not a marker"),
        ("--pre", "ask for a pre-release by its version"),
        ("--no-binary=x", "--no-binary is not supported"),
        ("--no-index", "--offline"),
        ("x -C a=b", "--config-settings is not supported"),
        ("--nonsense", "needs a value"),
        ("--nonsense=1", "is not an option"),
        (f"--hash=sha256:{A}", "--hash stands alone"),
        ("-r missing.txt", "there is no file app/missing.txt"),
        ("-r ../../x.txt", "lies outside of the project"),
        ("-r /etc/x.txt", "lies outside of the project"),
        ("-c https://files.example/constraints.txt", "save the file in the project"),
        ("--find-links ./wheels", "require the files themselves"),
    ],
)
def test_a_line_that_cannot_be_taken_says_what_to_write(text: str, words: str) -> None:
    assert words in problem_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "--prefer-binary",
        "--only-binary=:all:",
        "--require-hashes",
        "--trusted-host git.example",
        "--use-feature=fast-deps",
    ],
)
def test_options_that_change_nothing_here_are_ignored_with_a_note(text: str) -> None:
    (note,) = read(text).notes

    option = text.replace("=", " ").split()[0]
    assert note.startswith(f"{FILE}:1: {option} is ignored: ")


def test_all_problems_are_told_at_once_with_their_lines() -> None:
    found = problems("x=1\n-r other.txt\n--pre\n", other="\ny=1\n")

    assert [problem.split(": ")[0] for problem in found] == [
        f"{FILE}:1",
        "app/other.txt:2",
        f"{FILE}:3",
    ]


def test_included_files_are_followed_once_and_constraints_stay_constraints() -> None:
    requirements = read(
        "-r base.txt\n-c limits.txt\nx\n",
        base="y\n-r requirements.txt\n",
        limits="z<2\n-r more.txt\n",
        more="w<3\n",
    )

    assert [item.name for item in requirements.named] == ["y", "x"]
    assert [item.text for item in requirements.constraints] == ["z<2", "w<3"]


@pytest.mark.parametrize(
    ("text", "words"), [("./lib", "names versions"), ("x[a]<2", "has no extras")]
)
def test_a_constraint_names_versions_only(text: str, words: str) -> None:
    (problem,) = problems("-c limits.txt\n", limits=text)

    assert problem.startswith("app/limits.txt:1: a constraint")
    assert words in problem


def test_the_files_to_read_are_found_without_reading_them() -> None:
    text = "-r base.txt\n-c ../limits.txt\n-r 'unclosed\n-r https://h/x.txt\nx\n-r base.txt"

    assert included_files(text, FILE) == ("app/base.txt", "limits.txt")
