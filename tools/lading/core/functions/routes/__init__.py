"""Which function answers a request, as the Functions host decides it.

It tries the routes in the order of the functions' names, whatever their case, and takes the first
that fits: unlike ASP.NET itself it does not prefer the more exact one (FunctionMetadataManager of
azure-functions-host, WebJobsRouteBuilder of azure-webjobs-sdk-extensions).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lading.core.functions import FunctionFacts
from lading.core.functions.routes.matching import decode_path, match_path
from lading.core.functions.routes.templates import (
    Literal,
    Parameter,
    RouteError,
    Segment,
    Template,
    parse_template,
)

_PARAMETER = re.compile(r"\{(?P<stars>\*{0,2})(?P<name>[^:=?{}]+)(?P<rules>[^{}]*)\}")
# The host keeps these for itself, and looks at the first letters only.
_RESERVED = ("admin", "runtime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A function with an HTTP trigger, and where it answers."""

    function: FunctionFacts
    template: Template

    def answers(self, method: str) -> bool:
        """Say whether it takes requests of a method."""
        return not self.function.methods or method.upper() in self.function.methods


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The function that answers, and the values of its route's parameters."""

    function: FunctionFacts
    params: Mapping[str, str]


def full_route(function: FunctionFacts, prefix: str) -> str:
    """Return a function's route with the prefix of host.json before it, as the host joins them."""
    return f"{prefix}/{function.route}" if prefix else function.route


def parse_route(function: FunctionFacts, prefix: str) -> Route:
    """Return where a function answers.

    Raises RouteError for a route with which the host does not start.
    """
    return Route(function=function, template=parse_template(full_route(function, prefix)))


def is_reserved(function: FunctionFacts) -> bool:
    """Say whether the host does not load a function for the beginning of its route."""
    return function.route.strip("/").lower().startswith(_RESERVED)


def order_routes(functions: Iterable[FunctionFacts], prefix: str) -> tuple[Route, ...]:
    """Return the routes of the functions that have one, in the order in which they are tried.

    Raises RouteError for a route with which the host does not start.
    """
    ordered = sorted(functions, key=lambda function: function.name.upper())
    return tuple(
        parse_route(function, prefix)
        for function in ordered
        if function.http is not None and not is_reserved(function)
    )


def find_route(routes: Iterable[Route], method: str, path: str) -> Found | None:
    """Return what answers a request; `path` is as it was sent, still encoded, without a query."""
    decoded = decode_path(path)
    for route in routes:
        if not route.answers(method):
            continue
        params = match_path(route.template, decoded)
        if params is not None:
            return Found(function=route.function, params=params)
    return None


def hides(first: Route, second: Route) -> bool:
    """Say whether a route that is tried first leaves nothing to another one.

    Only what is certain counts: constraints are not held against one another.
    """
    shared = not first.function.methods or (
        bool(second.function.methods) and second.function.methods <= first.function.methods
    )
    return shared and _covers(first.template.segments, second.template.segments)


def _covers(wide: tuple[Segment, ...], narrow: tuple[Segment, ...]) -> bool:
    for number, segment in enumerate(wide):
        only = segment[0] if len(segment) == 1 else None
        if isinstance(only, Parameter) and only.is_catch_all and not only.constraints:
            return True
        if number >= len(narrow):
            return False
        if not _covers_segment(segment, narrow[number]):
            return False
    return len(wide) == len(narrow)


def _covers_segment(wide: Segment, narrow: Segment) -> bool:
    first, other = wide[0], narrow[0]
    if len(wide) > 1:
        return False
    if isinstance(first, Parameter):
        skips = isinstance(other, Parameter) and (
            other.is_catch_all or other.is_optional or other.default is not None
        )
        return not first.constraints and not skips
    same = len(narrow) == 1 and isinstance(other, Literal)
    return same and isinstance(other, Literal) and first.text.lower() == other.text.lower()


def normalise_route(template: str) -> str:
    """Return what makes a template itself: case and the names of its parameters do not."""
    segments = template.strip("/").split("/")
    return "/".join(_PARAMETER.sub(_without_name, segment.lower()) for segment in segments)


def _without_name(match: re.Match[str]) -> str:
    return "{" + match["stars"][:1] + match["rules"] + "}"


__all__ = [
    "Found",
    "Route",
    "RouteError",
    "decode_path",
    "find_route",
    "full_route",
    "hides",
    "is_reserved",
    "normalise_route",
    "order_routes",
    "parse_route",
]
