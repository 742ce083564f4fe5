"""What the Functions host answers by itself: its page, its status, and functions run by hand."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from lading.core.functions.calls import CallProblem, Done, HttpAnswer, Occasion
from lading.core.functions.serving import (
    Place,
    function_document,
    host_status,
    parse_input,
    render_output,
    render_problem,
    render_result,
    render_started,
)
from lading.edges.functions.front.stage import House, Stage

# Azure's load balancer lets go of a request that is not answered in this time (seconds).
TIME_LIMIT = 230.0
ADMIN = "/admin/"
# Whoever waits for the host asks it often, and needs no key.
PING = "/admin/host/ping"
_JSON = (("Content-Type", "application/json; charset=utf-8"),)
_TEXT = (("Content-Type", "text/plain; charset=utf-8"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What is answered; `function` is the one that was meant, "" for none."""

    status: int
    headers: Iterable[tuple[str, str]] = ()
    body: bytes = b""
    function: str = field(default="")


def answer_home(stage: Stage) -> Spoken:
    """Return the page at the root of an app that has no function there."""
    functions = stage.functions.indexed.functions
    lines = [f"  {one.name}  {one.trigger}" for one in functions]
    text = "\n".join(("Your Function App is up and running, served by lading.", *lines, ""))
    return Spoken(status=200, headers=_TEXT, body=text.encode())


def tell_of(path: str, stage: Stage, house: House, *, host: str) -> Spoken:
    """Return what a GET below /admin answers; `host` is how the client names this one."""
    indexed = stage.functions.indexed
    place = Place(url=f"http://{host}", prefix=stage.prefix, key="")
    documents = {one.name.lower(): function_document(one, place) for one in indexed.functions}
    match _parts(path):
        case ["host", "status"]:
            uptime = house.clock() - house.started
            return _json(host_status(indexed, version=house.version, uptime=uptime))
        case ["functions"]:
            return _json(list(documents.values()))
        case ["functions", name] if name.lower() in documents:
            return _json(documents[name.lower()])
        case ["functions", name, "status"] if name.lower() in documents:
            return _json({})
        case _:
            return Spoken(status=404)


def start(path: str, body: bytes, stage: Stage, house: House) -> Spoken:
    """Start a function by hand, and say so at once, whatever comes of it; that is told later."""
    names = {one.name.lower(): one.name for one in stage.functions.indexed.functions}
    match _parts(path):
        case ["functions", name] if name.lower() in names:
            posted = parse_input(body)
            if posted is None:
                told = b'Post {"input": "..."}, as JSON.\n'
                return Spoken(status=400, headers=_TEXT, body=told)
            occasion = Occasion(function=names[name.lower()], data=posted)
            threading.Thread(target=_run, args=(occasion, stage, house), daemon=True).start()
            return Spoken(status=202, function=occasion.function)
        case _:
            return Spoken(status=404)


def notes_on(result: HttpAnswer | Done | CallProblem) -> list[str]:
    """Return what is to be told of how a function ended."""
    if isinstance(result, CallProblem):
        return list(render_problem(result))
    returned = result.result if isinstance(result, Done) else None
    told = [] if returned is None else [render_result(returned)]
    return [render_output(output) for output in result.outputs] + told


def _run(occasion: Occasion, stage: Stage, house: House) -> None:
    started = house.clock()
    with stage:
        ended = stage.functions.trigger(occasion, time_limit=TIME_LIMIT)
    failed = isinstance(ended, CallProblem)
    seconds = house.clock() - started
    line = render_started(occasion.function, problem=failed, seconds=seconds)
    house.say("\n".join((line, *notes_on(ended))))


def _parts(path: str) -> list[str]:
    return path[len(ADMIN) :].strip("/").split("/")


def _json(document: object) -> Spoken:
    return Spoken(status=200, headers=_JSON, body=json.dumps(document, indent=2).encode())
