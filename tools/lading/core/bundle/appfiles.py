"""The app's own files: which of them go into the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

# Compared without case: Windows and macOS open `Local.Settings.json` under either name.
_NEVER = frozenset(
    {
        # What must not leave the machine.
        *(".git", ".hg", ".svn", "local.settings.json"),
        # What lading writes itself, or would write.
        *(".python_packages", "__pycache__"),
        # What differs from machine to machine and from day to day.
        *(".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox"),
        *(".vscode", ".idea", ".ds_store", "thumbs.db"),
        # What is said to the packer and not to the app.
        ".funcignore",
    }
)
# What an environment is written down in: `.env`, `.env.local`; and what has the names alone.
_ENV = ".env"
_ENV_NAMES_ALONE = frozenset({".env.example", ".env.sample", ".env.template"})
# What --sarif writes, under whatever name.
_FINDINGS = ".sarif"
# A folder with one of these is an interpreter's, under whatever name.
VIRTUAL_ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFile:
    """One file of the app: its POSIX name in the package, and where it is read."""

    name: str
    path: Path
    executable: bool


class PackingRules:
    """What `.funcignore` (gitignore syntax) and lading itself leave out."""

    def __init__(self, funcignore: str) -> None:
        self._spec = GitIgnoreSpec.from_lines(funcignore.splitlines())

    def leaves_out(self, name: str, *, folder: bool) -> bool:
        """Say whether a file or folder stays outside; `name` is POSIX, relative to the app.

        A folder that is left out takes everything in it along, as with Git.
        """
        return is_never_packed(name) or self._spec.match_file(f"{name}/" if folder else name)


def is_never_packed(name: str) -> bool:
    """Say whether no rule can bring a name into the package."""
    folded = name.casefold()
    parts = folded.split("/")
    return (
        folded.endswith(_FINDINGS)
        or not _NEVER.isdisjoint(parts)
        or any(is_env_file(part) for part in parts)
    )


def is_env_file(name: str) -> bool:
    """Say whether a name without folders is that of a `.env`, or of a variant with values."""
    folded = name.casefold()
    return folded == _ENV or (folded.startswith(f"{_ENV}.") and folded not in _ENV_NAMES_ALONE)


def check_name(name: str) -> str | None:
    """Return why a file cannot be in a package under its name, or None."""
    if "\\" in name:
        return "has a backslash in its name, which is a folder on Windows"
    if any(ord(character) < ord(" ") or character == "\x7f" for character in name):
        return "has a control character in its name"
    if not name.isprintable() and any(0xD800 <= ord(one) <= 0xDFFF for one in name):  # noqa: PLR2004
        return "has a name that is not UTF-8"
    return None
