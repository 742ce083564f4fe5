"""What runs a deployed package: the seam for a Functions host, and a reader that runs nothing."""

from __future__ import annotations

import ast
import json
import re
import secrets
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from local_azure.answers import Answer, text_answer
from local_azure.asked import Asked

_TRIGGER = re.compile(r"(?P<kind>\w+)_trigger$")
_OTHER_TRIGGERS = {
    "route": "httpTrigger",
    "schedule": "timerTrigger",
    "timer_trigger": "timerTrigger",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A function as Resource Manager lists it; `bindings` as in a function.json."""

    name: str
    bindings: tuple[Mapping[str, object], ...] = ()
    file: str = "function_app.py"

    @property
    def route(self) -> str | None:
        """Return the template of its route, None where no request starts it."""
        for binding in self.bindings:
            if str(binding.get("type", "")).lower() == "httptrigger":
                return str(binding.get("route") or self.name)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys of a host."""

    master: str = field(default_factory=lambda: secrets.token_urlsafe(40))
    default: str = field(default_factory=lambda: secrets.token_urlsafe(40))


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A package that is to run: the zip, the app's settings, the Python minor, the host's keys.

    `on_log` gets the lines that the app prints and logs, and what was asked of it.
    """

    package: Path
    settings: Mapping[str, str]
    python: str
    keys: Keys
    on_log: Callable[[str], None]


class FunctionsHost(Protocol):
    """One package that runs."""

    @property
    def problem(self) -> str:
        """Return why the package does not run, "" where it does."""

    @property
    def functions(self) -> tuple[Listed, ...]:
        """Return what it has."""

    @property
    def route_prefix(self) -> str:
        """Return what stands before every route."""

    def answer(self, asked: Asked) -> Answer:
        """Answer a request to the app's own address, other than to the host's /admin."""

    def close(self) -> None:
        """End it."""


StartHost = Callable[[Start], FunctionsHost]


class ReadOnlyHost:
    """A host that reads a package without running it: it lists functions and answers none."""

    def __init__(self, start: Start) -> None:
        self.problem = ""
        self.route_prefix = "api"
        try:
            with zipfile.ZipFile(start.package) as archive:
                self.functions = tuple(_read(archive))
        except (OSError, zipfile.BadZipFile, SyntaxError, ValueError) as error:
            self.functions = ()
            self.problem = f"{type(error).__name__}: {error}"

    def answer(self, asked: Asked) -> Answer:
        """Say that nothing runs here."""
        return text_answer(f"Nothing runs here that could answer {asked.path}.\n", 501)

    def close(self) -> None:
        """Do nothing: nothing was started."""


class NoHost:
    """A host that could not even get its package."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        self.functions: tuple[Listed, ...] = ()
        self.route_prefix = "api"

    def answer(self, asked: Asked) -> Answer:
        """Say that nothing runs here."""
        del asked
        return text_answer("Function host is not running.", 503)

    def close(self) -> None:
        """Do nothing: nothing was started."""


def _read(archive: zipfile.ZipFile) -> Iterator[Listed]:
    for name in archive.namelist():
        folder, _, file = name.partition("/")
        if file == "function.json":
            bindings = json.loads(archive.read(name)).get("bindings", ())
            yield Listed(name=folder, bindings=tuple(bindings), file="__init__.py")
        elif not file and name.endswith(".py"):
            for node in ast.walk(ast.parse(archive.read(name))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from _decorated(node, name)


def _decorated(node: ast.FunctionDef | ast.AsyncFunctionDef, file: str) -> Iterator[Listed]:
    """Yield the function that decorators make of a definition, where they make one."""
    name, binding = node.name, None
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
            continue
        told: dict[str, object] = {
            keyword.arg: keyword.value.value
            for keyword in decorator.keywords
            if keyword.arg and isinstance(keyword.value, ast.Constant)
        }
        first = decorator.args[0] if decorator.args else None
        if decorator.func.attr == "function_name":
            name = str(first.value if isinstance(first, ast.Constant) else told.get("name", name))
        elif kind := _trigger(decorator.func.attr):
            binding = {"type": kind, "direction": "in", "name": told.pop("arg_name", "req"), **told}
    if binding is not None:
        yield Listed(name=name, bindings=(binding,), file=file)


def _trigger(decorator: str) -> str:
    """Return the type of the trigger that a decorator declares, "" for none."""
    match = _TRIGGER.match(decorator)
    if decorator in _OTHER_TRIGGERS or match is None:
        return _OTHER_TRIGGERS.get(decorator, "")
    first, *rest = match["kind"].split("_")
    return f"{first}{''.join(word.title() for word in rest)}Trigger"
