"""Route templates, as ASP.NET reads them: `orders/{id:int}/{*rest}` into segments of parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from lading.core.functions.routes.constraints import (
    Constraint,
    ConstraintError,
    parse_constraint,
)

# A parameter, a literal, or the end of a segment. A brace within either is written twice.
_PIECE = re.compile(
    r"\{(?!\{)(?P<parameter>(?:[^{}]|\{\{|\}\})*+)\}(?!\})"
    r"|(?P<literal>(?:[^{}/]|\{\{|\}\})++)"
    r"|(?P<end>/)"
)
_NAME = re.compile(r"(?P<stars>\*{0,2})(?P<name>.[^:=]*+)?", re.DOTALL)
# Its argument ends where a constraint, a default or nothing follows.
_RULE = re.compile(r":(?P<rule>[^:=(]*\(.*?\)(?=[:=]|\Z)|[^:=]*)", re.DOTALL)
_NOT_IN_A_NAME = frozenset("/{}?*")


class RouteError(ValueError):
    """A template with which the Functions host does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """What stands in a path as it is, whatever its case."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What takes a value from a path; `default` None where it has none."""

    name: str
    default: str | None = None
    is_optional: bool = False
    is_catch_all: bool = False
    constraints: tuple[Constraint, ...] = ()

    def allows(self, value: str | None) -> bool:
        """Say whether a value, None for none at all, meets every demand."""
        if value is None:
            return self.is_optional or not self.constraints
        return all(constraint.holds(value) for constraint in self.constraints)


Part = Literal | Parameter
Segment = tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A route as it is written, and what stands between its slashes."""

    text: str
    segments: tuple[Segment, ...]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Return all parameters, in their order."""
        return tuple(
            part for segment in self.segments for part in segment if isinstance(part, Parameter)
        )


def parse_template(text: str) -> Template:
    """Return what a route says; raises RouteError for what the Functions host does not start with.

    The rules are those of Microsoft.AspNetCore.Routing.
    """
    rest = text[2:] if text.startswith("~/") else text.removeprefix("/")
    segments = tuple(_segments(rest))
    template = Template(text=text, segments=segments)
    _check_names(template.parameters)
    for segment in segments[:-1]:
        if any(isinstance(part, Parameter) and part.is_catch_all for part in segment):
            raise RouteError("a parameter with * takes all that follows, and has to be the last")
    return template


def _segments(text: str) -> Iterator[Segment]:
    parts: list[Part] = []
    position = 0
    while position < len(text):
        found = _PIECE.match(text, position)
        if found is None:
            raise RouteError(
                "a brace has no partner (within a literal or a constraint write it twice)"
            )
        position = found.end()
        if found["end"] is None:
            inside = found["parameter"]
            parts.append(_literal(found["literal"]) if inside is None else _parameter(inside))
            continue
        if not parts:
            raise RouteError("two slashes follow each other")
        yield _checked(tuple(parts))
        parts = []
    if parts:
        yield _checked(tuple(parts))


def _literal(text: str) -> Literal:
    if "?" in text:
        raise RouteError(f"{text} has a question mark, which begins a query")
    return Literal(text=_plain(text))


def _plain(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")


def _parameter(text: str) -> Parameter:
    inside = _plain(text)
    is_optional = inside.endswith("?")
    inside = inside.removesuffix("?")
    found = _NAME.match(inside)
    name = (found["name"] if found else None) or ""
    stars = found["stars"] if found else ""
    rules, default = _rules(inside[len(stars) + len(name) :])
    if not name or not _NOT_IN_A_NAME.isdisjoint(name):
        raise RouteError(f"{{{text}}} has no name that a parameter can have")
    if is_optional and stars:
        raise RouteError(f"{{{text}}} takes all that follows, and cannot be optional too")
    if is_optional and default is not None:
        raise RouteError(f"{{{text}}} has a default, and cannot be optional too")
    try:
        constraints = tuple(parse_constraint(rule) for rule in rules if rule)
    except ConstraintError as error:
        raise RouteError(f"{{{text}}}: {error}") from error
    return Parameter(
        name=name,
        default=default,
        is_optional=is_optional,
        is_catch_all=bool(stars),
        constraints=constraints,
    )


def _rules(text: str) -> tuple[list[str], str | None]:
    """Return the constraints behind a name, and the default behind them."""
    rules = []
    position = 0
    while found := _RULE.match(text, position):
        rules.append(found["rule"])
        position = found.end()
    return rules, text[position + 1 :] if text.startswith("=", position) else None


def _checked(parts: Segment) -> Segment:
    if len(parts) == 1:
        return parts
    for first, second in pairwise(parts):
        if isinstance(first, Parameter) and isinstance(second, Parameter):
            raise RouteError(f"{{{first.name}}} and {{{second.name}}} have nothing between them")
    for number, part in enumerate(parts):
        if not isinstance(part, Parameter):
            continue
        if part.is_catch_all:
            raise RouteError(f"{{*{part.name}}} shares its segment with something else")
        is_last = number == len(parts) - 1
        if part.is_optional and not (is_last and parts[number - 1] == Literal(text=".")):
            raise RouteError(f"{{{part.name}?}} within a segment has to stand at its end, behind .")
    return parts


def _check_names(parameters: Iterable[Parameter]) -> None:
    seen: set[str] = set()
    for parameter in parameters:
        if parameter.name.lower() in seen:
            raise RouteError(f"{{{parameter.name}}} stands in it twice")
        seen.add(parameter.name.lower())
