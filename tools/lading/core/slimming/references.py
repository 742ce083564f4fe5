"""To which test folders a source refers: by import, by path, by a name in a string.

The text is cut into tokens and never parsed: a parser accepts what its own Python knows, and the
answer has to be the same whatever Python lading runs on.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

# Folders that may hold a test suite.
TEST_WORDS = ("tests", "test", "_tests")
_ALTERNATIVES = "|".join(TEST_WORDS)
# Comments, strings, and what decides where a statement begins. The letters before a string do not
# change where it ends.
_TOKEN = re.compile(
    r"""#[^\n]*|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''"""
    r"""|\"(?:[^\\\n\"]|\\.)*\"|'(?:[^\\\n']|\\.)*'"""
    r"""|\\\r?\n|\n\s*|[()\[\]{}]|[;:]|[^"'#()\[\]{};:\\\n]+""",
    re.DOTALL,
)
_PREFIX = re.compile(r"\s*[rRbBuUfFtT]{0,2}")
_IMPORT = re.compile(
    r"(?:^|[;:])[ \t]*(?:from[ \t]+(?P<module>[.\w]+)[ \t]+import[ \t]*"
    r"(?P<names>\([^)]*\)|[^\n;]*)|import[ \t]+(?P<modules>[^\n;]+))",
    re.MULTILINE | re.ASCII,
)
_SEPARATORS = re.compile(r"[./\\]+")
_IN_STRING = re.compile(
    rf"(?<![\w])(?:\w+(?:\.|/|\\+))*(?:{_ALTERNATIVES})(?![\w-])(?!\.py\b)", re.ASCII
)
# Where another string is put in.
_FIELD = re.compile(r"%(?:\(\w*\))?[srd]", re.ASCII)
_WORD = re.compile(rf"(?<![A-Za-z0-9_])(?:{_ALTERNATIVES})(?![A-Za-z0-9_])".encode())
_NAME_BYTES = (string.ascii_letters + string.digits + "_.").encode()
_LONGEST_NAME = 200
_LONGEST_LINE = 160
_JOINTS = (".", "/", "\\")
_BRACKETS = {**dict.fromkeys("([{", 1), **dict.fromkeys(")]}", -1)}

Certainty = Literal["import", "path", "word", "pattern"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A place in a distribution that refers to a test folder.

    `origin` is the file. `target` is the folder's path: of an `import` from site-packages on, of a
    `path` its end; of a `word` no more is known than the folder's own name, nor of a `pattern`,
    into which another name is put before it. `line` is the source's, where a string refers.
    """

    origin: str
    target: str
    certainty: Certainty
    line: str = ""


def may_refer(content: bytes) -> bool:
    """Say quickly whether a file is worth a closer look."""
    return _WORD.search(content) is not None


def parse_references(origin: str, content: bytes) -> tuple[Reference, ...]:
    """Return the references of a Python source; comments and docstrings refer to nothing."""
    code, strings = cut_source(content.decode("latin-1"))
    found = {
        Reference(origin=origin, target=target, certainty="import")
        for module in _imported(code, origin)
        if (target := _until_test_word(module)) is not None
    }
    found |= {one for text, line in strings for one in _of_string(origin, text, line)}
    return tuple(sorted(found, key=lambda one: (one.target, one.certainty, one.line)))


def parse_native_references(origin: str, content: bytes) -> tuple[Reference, ...]:
    """Return the references of a native file: module names among its strings."""
    found: set[Reference] = set()
    for word in TEST_WORDS:
        needle = f".{word}".encode()
        at = content.find(needle)
        while at != -1:
            after = content[at + len(needle) : at + len(needle) + 1]
            text = _name_before(content, at)
            if text and not (after.isalnum() or after == b"_"):
                target = f"{text.replace('.', '/')}/{word}"
                found.add(Reference(origin=origin, target=target, certainty="path"))
            at = content.find(needle, at + 1)
    return tuple(sorted(found, key=lambda one: one.target))


def _name_before(content: bytes, at: int) -> str:
    before = content[max(0, at - _LONGEST_NAME) : at]
    return before[len(before.rstrip(_NAME_BYTES)) :].decode("ascii")


def cut_source(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a source without strings and comments, and its strings, each with its line.

    A string that is a statement of its own is a docstring, and means nothing to the program.
    """
    code: list[str] = []
    strings: list[tuple[str, str]] = []
    depth = 0
    begins = True
    for token in _TOKEN.finditer(text):
        word = token[0]
        first = word[0]
        if first in "\"'":
            if not (begins and depth == 0 and _ends_statement(text, token.end())):
                strings.append((word, _line_of(text, token.start())))
            code.append("''")
            begins = False
        elif first == "\\":
            code.append(" ")
        elif first != "#":
            code.append(word)
            if first in _BRACKETS:
                depth = max(0, depth + _BRACKETS[first])
            begins = first in "\n;:" or (begins and _PREFIX.fullmatch(word) is not None)
    return "".join(code), strings


def _line_of(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return text[start : end if end != -1 else len(text)].strip()[:_LONGEST_LINE]


def _ends_statement(text: str, position: int) -> bool:
    rest = text[position : text.find("\n", position) + 1 or len(text)].strip()
    return not rest or rest[0] in "#;"


def _imported(code: str, origin: str) -> Iterator[str]:
    """Give the path of every module, and of every name that could be one, that is imported."""
    folder = origin.split("/")[:-1]
    for found in _IMPORT.finditer(code):
        if found["module"] is None:
            for name in _names(found["modules"]):
                yield name.replace(".", "/")
            continue
        module = found["module"].lstrip(".")
        level = len(found["module"]) - len(module)
        base = folder[: len(folder) - (level - 1)] if level else []
        path = "/".join([*base, *filter(None, module.split("."))])
        yield path
        for name in _names(found["names"]):
            yield f"{path}/{name}" if path else name


def _names(text: str) -> Iterator[str]:
    for part in text.strip("() \t\r\n").split(","):
        words = part.split()
        if words:
            yield words[0]


def _until_test_word(path: str) -> str | None:
    parts = path.split("/")
    for number, part in enumerate(parts):
        if part in TEST_WORDS:
            return "/".join(parts[: number + 1])
    return None


def _of_string(origin: str, text: str, line: str) -> Iterable[Reference]:
    # Prose may say "tests"; a path or the name of a module has no blanks.
    text = _FIELD.sub("{}", text)
    is_prose = any(blank in text for blank in " \n\t")
    for found in _IN_STRING.finditer(text):
        parts = [part for part in _SEPARATORS.split(found[0]) if part]
        target = _until_test_word("/".join(parts)) or ""
        before = text[: found.start()]
        certainty: Certainty = "path" if "/" in target else "word"
        if before.endswith(_JOINTS) and "{" in before:
            target, certainty = target.rpartition("/")[2], "pattern"
        if certainty == "path" or not is_prose:
            yield Reference(origin=origin, target=target, certainty=certainty, line=line)
