"""One thing changed in a file of infra/, and what must be said of it: a table of them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.infra.bicep import BicepFile, parse_bicep
from tests.infra.rules import Files


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is written instead of what, in which file of infra/, and what must be said of that."""

    name: str
    file: str
    old: str
    new: str
    said: str

    def __str__(self) -> str:
        return self.name

    def made_in(self, files: Files, folder: Path) -> dict[str, BicepFile]:
        """Return the files with the change, which is made once; `folder` is where they lie."""
        text = (folder / self.file).read_text("utf-8")
        assert self.old in text
        return {**files, self.file: parse_bicep(text.replace(self.old, self.new, 1), self.file)}


def read_changes(name: str) -> list[Change]:
    """Return the changes of a table beside this file."""
    tables = tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))
    return [Change(name=name, **table) for name, table in tables.items()]
