"""Tables of a TOML file, read with key paths and with every mistake kept for the end."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import PurePosixPath, PureWindowsPath

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_TYPES: Mapping[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "a table",
}


def nearest(word: str, known: Collection[str]) -> str | None:
    """Return the known word that was probably meant, or None."""
    matches = get_close_matches(word.lower().replace("_", "-"), sorted(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


class Table:
    """One table: its getters return what the key holds, or note a problem and return nothing.

    All tables of one file share `problems`, so that a reader can tell all mistakes at once.
    """

    def __init__(self, values: Mapping[str, object], *, path: str, problems: list[str]) -> None:
        self._values = values
        self.path = path
        self.problems = problems

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def key_path(self, key: str) -> str:
        """Return the full path of a key, as it is written in TOML."""
        return f"{self.path}.{key if _BARE_KEY.fullmatch(key) else repr(key)}"

    def note(self, key: str, problem: str) -> None:
        """Keep a problem of one key. It must not quote a value that may be a secret."""
        self.problems.append(f"{self.key_path(key)}: {problem}")

    def check_keys(self, known: Collection[str]) -> None:
        """Note every key that is not known, with the nearest one that is."""
        for key in self._values:
            if key in known:
                continue
            meant = nearest(key, known)
            hint = f"did you mean {meant}?" if meant else f"known: {', '.join(sorted(known))}"
            self.note(key, f"unknown key; {hint}")

    def text(self, key: str, *, required: bool = False) -> str | None:
        """Return a string that is not empty."""
        value = self._values.get(key)
        if value is None:
            if required:
                self.note(key, "is missing")
            return None
        if not isinstance(value, str):
            self._note_type(key, value, "a string")
            return None
        if not value.strip():
            self.note(key, "is empty")
            return None
        return value

    def is_text(self, key: str) -> bool:
        """Say whether a key holds a string."""
        return isinstance(self._values.get(key), str)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings; empty where the key is missing."""
        value = self._values.get(key, [])
        if not isinstance(value, list):
            self._note_type(key, value, 'a list of strings, ["…"]')
            return ()
        if any(not isinstance(item, str) or not item.strip() for item in value):
            self.note(key, "every entry must be a string that is not empty")
            return ()
        return tuple(item for item in value if isinstance(item, str))

    def items(self, key: str) -> tuple[object, ...]:
        """Return a list of anything; empty where the key is missing."""
        value = self._values.get(key, [])
        if not isinstance(value, list):
            self._note_type(key, value, "a list")
            return ()
        return tuple(value)

    def flag(self, key: str) -> bool | None:
        """Return true or false, None where the key is missing."""
        value = self._values.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._note_type(key, value, "true or false")
        return None

    def table(self, key: str) -> Table | None:
        """Return a table, None where the key is missing."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._note_type(key, value, "a table")
            return None
        return Table(value, path=self.key_path(key), problems=self.problems)

    def tables(self, key: str) -> tuple[tuple[str, Table], ...]:
        """Return the named tables of a table of tables."""
        parent = self.table(key)
        if parent is None:
            return ()
        found = [(name, parent.table(name)) for name in parent]
        return tuple((name, table) for name, table in found if table is not None)

    def rows(self, key: str) -> tuple[Table, ...]:
        """Return a list of tables; empty where the key is missing."""
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._note_type(key, value, "a list of tables, [{…}]")
            return ()
        path = self.key_path(key)
        return tuple(
            Table(item, path=f"{path}[{number}]", problems=self.problems)
            for number, item in enumerate(value)
            if isinstance(item, dict)
        )

    def rows_or_table(self, key: str) -> tuple[Table, ...]:
        """Return a list of tables, also where one table stands without a list."""
        if isinstance(self._values.get(key), dict):
            table = self.table(key)
            return () if table is None else (table,)
        return self.rows(key)

    def _note_type(self, key: str, value: object, wanted: str) -> None:
        found = _TYPES.get(type(value), "a date or time")
        # python = 3.13 is the usual slip; 3.10 has already become 3.1 here, so it is not quoted.
        hint = "; put it in quotes" if wanted == "a string" and found == "a number" else ""
        self.note(key, f"must be {wanted}, not {found}{hint}")


def checked_path(table: Table, key: str, text: str) -> str | None:
    """Return a path in POSIX form, or note why it is not one inside the project."""
    path = PurePosixPath(text.replace("\\", "/"))
    if path.is_absolute() or PureWindowsPath(text).drive or text.startswith("~"):
        table.note(key, f'"{text}" must be relative to pyproject.toml')
        return None
    normal = posixpath.normpath(str(path))
    if normal == ".." or normal.startswith("../"):
        table.note(key, f'"{text}" leaves the project: move pyproject.toml further up')
        return None
    return normal
