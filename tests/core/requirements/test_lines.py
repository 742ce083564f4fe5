from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.requirements.lines import (
    LineError,
    Option,
    RequirementLine,
    logical_lines,
    parse_line,
)


def test_comments_blanks_and_continuations_are_read_as_pip_reads_them() -> None:
    text = (
        "# a comment\n"
        "\n"
        "requests  # why\r\n"
        "git+https://h/x#egg=y\n"
        "foo==1.0 \\\n"
        "    --hash=sha256:1 \\\n"
        "    --hash=sha256:2\n"
        "    # via bar\n"
        "bar \\"
    )

    assert list(logical_lines(text)) == [
        (3, "requests"),
        (4, "git+https://h/x#egg=y"),
        (5, "foo==1.0     --hash=sha256:1     --hash=sha256:2"),
        (9, "bar"),
    ]


def test_a_comment_ends_a_continuation_even_with_a_backslash() -> None:
    assert list(logical_lines("a \\\n# b \\\nc")) == [(1, "a"), (3, "c")]


@pytest.mark.parametrize(
    ("text", "requirement", "options", "editable"),
    [
        ("requests>=2 ; python_version>'3'", "requests>=2 ; python_version>'3'", (), False),
        (
            "a --hash=sha256:1 --hash sha256:2",
            "a",
            (("--hash", "sha256:1"), ("--hash", "sha256:2")),
            False,
        ),
        ("-r base.txt", "", (("--requirement", "base.txt"),), False),
        ("-rbase.txt", "", (("--requirement", "base.txt"),), False),
        ("--requirement=base.txt", "", (("--requirement", "base.txt"),), False),
        ("-r 'my base.txt'", "", (("--requirement", "my base.txt"),), False),
        (r"-r ..\base.txt", "", (("--requirement", r"..\base.txt"),), False),
        ("-c c.txt --pre", "", (("--constraint", "c.txt"), ("--pre", "")), False),
        ("-e ./lib[x] ; os_name=='nt'", "./lib[x] ; os_name=='nt'", (), True),
        ("--editable=./lib", "./lib", (), True),
        ("-e./lib", "./lib", (), True),
        ("-i https://h/simple", "", (("--index-url", "https://h/simple"),), False),
        ("./a-b/c -C x=y", "./a-b/c", (("--config-settings", "x=y"),), False),
    ],
)
def test_a_line_is_a_requirement_and_its_options(
    text: str, requirement: str, options: tuple[tuple[str, str], ...], *, editable: bool
) -> None:
    assert parse_line(7, text) == RequirementLine(
        number=7,
        text=requirement,
        options=tuple(Option(name=name, value=value) for name, value in options),
        editable=editable,
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-r", "needs a value"),
        ("-r a b", "behind an option"),
        ("-r 'a", "quotation mark"),
        ("-e ", "names nothing"),
        ("-e --pre", "names nothing"),
    ],
)
def test_a_line_that_cannot_be_taken_says_why(text: str, words: str) -> None:
    with pytest.raises(LineError, match=words):
        parse_line(1, text)


@given(st.text())
def test_any_text_has_lines(text: str) -> None:
    for number, line in logical_lines(text):
        assert line.strip() == line != ""
        with contextlib.suppress(LineError):
            assert parse_line(number, line).number == number
