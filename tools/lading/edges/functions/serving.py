"""The program that the target's interpreter runs to answer calls: frames in, frames out.

The first frame is the order, its answer what the package is. Each further one starts a function, as
many at once as there are; the answers come as they are ready. When its input ends, so does it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import struct
import sys
import threading
import traceback
import types
from typing import Any
from urllib.parse import urlsplit

from lading.edges.functions.loading import (
    Loaded,
    Message,
    Protos,
    answer_to,
    load,
    own_name,
    place_of,
    put_aside,
    raised_by,
    send,
    take_place,
    text_of,
)

SIZES = struct.Struct(">IQ")
MOST_TRACE = 20_000
SERVER_SECONDS = 10.0
# Microsoft's own; a worker tells the host of them, not whoever reads the app's log.
INNER_LOGS = ("azure_functions_runtime", "azure.functions", "azure_functions_worker", "asyncio")


class TypedData(Message):
    """A value: its field says of which kind it is."""

    def WhichOneof(self, _group: str) -> Any:  # noqa: D102, N802 - protobuf's name
        return next(iter(self.__dict__), None)


class ParameterBinding(Message):
    """A value for a parameter."""

    def WhichOneof(self, _group: str) -> str:  # noqa: D102, N802 - protobuf's name
        return "data"


class SameSite:
    """The values of a cookie's attribute; None is one that is not set."""

    Lax = "lax"
    Strict = "strict"
    ExplicitNone = "none"


setattr(SameSite, "None", "")


class RpcHttpCookie(Message):
    """A cookie."""

    SameSite = SameSite


class ServingProtos(Protos):
    """The messages that answers are made of."""

    RpcHttpCookie = RpcHttpCookie


class Parts:
    """A payload, read or written part by part."""

    def __init__(self, payload: bytes = b"") -> None:
        self.payload = payload
        self.at = 0
        self.written: list[bytes] = []

    def take(self, size: int) -> bytes:
        """Return the next part; one that is all there is is not copied."""
        if size == len(self.payload):
            return self.payload
        self.at += size
        return self.payload[self.at - size : self.at]

    def put(self, raw: bytes) -> int:
        """Add a part and return its size."""
        self.written.append(raw)
        return len(raw)


def given(table: dict[str, Any], parts: Parts) -> TypedData:
    """Return a value that a frame tells, as the library reads it."""
    kind = table["kind"]
    if kind == "texts":
        return TypedData(collection_string=Message(string=table["items"]))
    if kind == "numbers":
        return TypedData(collection_sint64=Message(sint64=table["items"]))
    raw = parts.take(table["size"])
    if kind == "http":
        fields = {name: table[name] for name in ("method", "url", "headers", "query", "params")}
        return TypedData(http=Message(body=TypedData(bytes=raw), **fields))
    return TypedData(**{kind: raw if kind == "bytes" else raw.decode()})


def asked(head: dict[str, Any], payload: bytes, loaded: Loaded) -> Any:
    """Return the request that a frame tells, as the library reads it."""
    parts = Parts(payload)
    inputs = [
        ParameterBinding(name=one["name"], data=given(one["data"], parts)) for one in head["inputs"]
    ]
    metadata = {name: given(one, parts) for name, one in head["metadata"].items()}
    parent, state = head["trace"]
    request = Message(
        invocation_id=head["id"],
        function_id=loaded.ids.get(head["function"], ""),
        input_data=inputs,
        trigger_metadata=metadata,
        trace_context=Message(trace_parent=parent, trace_state=state, attributes={}),
        retry_context=Message(retry_count=0, max_retry_count=0),
    )
    return types.SimpleNamespace(request=Message(invocation_request=request))


def told(data: Any, parts: Parts) -> Any:
    """Return a value of the library as a frame tells it."""
    kind = None if data is None else next(iter(data.__dict__), None)
    if kind is None:
        return None
    value = getattr(data, kind)
    if kind == "http":
        body = told(value.body, parts) or {"size": 0}
        return {
            "kind": "http",
            "status": str(value.status_code),
            "headers": value.headers or {},
            "cookies": [cookie(one) for one in value.cookies or ()],
            "size": body["size"],
        }
    if kind == "bytes":
        return {"kind": kind, "size": parts.put(bytes(value))}
    if kind in ("string", "json"):
        return {"kind": kind, "size": parts.put(value.encode())}
    return {"kind": "json", "size": parts.put(json.dumps(value).encode())}


def cookie(one: Any) -> dict[str, Any]:
    """Return a cookie as a frame tells it."""
    fields = {name: getattr(one, name) for name in ("domain", "path", "secure", "http_only")}
    return {
        "name": one.name,
        "value": one.value,
        "expires": None if one.expires is None else one.expires.value.seconds,
        "max_age": None if one.max_age is None else one.max_age.value,
        "same_site": one.same_site or "",
        **{name: None if field is None else field.value for name, field in fields.items()},
    }


