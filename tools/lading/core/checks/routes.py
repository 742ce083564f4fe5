"""What is wrong with the routes of a package's functions, by how the Functions host takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lading.core.findings import Finding
from lading.core.functions import FunctionFacts
from lading.core.functions.host import HostFile
from lading.core.functions.routes import (
    Route,
    RouteError,
    full_route,
    hides,
    is_reserved,
    normalise_route,
    order_routes,
    parse_route,
)


def check_routes(functions: Iterable[FunctionFacts], host: HostFile) -> Iterator[Finding]:
    """Find routes that keep the host from starting, or a function from being called."""
    answering = [function for function in functions if function.http is not None]
    yield from _check_duplicates(answering)
    sound = []
    for function in answering:
        try:
            parse_route(function, host.route_prefix)
        except RouteError as error:
            yield _invalid_route(function, host, str(error))
        else:
            sound.append(function)
            if is_reserved(function):
                yield _reserved_route(function)
    yield from _check_order(order_routes(sound, host.route_prefix))


def _check_duplicates(functions: Iterable[FunctionFacts]) -> Iterator[Finding]:
    seen: list[FunctionFacts] = []
    for function in functions:
        for other in seen:
            everything = not function.methods or not other.methods
            if _is_same(function, other) and (everything or function.methods & other.methods):
                yield _duplicate(function, other)
        seen.append(function)


def _duplicate(function: FunctionFacts, other: FunctionFacts) -> Finding:
    shared = sorted(function.methods & other.methods or function.methods or other.methods)
    return Finding(
        code="duplicate-route",
        severity="error",
        subject=function.script or function.name,
        evidence=f"{other.name} and {function.name} both answer"
        f" {' and '.join(shared) or 'every method'} on {function.route}",
        remedy="Azure calls one of them only. Give one another route, or other methods.",
    )


def _invalid_route(function: FunctionFacts, host: HostFile, problem: str) -> Finding:
    slash = host.route_prefix and function.route.startswith("/")
    return Finding(
        code="invalid-route",
        severity="error",
        subject=function.script or function.name,
        evidence=f"the Functions host does not start with the route of {function.name},"
        f" {full_route(function, host.route_prefix)}: {problem}",
        remedy='Begin the route without a slash; or give host.json "extensions": {"http":'
        ' {"routePrefix": ""}}, which AsgiFunctionApp and WsgiFunctionApp want.'
        if slash
        else "Write it as ASP.NET reads routes: orders/{id:int}, files/{*path}.",
    )


def _reserved_route(function: FunctionFacts) -> Finding:
    return Finding(
        code="reserved-route",
        severity="error",
        subject=function.script or function.name,
        evidence=f"the route of {function.name}, {function.route}, begins as the host's own do:"
        " Azure would not load the function",
        remedy="Choose a route that begins neither with admin nor with runtime.",
    )


def _check_order(routes: Sequence[Route]) -> Iterator[Finding]:
    for number, route in enumerate(routes):
        first = next((other for other in routes[:number] if hides(other, route)), None)
        if first is None or _is_same(first.function, route.function):
            continue
        yield Finding(
            code="hidden-route",
            severity="warning",
            subject=route.function.script or route.function.name,
            evidence=f"{route.function.name} is never called: Azure tries functions in the order of"
            f" their names, and {first.function.name} answers all of {route.function.route} with"
            f" its route {first.function.route}",
            remedy=f"Rename {route.function.name} so that it comes before {first.function.name}, or"
            " give the wider route a constraint.",
        )


def _is_same(function: FunctionFacts, other: FunctionFacts) -> bool:
    return normalise_route(function.route) == normalise_route(other.route)
