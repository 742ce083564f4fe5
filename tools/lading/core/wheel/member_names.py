"""Names of files in archives: which may be, and which some systems cannot keep apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

_DRIVE = re.compile(r"[A-Za-z]:")
_ELSEWHERE = frozenset({"", ".", ".."})
_RULES: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("a name with a NUL byte", lambda name: "\0" in name),
    ("a backslash, which is a folder on Windows", lambda name: "\\" in name),
    ("an absolute name", lambda name: name.startswith("/")),
    ("a name with a drive", _DRIVE.match),
    ("a name that leads elsewhere", lambda name: not _ELSEWHERE.isdisjoint(name.split("/"))),
    ("a name with a control character", lambda name: not name.isprintable() and _control(name)),
)


def member_name_problem(name: str) -> str | None:
    """Return why a name may not be in an archive, None where it may: POSIX, relative, no tricks."""
    for problem, applies in _RULES:
        if applies(name):
            return f"{name!a}: {problem}"
    return None


def alike_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return a line for each pair of names that are one file where case does not count."""
    first: dict[str, str] = {}
    notes = []
    for name in sorted(names):
        folded = name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()
        other = first.setdefault(folded, name)
        if other != name:
            notes.append(f"{other} and {name} are one file on Windows and macOS")
    return tuple(notes)


def _control(name: str) -> bool:
    return any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in name)