def problem_of(error: BaseException, root: str) -> dict[str, Any]:
    """Return what is to be known of an exception that a function raised."""
    file, line = place_of(error, root)
    message = text_of(error)
    if isinstance(error, SystemExit):
        message = f"the function ended the interpreter, with {error.code!r}"
    trace = error.__traceback__
    own = trace
    while own is not None and not own_name(own.tb_frame.f_code.co_filename, root):
        own = own.tb_next
    try:
        lines = traceback.format_exception(type(error), error, own or trace)
    except Exception:  # noqa: BLE001 - it is the app that wrote the exception
        lines = []
    text = "".join(lines).replace(root + os.sep, "")[-MOST_TRACE:]
    kind = type(error).__name__
    return {"error": kind, "message": message, "file": file, "line": line, "trace": text}


class Desk:
    """Takes frames from a thread, runs functions in the loop, and sends what came of them."""

    def __init__(self, root: str, answers: int) -> None:
        self.loaded = Loaded(None)
        self.root = root
        self.answers = answers
        self.open: dict[str, asyncio.Task[None]] = {}

    def take(self, head: dict[str, Any], payload: bytes) -> None:
        """Start what a frame asks for, or stop it."""
        if "cancel" in head:
            task = self.open.get(head["cancel"])
            if task is not None:
                task.cancel()
            return
        task = asyncio.ensure_future(self.run(head, payload))
        self.open[head["id"]] = task
        task.add_done_callback(lambda _task: self.open.pop(head["id"], None))

    async def run(self, head: dict[str, Any], payload: bytes) -> None:
        """Run a function and send what came of it."""
        parts = Parts()
        answer: dict[str, Any] = {"id": head["id"]}
        try:
            request = asked(head, payload, self.loaded)
            reply = await self.loaded.library.invocation_request(request)
            problem = raised_by(reply)
            if problem is None:
                answer["return"] = told(reply.return_value, parts)
                answer["outputs"] = [
                    {"name": one.name, "data": data}
                    for one in reply.output_data or ()
                    for data in (told(one.data, parts),)
                    if data is not None
                ]
        except asyncio.CancelledError:
            return
        except BaseException as error:  # noqa: BLE001 - sys.exit() in a function is one of them
            problem = error
        if problem is not None:
            parts = Parts()
            answer = {"id": head["id"], "problem": problem_of(problem, self.root)}
        flush()
        send_frame(self.answers, answer, parts.written)


def send_frame(way: int, head: dict[str, Any], payload: list[bytes]) -> None:
    """Write a frame; a small one at once."""
    text = json.dumps(head).encode()
    start = SIZES.pack(len(text), sum(map(len, payload))) + text
    if payload and len(payload[0]) < len(start) * 16:
        start += payload[0]
        payload = payload[1:]
    for piece in (start, *payload):
        send(way, piece)


def flush() -> None:
    """Let out what the app printed; it may have closed the way."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def read_frame(orders: Any) -> Any:
    """Return head and payload of the next frame, None at the end."""
    sizes = orders.read(SIZES.size)
    if len(sizes) < SIZES.size:
        return None
    head_size, size = SIZES.unpack(sizes)
    head = json.loads(orders.read(head_size))
    payload = orders.read(size)
    return (head, payload) if len(payload) == size else None


def listen(orders: Any, desk: Desk, loop: asyncio.AbstractEventLoop) -> None:
    """Hand frames to the loop; whatever the app does, the end of them is the end of it."""
    while True:
        frame = read_frame(orders)
        if frame is None:
            end()
        loop.call_soon_threadsafe(desk.take, *frame)


def end() -> None:
    """End this process and all that the app started."""
    with contextlib.suppress(Exception):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


def show_logs() -> None:
    """Let the app's log be seen from INFO on, as the host shows it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    handler.addFilter(
        lambda record: record.levelno >= logging.WARNING or not record.name.startswith(INNER_LOGS)
    )
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)


async def server_of(loaded: Loaded) -> list[Any] | None:
    """Return where the library's own server listens, once it does, None where it has none."""
    address = urlsplit(loaded.capabilities.get("HttpUri", ""))
    if loaded.problem is not None or address.port is None:
        return None
    loop = asyncio.get_running_loop()
    until = loop.time() + SERVER_SECONDS
    while loop.time() < until:
        with contextlib.suppress(OSError):
            _reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.close()
            break
        await asyncio.sleep(0.005)
    return [address.hostname, address.port]


async def serve(orders: Any, answers: int, order: dict[str, Any]) -> None:
    """Load the package, say so, and answer calls for ever."""
    wanted = take_place(order)
    root = order["root"]
    desk = Desk(root, answers)
    loop = asyncio.get_running_loop()
    # An import may hang, and who started this may be gone meanwhile.
    threading.Thread(target=listen, args=(orders, desk, loop), daemon=True).start()
    desk.loaded = await load(order, root, ServingProtos())
    server = await server_of(desk.loaded)
    flush()
    answer = answer_to(order, desk.loaded, root, wanted)
    send_frame(answers, {**answer, "server": server}, [])
    await loop.create_future()


def main() -> None:
    """Put both ways aside, take the order, serve."""
    orders = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    answers = put_aside()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    show_logs()
    frame = read_frame(orders)
    if frame is not None:
        asyncio.run(serve(orders, answers, frame[0]))


if __name__ == "__main__":
    main()
