"""A package that was loaded once and answers calls, many at once, until it is closed.

Its process gets frames by its standard input and gives them by what was its standard output; what
the app prints or logs comes by standard error, line by line. It ends with this process.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Self

from lading.core.functions import FunctionFacts, Indexed, NoAnswerError, parse_answer
from lading.core.functions.calls import (
    CallProblem,
    Done,
    HttpAnswer,
    HttpCall,
    Occasion,
    http_invocation,
)
from lading.core.functions.messages import Invocation, Reply, render_frame, render_invocation
from lading.core.functions.occasions import occasion_invocation
from lading.core.functions.replies import done, http_answer
from lading.edges.functions.bench import (
    Bench,
    ended,
    errand_for,
    order_for,
    too_slow,
    without_answer,
)
from lading.edges.functions.exchange import Exchange, Loaded
from lading.edges.functions.programs import serving_text
from lading.edges.functions.tree import Package, unpacked


class FunctionsProcess:
    """A package under way in a process of its own; entering loads it.

    `indexed` tells what loading it showed; where that is a problem, nothing runs any more. `on_log`
    gets the lines that the app prints and logs, as they come, in a thread. Calls may be made from
    many threads. What a function does to its caller is a CallProblem, never an exception.
    """

    def __init__(self, package: Package, bench: Bench, *, on_log: Callable[[str], None]) -> None:
        self._package = package
        self._bench = bench
        self._on_log = on_log
        self._held = ExitStack()
        self._exchange: Exchange | None = None
        self._indexed: Indexed | None = None
        self._functions: dict[str, FunctionFacts] = {}

    def __enter__(self) -> Self:
        """Unpack the package, start its process, and load it."""
        try:
            self._load()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        """End the process."""
        self.close()

    @property
    def indexed(self) -> Indexed:
        """Return what loading the package showed."""
        if self._indexed is None:
            raise RuntimeError("the package is loaded when the process is entered")
        return self._indexed

    @property
    def streaming_address(self) -> tuple[str, int] | None:
        """Return where the app's own server takes whole requests, None where it has none."""
        return self._exchange.server if self._exchange is not None else None

    @property
    def ended(self) -> str:
        """Return how the app's process ended on its own, "" while it runs."""
        return self._exchange.ended if self._exchange is not None else ""

    def call(self, call: HttpCall, *, time_limit: float) -> HttpAnswer | CallProblem:
        """Answer a request, or tell why it cannot be; `time_limit` in seconds."""
        function = self._function(call.function)
        if isinstance(function, CallProblem):
            return function
        started = http_invocation(call, function, fresh=secrets.token_hex(16))
        reply = self._run(started, time_limit)
        return reply if isinstance(reply, CallProblem) else http_answer(reply, function)

    def stream(
        self, call: HttpCall, invocation_id: str, *, time_limit: float
    ) -> Done | CallProblem:
        """Run a function whose request goes to `streaming_address`; return once it has ended.

        The request there names the invocation in its header x-ms-invocation-id. A function that
        streams its answer has ended when it has begun to answer.
        """
        function = self._function(call.function)
        if isinstance(function, CallProblem):
            return function
        fresh = secrets.token_hex(16)
        started = http_invocation(call, function, fresh=fresh, streamed=True)
        if isinstance(started, Invocation):
            started = replace(started, id=invocation_id)
        reply = self._run(started, time_limit)
        return reply if isinstance(reply, CallProblem) else done(reply, function)

    def trigger(self, occasion: Occasion, *, time_limit: float) -> Done | CallProblem:
        """Run a function that no request starts; `time_limit` in seconds."""
        function = self._function(occasion.function)
        if isinstance(function, CallProblem):
            return function
        now = datetime.now(UTC)
        started = occasion_invocation(occasion, function, fresh=secrets.token_hex(16), now=now)
        reply = self._run(started, time_limit)
        return reply if isinstance(reply, CallProblem) else done(reply, function)

    def close(self) -> None:
        """End the process and all that it started, at once, and remove the package's files."""
        if self._exchange is not None:
            self._exchange.close()
        self._held.close()

    def _load(self) -> None:
        bench = self._bench
        tree = self._held.enter_context(unpacked(self._package, store=bench.store))
        folder = self._held.enter_context(bench.store.scratch()).resolve()
        nonce = secrets.token_hex(16)
        started = time.monotonic()
        errand = errand_for(folder, tree, bench, program=serving_text())
        self._exchange = exchange = Exchange(on_log=self._on_log)
        exchange.open(errand, bench.enclosure)
        order = render_frame(order_for(tree, bench, nonce=nonce, serving=True))
        loaded = exchange.load(order, time_limit=bench.time_limit)
        indexed = self._verdict(loaded, nonce, exchange.output, time.monotonic() - started)
        if indexed.problem is not None:
            exchange.close()
        self._indexed = replace(indexed, output=exchange.output)
        self._functions = {one.name: one for one in indexed.functions}

    def _verdict(self, loaded: Loaded, nonce: str, output: str, seconds: float) -> Indexed:
        bench = self._bench
        if loaded.is_late:
            return without_answer(bench, too_slow(bench), seconds=seconds)
        try:
            answer = parse_answer(loaded.text, nonce=nonce, seconds=seconds, output=output)
            return replace(answer, confinement=bench.enclosure.description)
        except NoAnswerError:
            return without_answer(bench, ended(loaded.code, output), seconds=seconds)

    def _function(self, name: str) -> FunctionFacts | CallProblem:
        function = self._functions.get(name)
        if function is None:
            return CallProblem(error="NoFunction", message=f"the app has no function {name}")
        return function

    def _run(self, started: Invocation | CallProblem, time_limit: float) -> Reply | CallProblem:
        if isinstance(started, CallProblem) or self._exchange is None:
            return started if isinstance(started, CallProblem) else _CLOSED
        frame = render_invocation(started)
        return self._exchange.ask(started.id, frame, time_limit=time_limit)


_CLOSED = CallProblem(error="Ended", message="the app is not loaded")
