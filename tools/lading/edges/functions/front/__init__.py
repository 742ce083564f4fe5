"""The front of an app that runs here: what the Functions host does with a request.

It finds the function, asks for the key, hands the request to the app and gives its answer; what the
host would do with an output binding is told and not done.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from lading.core.functions.calls import CallProblem, Done, HttpCall, call_url, parse_query
from lading.core.functions.routes import Found, find_route
from lading.core.functions.serving import (
    KEY_HEADER,
    KEY_PARAMETER,
    Asked,
    is_own_name,
    render_asked,
    wants_key,
)
from lading.edges.functions.front.own_paths import (
    ADMIN,
    PING,
    TIME_LIMIT,
    Spoken,
    answer_home,
    notes_on,
    start,
    tell_of,
)
from lading.edges.functions.front.stage import Functions, House, Stage
from lading.edges.functions.front.wire import (
    AnswerError,
    BodyTooLargeError,
    ClientGoneError,
    HttpExchange,
    Listener,
)
from lading.edges.http import TransferError
from lading.edges.http.loopback import Handed, Passage, open_passage

# The host takes no larger body (bytes).
_MOST_BODY = 104_857_600
_INVOCATION = "x-ms-invocation-id"
# The connection's own, and the name under which the app's own server looks for a request: a client
# may send one too.
_NOT_HANDED_ON = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "upgrade", "expect", _INVOCATION}
)
_UNREAD = "  the client went away"


class Front:
    """What answers on a port, whichever app has the stage."""

    def __init__(self, stage: Stage, house: House) -> None:
        self._stage = stage
        self._house = house

    def swap(self, stage: Stage) -> Stage:
        """Let another app answer from now on, and return the one that did."""
        before, self._stage = self._stage, stage
        return before

    def answer(self, exchange: HttpExchange) -> None:
        """Answer a request and tell of it; for `Listener`."""
        started = self._house.clock()
        with self._stage as stage:
            visit = _Visit(stage, self._house, exchange)
            try:
                visit.answer()
            except BodyTooLargeError:
                visit.close(413)
            except ClientGoneError:
                exchange.is_last = True
                visit.notes.append(_UNREAD)
            except AnswerError as error:
                visit.notes.append(f"  the answer cannot be sent: {error}")
                visit.close(500)
        if visit.path == PING:
            return
        asked = Asked(
            method=exchange.method,
            path=visit.path,
            function=visit.function,
            status=visit.status,
            seconds=self._house.clock() - started,
        )
        self._house.say("\n".join((render_asked(asked), *visit.notes)))


class _Visit:
    """One request, from its path to its answer."""

    def __init__(self, stage: Stage, house: House, exchange: HttpExchange) -> None:
        self.path, _, self._query = _origin(exchange.target).partition("?")
        self.status = 0
        self.function = ""
        self.notes: list[str] = []
        self._stage = stage
        self._house = house
        self._exchange = exchange

    def answer(self) -> None:
        """Answer as the host does: its own paths first, then the routes of the functions."""
        if not is_own_name(self._host, self._house.name):
            self.notes.append(f"  {self._host[:80]!a} is not this machine: --host says who may ask")
            self._speak(Spoken(status=421))
            return
        if self.path.lower().startswith(ADMIN):
            self._speak(self._own())
            return
        found = find_route(self._stage.routes, self._exchange.method, self.path)
        if found is None:
            is_home = self.path == "/" and self._exchange.method in {"GET", "HEAD"}
            self._speak(answer_home(self._stage) if is_home else Spoken(status=404))
            return
        self.function = found.function.name
        address = self._stage.functions.streaming_address
        if wants_key(found.function) and not self._is_open():
            self._speak(self._closed())
        elif address is not None:
            self._stream(found, address)
        else:
            self._call(found)

    def close(self, status: int) -> None:
        """End the connection, with this answer where there was none yet."""
        self._exchange.is_last = True
        if not self._exchange.has_begun:
            self._reply(status)

    def _own(self) -> Spoken:
        method = self._exchange.method
        if self.path == PING:
            return Spoken(status=200)
        if not self._is_open():
            return self._closed()
        if method == "POST":
            body = self._exchange.read(limit=_MOST_BODY)
            return start(self.path, body, self._stage, self._house)
        if method in {"GET", "HEAD"}:
            return tell_of(self.path, self._stage, self._house, host=self._host)
        return Spoken(status=405)

    def _closed(self) -> Spoken:
        self.notes.append(f"  it wants the key: {KEY_HEADER}, or ?{KEY_PARAMETER}=")
        return Spoken(status=401)

    def _is_open(self) -> bool:
        key = self._house.key
        told = (text for name, text in parse_query(self._query) if name.lower() == KEY_PARAMETER)
        shown = self._exchange.header(KEY_HEADER) or next(told, "")
        return not key or hmac.compare_digest(shown.encode(), key.encode())

    @property
    def _host(self) -> str:
        return self._exchange.header("host") or "localhost"

    def _speak(self, spoken: Spoken) -> None:
        self.function = self.function or spoken.function
        self._reply(spoken.status, spoken.headers, spoken.body)

    def _reply(
        self, status: int, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
    ) -> None:
        self.status = status
        self._exchange.reply(status, headers, body)

    def _call(self, found: Found) -> None:
        call = self._http_call(found, body=self._exchange.read(limit=_MOST_BODY))
        answer = self._stage.functions.call(call, time_limit=TIME_LIMIT)
        self.notes += notes_on(answer)
        if isinstance(answer, CallProblem):
            self._reply(500)
        else:
            self._reply(answer.status, answer.headers, answer.body)

    def _stream(self, found: Found, address: tuple[str, int]) -> None:
        """Let the app's own server have the request, while the function runs by the same id."""
        call, invocation = self._http_call(found), str(uuid.uuid4())
        with (
            ThreadPoolExecutor(1, "lading-stream") as pool,
            open_passage(self._handed(address, invocation)) as passage,
        ):
            running = pool.submit(self._run_streamed, call, invocation, passage)
            try:
                self._pass_on(passage)
            except TransferError as error:
                if not running.done() or not isinstance(running.result(), CallProblem):
                    self.notes.append(f"  the app's own server: {error.reason}")
                self.close(500)
            finally:
                # What is still being sent would be read as the next request.
                self._exchange.is_last = self._exchange.is_last or passage.is_sending
        self.notes += notes_on(running.result())

    def _run_streamed(
        self, call: HttpCall, invocation: str, passage: Passage
    ) -> Done | CallProblem:
        ended = self._stage.functions.stream(call, invocation, time_limit=TIME_LIMIT)
        if isinstance(ended, CallProblem) and not self._exchange.has_begun:
            # Nobody would answer it.
            passage.abort()
        return ended

    def _pass_on(self, passage: Passage) -> None:
        answer = passage.send()
        self.status = answer.status
        self._exchange.begin(answer.status, answer.headers)
        for block in answer.blocks():
            self._exchange.send(block)
        self._exchange.end()

    def _handed(self, address: tuple[str, int], invocation: str) -> Handed:
        exchange = self._exchange
        is_chunked = exchange.header("transfer-encoding") != ""
        # A body in chunks may tell a length all the same, which is not the body's: what is over
        # would be read as the next request (RFC 9112, 6.3).
        left_out = _NOT_HANDED_ON | ({"content-length"} if is_chunked else set())
        kept = [pair for pair in exchange.headers if pair[0].lower() not in left_out]
        has_body = is_chunked or exchange.header("content-length") not in {"", "0"}
        return Handed(
            address=address,
            method=exchange.method,
            target=_origin(exchange.target),
            headers=(*kept, (_INVOCATION, invocation)),
            blocks=exchange.blocks() if has_body else None,
            patience=TIME_LIMIT,
        )

    def _http_call(self, found: Found, *, body: bytes = b"") -> HttpCall:
        return HttpCall(
            function=found.function.name,
            method=self._exchange.method,
            url=call_url(host=self._host, path=self.path, query=self._query),
            headers=self._exchange.headers,
            query=parse_query(self._query),
            params=found.params,
            body=body,
        )


def _origin(target: str) -> str:
    """Return a target's path and query; the client of a proxy sends the whole URL."""
    _, scheme, rest = target.partition("://")
    if target.startswith("/") or not scheme:
        return target
    return "/" + rest.partition("/")[2]


__all__ = ["Front", "Functions", "House", "Listener", "Stage"]
