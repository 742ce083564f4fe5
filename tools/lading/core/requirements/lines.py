"""The lines of a requirements file: comments, continuations and options, as pip reads them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_COMMENT = re.compile(r"(^|\s+)#.*$")
# A word that begins an option, where one may begin: at the start or after white space.
_OPTION_START = re.compile(r"(?:^|(?<=\s))-{1,2}[A-Za-z]")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s*=\s*|\s+|(?=[^\s=-]))(?P<rest>.*)", re.DOTALL)
_SHORT = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "-f": "--find-links",
    "-C": "--config-settings",
    "--pypi-url": "--index-url",
    "--config-setting": "--config-settings",
}
_WITHOUT_VALUE = frozenset(
    {
        "--no-index",
        "--pre",
        "--prefer-binary",
        "--require-hashes",
    }
)


class LineError(ValueError):
    """A line that cannot be taken as it is written; its message quotes no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option by its long name, with its value ("" for those that have none)."""

    name: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementLine:
    """One logical line: a requirement's text ("" where there is none) and the options beside it."""

    number: int
    text: str
    options: tuple[Option, ...] = ()
    editable: bool = False


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of every line, continuations joined, comments and blanks left out."""
    parts: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), start=1):
        is_comment = line.lstrip().startswith("#")
        first = first or number
        continues = line.endswith("\\") and not is_comment
        parts.append(f" {line}" if is_comment else line[:-1] if continues else line)
        if continues:
            continue
        if joined := _COMMENT.sub("", "".join(parts)).strip():
            yield first, joined
        parts, first = [], 0
    if joined := _COMMENT.sub("", "".join(parts)).strip():
        yield first, joined


def parse_line(number: int, text: str) -> RequirementLine:
    """Return what a logical line says; raise LineError."""
    editable = _EDITABLE.fullmatch(text)
    rest = editable["rest"] if editable else text
    start = _OPTION_START.search(rest)
    end = start.start() if start else len(rest)
    requirement = rest[:end].strip()
    if editable and not requirement:
        message = "-e names nothing"
        raise LineError(message)
    return RequirementLine(
        number=number,
        text=requirement,
        options=tuple(_parse_options(rest[end:])),
        editable=editable is not None,
    )


def _parse_options(text: str) -> Iterator[Option]:
    words = _split_words(text)
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        name, equals, value = word.partition("=")
        if not word.startswith("--") and len(word) > len("-r"):
            # -rbase.txt and -r=base.txt
            name, equals, value = word[:2], "=", word[2:].removeprefix("=")
        name = _SHORT.get(name, name)
        if not name.startswith("-"):
            message = (
                f"{name.split('=')[0][:20]!r} stands behind an option, where nothing may stand"
            )
            raise LineError(message)
        if name in _WITHOUT_VALUE:
            yield Option(name=name)
            continue
        if not equals:
            if position == len(words):
                message = f"{name} needs a value"
                raise LineError(message)
            value = words[position]
            position += 1
        yield Option(name=name, value=value)


def _split_words(text: str) -> tuple[str, ...]:
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    # `-r ..\base.txt` is a path on Windows, not an escape.
    lexer.escape = ""
    try:
        return tuple(lexer)
    except ValueError as error:
        message = "has a quotation mark that is not closed"
        raise LineError(message) from error
