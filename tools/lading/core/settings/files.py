"""`.env` files of a target as values: lines NAME=VALUE, several files, the later one wins."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dotenv.parser import Binding, parse_stream
from dotenv.variables import Variable, parse_variables

from lading.core.config import Target
from lading.core.errors import ConfigError
from lading.core.secret import Secret
from lading.core.settings import RECORD, DesiredSettings, Setting
from lading.core.settings.credentials import credential_remedy, find_credential
from lading.core.settings.references import check_reference

# Azure takes letters, digits, "_", "." and, for names of functions, "-".
_NAME = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsFile:
    """One file: its name as the configuration has it, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One assignment, as it stands: `value` with its `${NAME}`, None where there is no "="."""

    name: str
    value: str | None
    origin: str


def parse_settings_files(
    files: Iterable[SettingsFile], *, target: Target, ambient: Mapping[str, str]
) -> DesiredSettings:
    """Return what a target's files want; raise ConfigError with every mistake, never with a value.

    `${NAME}` stands for a variable of `ambient` that the target declares, else for a setting above.
    """
    reader = _Reader(target, ambient)
    for file in files:
        reader.read(file)
    if reader.problems:
        raise ConfigError(
            tuple(reader.problems),
            remedy=f"Correct the files in settings = … of [tool.lading.targets.{target.name}].",
        )
    return DesiredSettings(
        settings=tuple(sorted(reader.found.values(), key=lambda setting: setting.name)),
        sticky=target.sticky,
        notes=tuple(reader.notes),
    )


class _Reader:
    """What was found so far, in this file and in those before it."""

    def __init__(self, target: Target, ambient: Mapping[str, str]) -> None:
        self._target = target
        self._ambient = ambient
        self.found: dict[str, Setting] = {}
        self.problems: list[str] = []
        self.notes: list[str] = []

    def read(self, file: SettingsFile) -> None:
        if file.name.lower().endswith(".json"):
            self.problems.append(
                f"{file.name}: a file of local settings is for this machine; write lines NAME=VALUE"
            )
            return
        in_file: dict[str, str] = {}
        for line in self._lines(file):
            if line.name in in_file:
                self.notes.append(f"{line.origin}: {line.name} replaces {in_file[line.name]}")
            in_file[line.name] = line.origin
            self._take(line)

    def _lines(self, file: SettingsFile) -> Iterator[_Line]:
        text = file.text.removeprefix("\ufeff")
        for binding in parse_stream(io.StringIO(text)):
            origin = f"{file.name}:{_line_number(binding)}"
            if binding.error:
                self.problems.append(f"{origin}: is no line NAME=VALUE; quote a value with spaces")
            elif binding.key is not None:
                yield _Line(name=binding.key, value=binding.value, origin=origin)

    def _take(self, line: _Line) -> None:
        problem = self._check_name(line)
        value = None if problem or line.value is None else self._resolve(line)
        if value is not None:
            problem = _check_value(line.name, value)
        if problem:
            self.problems.append(f"{line.origin}: {line.name}: {problem}")
        elif value is not None:
            setting = Setting(name=line.name, value=Secret(value), origin=line.origin)
            self.found[line.name] = setting

    def _check_name(self, line: _Line) -> str | None:
        if ":" in line.name:
            return f"Linux takes no colon in a name; write {line.name.replace(':', '__')}"
        if not _NAME.fullmatch(line.name):
            return 'a name has letters, digits, and "_", "." or "-"'
        if line.name.upper() == RECORD:
            return "lading keeps its own record under this name; leave it out"
        if line.value is None:
            return f"has no value; write {line.name}= for an empty one"
        # Azure takes both for one.
        twins = (name for name in self.found if name.lower() == line.name.lower())
        twin = next((name for name in twins if name != line.name), None)
        if twin is not None:
            return f"differs only in case from {self.found[twin].origin}: {twin}"
        return None

    def _resolve(self, line: _Line) -> str | None:
        """Return a value with its variables replaced, or note those that cannot be."""
        parts: list[str] = []
        for atom in parse_variables(line.value or ""):
            if not isinstance(atom, Variable):
                parts.append(atom.resolve({}))
                continue
            text = self._variable(atom, line.origin)
            if text is None:
                return None
            parts.append(text)
        return "".join(parts)

    def _variable(self, atom: Variable, origin: str) -> str | None:
        if atom.name in self._target.variables:
            text = self._ambient.get(atom.name, atom.default)
            if text is None:
                self.problems.append(f"{origin}: the variable {atom.name} is not set here")
            return text
        if atom.name in self.found:
            return self.found[atom.name].value.reveal()
        listed = ", ".join(f'"{name}"' for name in (*self._target.variables, atom.name))
        self.problems.append(
            f"{origin}: ${{{atom.name}}} is neither a setting above nor declared; to take it from "
            f"the environment: variables = [{listed}] in [tool.lading.targets.{self._target.name}]"
        )
        return None


def _line_number(binding: Binding) -> int:
    # Blank lines and comments above an assignment count as a part of it.
    text = binding.original.string
    above = text[: len(text) - len(text.lstrip())]
    return binding.original.line + above.count("\n")


def _check_value(name: str, value: str) -> str | None:
    problem = check_reference(value)
    if problem:
        return problem
    if "\0" in value:
        return "a value has no NUL"
    credential = find_credential(name, value)
    if credential:
        return f"looks like {credential}; {credential_remedy(name)}"
    return None
