"""What `serve` tells: which function answers where, what was asked, and what was left undone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from lading.core.functions import FunctionFacts, Indexed, binding_tables
from lading.core.functions.calls import CallProblem, Output
from lading.core.functions.report import render_verdict
from lading.core.functions.routes import full_route

KEY_HEADER = "x-functions-key"
KEY_PARAMETER = "code"
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - what somebody asked for by --host
_SHOWN = 200
_HASH_DIGITS = 12
# Where an output goes, by the first of these that its binding has.
_TARGETS = (
    "queueName",
    "topicName",
    "path",
    "eventHubName",
    "containerName",
    "tableName",
    "topic",
    "commandText",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an app answers; `key` opens what is not anonymous, "" where nothing is closed.

    `artifact` is the package that answers, as it was named, with its hash.
    """

    url: str
    prefix: str
    key: str = ""
    artifact: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that was answered; `function` "" where none is meant by it."""

    method: str
    path: str
    function: str
    status: int
    seconds: float


def is_own_name(host: str, name: str) -> bool:
    """Say whether a Host header names this machine, or the `name` that serve listens at.

    A web page that somebody looks at could else have its own name point here, and read what the
    app answers. An address cannot be made to point elsewhere; a listener at every address wants
    every name.
    """
    told = urlsplit(f"//{host}").hostname if _HOST.fullmatch(host) else None
    if told is None:
        return False
    if name in _EVERYWHERE or told == name.lower() or told.rpartition(".")[2] == "localhost":
        return True
    try:
        ip_address(told)
    except ValueError:
        return False
    return True


def wants_key(function: FunctionFacts) -> bool:
    """Say whether Azure asks for a key: everything that does not say it is anonymous."""
    level = function.http.settings.get("authLevel", "") if function.http else ""
    return level.lower() != "anonymous"


def render_serving_text(indexed: Indexed, place: Place) -> str:
    """Return what a person is told of an app that has begun to answer."""
    lines = [
        f"serving {place.artifact} (sha256 {place.sha256[:_HASH_DIGITS]}…)",
        f"{place.url}: {render_verdict(indexed).partition(': yes, ')[2]}",
        *render_places(indexed.functions, place),
    ]
    if place.key and any(wants_key(function) for function in indexed.functions):
        lines.append(f"key: {place.key}, as ?{KEY_PARAMETER}= or {KEY_HEADER} (--no-keys: none)")
    return "\n".join(lines)


def render_places(functions: Iterable[FunctionFacts], place: Place) -> Iterator[str]:
    """Give a line for each function: the URL that a person can follow, or how to start it."""
    told = sorted(functions, key=lambda function: function.name.upper())
    width = max((len(function.name) for function in told), default=0)
    for function in told:
        name = function.name.ljust(width)
        if function.http is None:
            path = f"{place.url}/admin/functions/{function.name}"
            yield f"  {name}  {function.trigger}: POST {path}"
        else:
            methods = ",".join(sorted(function.methods)) or "all methods"
            yield f"  {name}  {methods} {_url(function, place)}"


def render_asked(asked: Asked) -> str:
    """Return the line of a request."""
    whom = f" {asked.function}" if asked.function else ""
    return f"{asked.method} {asked.path} →{whom} {asked.status} ({_time(asked.seconds)})"


def render_started(function: str, *, problem: bool, seconds: float) -> str:
    """Return the line of a function that was started by hand, once it has ended."""
    return f"{function} → {'failed' if problem else 'done'} ({_time(seconds)})"


def render_output(output: Output) -> str:
    """Return what the host would do with an output binding."""
    binding = output.binding
    target = next((binding.settings[name] for name in _TARGETS if name in binding.settings), "")
    to = f" to {target}" if target else ""
    return f"  not sent: {binding.type} {binding.name}{to}: {_shown(output.data)}"


def render_result(result: str | bytes) -> str:
    """Return what a function gave back to nobody."""
    return f"  returned: {_shown(result)}"


def render_problem(problem: CallProblem) -> Iterator[str]:
    """Give the lines of a function that raised: where, what, and the traceback where there is."""
    place = f"{problem.file}:{problem.line}: " if problem.file else ""
    yield f"  {place}{problem.error}: {problem.message}"
    yield from (f"  | {line}" for line in problem.trace.splitlines())


def host_status(indexed: Indexed, *, version: str, uptime: float) -> dict[str, object]:
    """Return what /admin/host/status says; `uptime` in seconds."""
    return {
        "id": "lading",
        "state": "Running",
        "version": f"lading {version}",
        "versionDetails": f"azure-functions-runtime {indexed.runtime}, Python {indexed.python}",
        "processUptime": int(uptime * 1000),
    }


def function_document(function: FunctionFacts, place: Place) -> dict[str, object]:
    """Return what /admin/functions says of a function."""
    return {
        "name": function.name,
        "language": "python",
        "isDisabled": False,
        "script": function.script,
        "invoke_url_template": _url(function, place, key=False) if function.http else None,
        "config": {"bindings": binding_tables(function)},
    }


def render_serving_json(indexed: Indexed, place: Place) -> str:
    """Return the document of an app that has begun to answer, for a program."""
    document = {
        "url": place.url,
        "key": place.key or None,
        "artifact": {"path": place.artifact, "sha256": place.sha256},
        "python": indexed.python,
        "functions": [function_document(function, place) for function in indexed.functions],
    }
    return json.dumps(document, indent=2) + "\n"


def parse_input(body: bytes) -> str | None:
    """Return the input of a function that is started by hand, None where the body has none."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    told = document.get("input", "")
    if isinstance(told, dict | list):
        return None
    return told if isinstance(told, str) else json.dumps(told)


def _url(function: FunctionFacts, place: Place, *, key: bool = True) -> str:
    route = full_route(function, place.prefix).strip("/")
    secret = f"?{KEY_PARAMETER}={place.key}" if key and place.key and wants_key(function) else ""
    return f"{place.url}/{route}{secret}"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _shown(data: str | bytes) -> str:
    if isinstance(data, bytes):
        text = data.decode("utf-8", "backslashreplace")
        size = f" ({len(data)} bytes)"
    else:
        text, size = data, f" ({len(data)} characters)"
    whole = len(text) <= _SHOWN
    line = text[:_SHOWN].replace("\r", "\\r").replace("\n", "\\n")
    return line if whole else f"{line}…{size}"
