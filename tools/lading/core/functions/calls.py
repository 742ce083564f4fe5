"""What is asked of a running app and what it answers, as the Functions host puts it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote

from lading.core.functions import BindingFacts, FunctionFacts
from lading.core.functions.messages import HttpDatum, Invocation

# What ASP.NET writes into a path without an escape. An escaped slash stays one.
_PATH_SAFE = "/!$&'()*+,;=:@~"
_ESCAPED_SLASH = re.compile(r"(%2f)", re.IGNORECASE)
_TRACE_PARENT = re.compile(r"00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    """One request for a function, by its name.

    `url` as `call_url` makes it; `headers` and `query` as they came, repeated ones too; `params`
    are those of the route.
    """

    function: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What the host would do with an output binding: here it is shown."""

    binding: BindingFacts
    data: str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What the host answers; cookies are among the headers."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    outputs: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What starts a function that no request starts: its input, as a tester posts it."""

    function: str
    data: str | bytes = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A function that ended well; `result` is what it returned to no binding."""

    outputs: tuple[Output, ...] = ()
    result: str | bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallProblem:
    """A function that raised, took too long, or cannot be run here: 500 with an empty body.

    `file` is relative to the package's root, "" where none of its own is to blame; `trace` is the
    traceback as Python prints it.
    """

    error: str
    message: str
    file: str = ""
    line: int = 0
    trace: str = ""


def call_url(*, host: str, path: str, query: str, scheme: str = "http") -> str:
    """Return the URL that an app sees: the path decoded and escaped anew, the query as it came."""
    parts = (
        part if index % 2 else quote(unquote(part), safe=_PATH_SAFE)
        for index, part in enumerate(_ESCAPED_SLASH.split(path))
    )
    return f"{scheme}://{host}{''.join(parts)}{f'?{query}' if query else ''}"


def parse_query(query: str) -> tuple[tuple[str, str], ...]:
    """Return the parameters of a query in their order, those without a value too."""
    return tuple(parse_qsl(query, keep_blank_values=True))


def http_invocation(
    call: HttpCall, function: FunctionFacts, *, fresh: str, streamed: bool = False
) -> Invocation | CallProblem:
    """Return how a request starts a function, or why it cannot be started here.

    `fresh` are 32 hexadecimal digits that no other call has. Of a `streamed` request the function
    gets everything but the route's parameters from the request itself.
    """
    trigger = function.http
    if trigger is None:
        return CallProblem(error="NotHttp", message=f"no request starts {function.name}")
    problem = unread_input(function)
    if problem is not None:
        return problem
    params = HttpDatum(params=call.params)
    headers = join_repeated(call.headers, lower=True)
    request = HttpDatum(
        method=call.method,
        url=call.url,
        headers=headers,
        query={name: text for name, text in join_repeated(call.query).items() if text},
        params=call.params,
        body=call.body,
    )
    return Invocation(
        id=invocation_id(fresh),
        function=function.name,
        inputs={trigger.name: params if streamed else request},
        trace_parent=trace_parent(headers.get("traceparent", ""), fresh=fresh),
        trace_state=headers.get("tracestate", ""),
    )


def unread_input(function: FunctionFacts) -> CallProblem | None:
    """Return why a function cannot run here: something has to be read for it first."""
    for binding in function.bindings:
        if binding.direction == "in" and binding.type != function.trigger:
            return CallProblem(
                error="InputBinding",
                message=f"{function.name} has an input binding, {binding.name} of type"
                f" {binding.type}, that only Azure reads for it",
            )
    return None


def join_repeated(pairs: Iterable[tuple[str, str]], *, lower: bool = False) -> dict[str, str]:
    """Return pairs by their names, whatever their case; values of one name joined by commas."""
    found: dict[str, tuple[str, str]] = {}
    for name, text in pairs:
        known = found.get(name.lower())
        found[name.lower()] = (known[0], f"{known[1]},{text}") if known else (name, text)
    return {key if lower else name: text for key, (name, text) in found.items()}


def invocation_id(fresh: str) -> str:
    """Return 32 hexadecimal digits in the form of an invocation's id."""
    return "-".join((fresh[:8], fresh[8:12], fresh[12:16], fresh[16:20], fresh[20:]))


def trace_parent(told: str, *, fresh: str) -> str:
    """Return the trace of a call: that of its caller where one is told, with a span of its own."""
    match = _TRACE_PARENT.fullmatch(told.strip())
    return f"00-{match['trace'] if match else fresh}-{fresh[16:]}-00"
