"""An app in memory behind its front, and a plain client that asks it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse

from lading.core.functions import (
    BindingFacts,
    FunctionFacts,
    ImportProblem,
    Indexed,
    function_facts,
)
from lading.core.functions.calls import CallProblem, Done, HttpAnswer, HttpCall, Occasion
from lading.edges.functions.front import Front, House, Listener, Stage

KEY = "a-key-of-this-test"
QUEUE = BindingFacts(name="msg", type="queue", direction="out", settings={"queueName": "orders"})


def http(name: str, route: str = "", methods: str = "", level: str = "anonymous") -> FunctionFacts:
    told = {"route": route, "methods": methods, "authLevel": level}
    settings = {key: value for key, value in told.items() if value}
    trigger = BindingFacts(name="req", type="httpTrigger", direction="in", settings=settings)
    return function_facts(name, "function_app.py", (trigger,))


def timer(name: str) -> FunctionFacts:
    trigger = BindingFacts(
        name="tick", type="timerTrigger", direction="in", settings={"schedule": "0 0 6 * * *"}
    )
    return function_facts(name, "function_app.py", (trigger,))


def indexed(*functions: FunctionFacts, problem: ImportProblem | None = None) -> Indexed:
    return Indexed(
        model="v2",
        python="3.13.0",
        runtime="1.3.0",
        sdk="2.3.0",
        sdk_from="engine",
        functions=functions,
        problem=problem,
        output="",
        seconds=0.1,
    )


def echo(call: HttpCall) -> HttpAnswer | CallProblem:
    return HttpAnswer(
        status=200,
        headers=(("content-type", "text/plain"), ("x-function", call.function)),
        body=call.body or call.function.encode(),
    )


@dataclass(kw_only=True)
class App:
    """An app in memory, which answers as the test says."""

    functions: tuple[FunctionFacts, ...]
    answers: Callable[[HttpCall], HttpAnswer | CallProblem] = echo
    streaming_address: tuple[str, int] | None = None
    calls: list[HttpCall] = field(default_factory=list)
    occasions: list[Occasion] = field(default_factory=list)
    ended: Done | CallProblem = field(default_factory=Done)

    @property
    def indexed(self) -> Indexed:
        """Return functions alone."""
        return indexed(*self.functions)

    def call(self, call: HttpCall, *, time_limit: float) -> HttpAnswer | CallProblem:
        """Note the call and answer as told."""
        assert time_limit > 0
        self.calls.append(call)
        return self.answers(call)

    def stream(
        self, call: HttpCall, invocation_id: str, *, time_limit: float
    ) -> Done | CallProblem:
        """Note the call; the other server answers."""
        assert invocation_id
        assert time_limit > 0
        self.calls.append(call)
        return self.ended

    def trigger(self, occasion: Occasion, *, time_limit: float) -> Done | CallProblem:
        """Note the occasion and end as told."""
        assert time_limit > 0
        self.occasions.append(occasion)
        return self.ended


@dataclass(kw_only=True)
class Served:
    """An app behind its front; `said` grows with what the front tells."""

    port: int
    front: Front
    said: list[str]

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        body: bytes | Iterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[HTTPResponse, bytes]:
        """Send a request on a connection of its own."""
        client = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            client.request(method, path, body=body, headers=headers or {})
            answer = client.getresponse()
            return answer, answer.read()
        finally:
            client.close()

    def status(self, path: str, method: str = "GET", **headers: str) -> int:
        """Send a request, and return how it was answered."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(path, method, headers=named)[0].status

    def hears(self, text: str) -> str:
        """Wait until the front has told something with this text; it is told after the answer."""
        until = time.monotonic() + 30
        while not (found := [line for line in self.said if text in line]):
            assert time.monotonic() < until, self.said
            time.sleep(0.01)
        return found[0]


@contextmanager
def serve(
    app: App, *, prefix: str = "api", key: str = KEY, name: str = "127.0.0.1"
) -> Iterator[Served]:
    said: list[str] = []
    house = House(key=key, version="1.0", say=said.append, clock=time.monotonic, name=name)
    front = Front(Stage(app, prefix=prefix), house)
    with Listener("127.0.0.1", 0) as listener:
        listener.answer(front.answer)
        yield Served(port=listener.port, front=front, said=said)
