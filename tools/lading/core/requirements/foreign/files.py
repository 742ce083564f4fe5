"""Which file is whose lock, and what it says → `Requirements`: all problems at once."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.pylock import is_valid_pylock_path

from lading.core.errors import RequirementsError
from lading.core.requirements import Requirements
from lading.core.requirements.foreign import Asking, Choice, assemble_choice
from lading.core.requirements.foreign.drift import compare_choices, find_drift
from lading.core.requirements.foreign.poetry_lock import parse_poetry_lock
from lading.core.requirements.foreign.pylock import parse_pylock
from lading.core.requirements.foreign.uv_lock import parse_uv_lock
from lading.core.requirements.texts import check_places

Parser = Callable[[Mapping[str, object], Asking, list[str]], Choice]
UV_LOCK = "uv.lock"
# In the order in which one is taken where they agree.
BESIDE = (UV_LOCK, "poetry.lock", "pylock.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFile:
    """A lock of another tool as TOML has it; `path` is relative to the project's root."""

    path: str
    table: Mapping[str, object]


def is_foreign_lock(path: str) -> bool:
    """Say whether a file is, by its name, the lock of another tool that can be read."""
    name = posixpath.basename(path)
    return name in BESIDE or is_valid_pylock_path(Path(name))


def parse_foreign_lock(
    file: LockFile, asking: Asking, *, beside: tuple[LockFile, ...] = (), named: bool
) -> Requirements:
    """Return the requirements that pin what a lock has chosen for the target.

    `beside` are the other locks of the same folder. Where they choose something else it is a
    warning if the user has `named` this lock, and refused if lading would have to guess.
    Raises RequirementsError with every problem.
    """
    problems: list[str] = []
    choice = _parse(file, asking, problems)
    warnings = list(find_drift(file.path, file.table, choice, asking))
    for other in beside:
        told = _compare(file, choice, other, asking)
        if told and not named:
            raise RequirementsError(
                (f"{file.path} and {other.path} choose differently:", *told),
                remedy=f'Delete the one that is not used, or say: requirements = "{file.path}"',
            )
        if told:
            warnings.append(
                f"{other.path} chooses differently and is not used:\n  " + "\n  ".join(told)
            )
    shown = [f"{file.path}:{text[1:]}" if text.startswith(".") else text for text in problems]
    shown = [text if text.startswith(file.path) else f"{file.path}: {text}" for text in shown]
    requirements = assemble_choice(choice, asking, shown, warnings=warnings)
    shown += check_places(requirements.direct)
    if shown:
        raise RequirementsError(
            tuple(dict.fromkeys(shown)),
            remedy=f"Correct what is named, or write {file.path} anew: {choice.tool}",
        )
    return requirements


def _parse(file: LockFile, asking: Asking, problems: list[str]) -> Choice:
    name = posixpath.basename(file.path)
    parsers: dict[str, Parser] = {UV_LOCK: parse_uv_lock, "poetry.lock": parse_poetry_lock}
    return parsers.get(name, parse_pylock)(file.table, asking, problems)


def _compare(file: LockFile, choice: Choice, other: LockFile, asking: Asking) -> tuple[str, ...]:
    problems: list[str] = []
    theirs = _parse(other, asking, problems)
    if problems:
        return (f"{other.path} cannot be compared: {problems[0].lstrip('.')}",)
    return compare_choices((file.path, choice.versions), (other.path, theirs.versions))
