"""What Microsoft's runtime library says of a package: its functions, or what stopped the import."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Model = Literal["v1", "v2"]
Direction = Literal["in", "out", "inout"]

_DIRECTIONS: dict[str, Direction] = {"out": "out", "inout": "inout"}
# What a binding has beyond its settings.
_OWN_FIELDS = frozenset({"name", "type", "direction"})


class NoAnswerError(Exception):
    """The program in the target's interpreter did not answer as it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One exception of a chain: its classes by full name (its own first), message and place.

    `frames` are "FILE:LINE FUNCTION", the innermost last.
    """

    types: tuple[str, ...]
    message: str
    frames: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the class as people write it."""
        return self.types[0].rpartition(".")[2] if self.types else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingSetting:
    """An environment variable that was asked for, without a default, and was not there.

    `file` and `line` are where the app's own code asked, "" and 0 where a library did.
    """

    name: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProblem:
    """Why a package could not be indexed.

    `file` is relative to the package's root, "" where it is unknown; `module` is the one that is
    missing. `chain` has the exception and all that led to it; `missing` the settings that were
    asked for and not given.
    """

    error: str
    message: str
    file: str = ""
    line: int = 0
    module: str = ""
    chain: tuple[Raised, ...] = ()
    missing: tuple[MissingSetting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingFacts:
    """A binding of a function; `settings` has the rest (route, methods, schedule, connection).

    A setting that is a list is told with commas.
    """

    name: str
    type: str
    direction: Direction
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFacts:
    """A function: the type of its trigger ("" without one), its bindings and its file."""

    name: str
    trigger: str
    bindings: tuple[BindingFacts, ...]
    script: str

    @property
    def http(self) -> BindingFacts | None:
        """Return its HTTP trigger, None where another one starts it."""
        for binding in self.bindings:
            if binding.type.lower() == "httptrigger":
                return binding
        return None

    @property
    def route(self) -> str:
        """Return the template of its route, without the prefix; its name where none is written."""
        return (self.http.settings.get("route", "") if self.http else "") or self.name

    @property
    def methods(self) -> frozenset[str]:
        """Return the HTTP methods that it answers, empty for all of them."""
        told = self.http.settings.get("methods", "") if self.http else ""
        return frozenset(method.strip().upper() for method in told.split(",") if method.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """A package that was loaded by the runtime library, or what stopped that.

    `python`, `runtime` and `sdk` are exact versions; `sdk_from` says whose azure-functions it was;
    `output` is what the app itself printed; `seconds` of wall clock, the interpreter's start
    included; `confinement` says how it was kept from everything else, or "none: …". `route_prefix`
    is host.json's, which stands before every route.
    """

    model: Model
    python: str
    runtime: str
    sdk: str
    sdk_from: Literal["package", "engine"]
    functions: tuple[FunctionFacts, ...]
    problem: ImportProblem | None
    output: str
    seconds: float
    confinement: str = ""
    route_prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotImported:
    """A package that was not loaded here, and why."""

    reason: str


Verdict = Indexed | NotImported


def parse_answer(text: str, *, nonce: str, seconds: float, output: str) -> Indexed:
    """Return what the program in the target's interpreter answered.

    Raises NoAnswerError where that is not the one document which knows the order's `nonce`: the app
    ended the interpreter, or wrote into what it had no business with.
    """
    try:
        document: Any = json.loads(text)
        if not isinstance(document, dict) or document.get("nonce") != nonce:
            raise NoAnswerError
        problem = document["problem"]
        return Indexed(
            model=document["model"],
            python=document["python"],
            runtime=document["runtime"],
            sdk=document["sdk"],
            sdk_from=document["sdk_from"],
            functions=tuple(_function(one) for one in document["functions"]),
            problem=None if problem is None else _problem(problem, document["missing"]),
            output=output,
            seconds=seconds,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoAnswerError from error


def parse_bindings(raw: Iterable[Any]) -> tuple[BindingFacts, ...]:
    """Return bindings from their tables, as function.json and the runtime library have them."""
    return tuple(
        BindingFacts(
            name=str(table.get("name", "")),
            type=str(table.get("type", "")),
            direction=_DIRECTIONS.get(str(table.get("direction", "in")).lower(), "in"),
            settings={
                name: _setting(value)
                for name, value in table.items()
                if name not in _OWN_FIELDS and value is not None
            },
        )
        for table in raw
        if isinstance(table, dict)
    )


def function_facts(name: str, script: str, bindings: tuple[BindingFacts, ...]) -> FunctionFacts:
    """Return a function with its trigger found among its bindings."""
    triggers = (binding.type for binding in bindings if binding.type.lower().endswith("trigger"))
    return FunctionFacts(name=name, trigger=next(triggers, ""), bindings=bindings, script=script)


def render_indexed(indexed: Indexed) -> bytes:
    """Return a verdict as it is kept; `parse_indexed` reads it."""
    document = {
        "nonce": "",
        "model": indexed.model,
        "python": indexed.python,
        "runtime": indexed.runtime,
        "sdk": indexed.sdk,
        "sdk_from": indexed.sdk_from,
        "functions": [
            {"name": one.name, "script": one.script, "bindings": binding_tables(one)}
            for one in indexed.functions
        ],
        "problem": None,
        "missing": [],
        "output": indexed.output,
        "seconds": indexed.seconds,
        "confinement": indexed.confinement,
    }
    return json.dumps(document).encode()


def parse_indexed(data: bytes) -> Indexed | None:
    """Return a verdict that was kept, None where it is none; one with a problem is never kept."""
    try:
        document: Any = json.loads(data)
        output, seconds = str(document["output"]), float(document["seconds"])
        kept = parse_answer(data.decode(), nonce="", seconds=seconds, output=output)
        return replace(kept, confinement=str(document["confinement"]))
    except (NoAnswerError, ValueError, KeyError, TypeError):
        return None


def binding_tables(function: FunctionFacts) -> list[dict[str, str]]:
    """Return a function's bindings as tables of texts."""
    return [
        {**binding.settings, "name": binding.name, "type": binding.type, "direction": direction}
        for binding in function.bindings
        for direction in (binding.direction,)
    ]


def _function(table: dict[str, Any]) -> FunctionFacts:
    return function_facts(
        str(table["name"]), str(table["script"]), parse_bindings(table["bindings"])
    )


def _problem(table: dict[str, Any], missing: list[dict[str, Any]]) -> ImportProblem:
    chain = tuple(
        Raised(
            types=tuple(map(str, one["types"])),
            message=str(one["message"]),
            frames=tuple(map(str, one["frames"])),
        )
        for one in table["chain"]
    )
    return ImportProblem(
        error=str(table["error"]),
        message=str(table["message"]),
        file=str(table["file"]),
        line=int(table["line"]),
        module=str(table["module"]),
        chain=chain,
        missing=tuple(
            MissingSetting(name=str(one["name"]), file=str(one["file"]), line=int(one["line"]))
            for one in missing
        ),
    )


def _setting(value: object) -> str:
    if isinstance(value, list):
        return ",".join(_setting(item) for item in value)
    if isinstance(value, str):
        return value
    return json.dumps(value)
