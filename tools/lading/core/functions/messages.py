"""What crosses between the host and a worker: values of its protocol, and frames on a pipe.

A frame is the sizes of its head and of its payload (four and eight bytes, big-endian), a head in
JSON, and the payload: what is large lies there, in the order in which the head names its size.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SIZES = struct.Struct(">IQ")

_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})

Kind = Literal["string", "json", "bytes", "texts", "numbers"]


class FrameError(Exception):
    """What came over a pipe is no frame, or its head says what no worker says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """One value: a text, JSON as text, bytes, or (in a batch) several texts or numbers."""

    kind: Kind
    value: str | bytes | tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie as the worker tells it; `expires` in seconds since 1970, `same_site` "" for none."""

    name: str
    value: str
    domain: str | None = None
    path: str | None = None
    expires: int | None = None
    max_age: float | None = None
    secure: bool = False
    http_only: bool = False
    same_site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpDatum:
    """An HTTP request or response; only a request has `method`, `url`, `query` and `params`."""

    status: str = ""
    method: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()
    body: bytes = b""


Value = Datum | HttpDatum


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One run of a function: what the worker is told.

    `inputs` go by the names of bindings; `metadata` is what the host knows of the trigger.
    """

    id: str
    function: str
    inputs: Mapping[str, Value]
    metadata: Mapping[str, Datum] = field(default_factory=dict)
    trace_parent: str = ""
    trace_state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a function that did not raise gave back; `outputs` by the names of bindings."""

    returned: Value | None
    outputs: tuple[tuple[str, Value], ...] = ()


def render_frame(head: Mapping[str, object], payload: tuple[bytes, ...] = ()) -> tuple[bytes, ...]:
    """Return a frame in pieces, so that what is large is not copied."""
    told = json.dumps(head).encode()
    return (SIZES.pack(len(told), sum(map(len, payload))) + told, *payload)


def render_invocation(invocation: Invocation) -> tuple[bytes, ...]:
    """Return the frame that starts a function."""
    payload: list[bytes] = []
    head = {
        "id": invocation.id,
        "function": invocation.function,
        "inputs": [
            {"name": name, "data": _table(value, payload)}
            for name, value in invocation.inputs.items()
        ],
        "metadata": {name: _table(value, payload) for name, value in invocation.metadata.items()},
        "trace": [invocation.trace_parent, invocation.trace_state],
    }
    return render_frame(head, tuple(payload))


def parse_head(text: bytes) -> dict[str, Any]:
    """Return the head of a frame; raises FrameError where it is none."""
    try:
        head = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameError(str(error)) from error
    if not isinstance(head, dict):
        raise FrameError("a head is a JSON object")
    return head


def parse_server(head: Mapping[str, Any]) -> tuple[str, int] | None:
    """Return where the app's own server listens, None where it has none.

    It is on this machine, or the head is none of ours: the app can write what it likes, and
    requests are handed on to there. Raises FrameError.
    """
    told = head.get("server")
    if told is None:
        return None
    match told:
        case [str(host), int(port)] if host in _THIS_MACHINE and 0 < port < 1 << 16:
            return host, port
    raise FrameError("the app's own server is not on this machine")


def parse_reply(head: Mapping[str, Any], payload: bytes) -> Reply:
    """Return what a function gave back; raises FrameError where the head does not tell it."""
    try:
        parts = _Payload(payload)
        returned = head["return"]
        return Reply(
            returned=None if returned is None else _value(returned, parts),
            outputs=tuple(
                (str(one["name"]), value)
                for one in head["outputs"]
                if (value := _value(one["data"], parts)) is not None
            ),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FrameError(repr(error)) from error


def _table(value: Value, payload: list[bytes]) -> dict[str, object]:
    if isinstance(value, HttpDatum):
        payload.append(value.body)
        return {
            "kind": "http",
            "method": value.method,
            "url": value.url,
            "headers": dict(value.headers),
            "query": dict(value.query),
            "params": dict(value.params),
            "size": len(value.body),
        }
    if isinstance(value.value, tuple):
        return {"kind": value.kind, "items": list(value.value)}
    raw = value.value if isinstance(value.value, bytes) else value.value.encode()
    payload.append(raw)
    return {"kind": value.kind, "size": len(raw)}


def _value(table: Mapping[str, Any], payload: _Payload) -> Value | None:
    kind = table["kind"]
    raw = payload.take(int(table["size"]))
    if kind == "http":
        return HttpDatum(
            status=str(table["status"]),
            headers={str(name): str(text) for name, text in table["headers"].items()},
            cookies=tuple(Cookie(**one) for one in table["cookies"]),
            body=raw,
        )
    if kind in {"string", "json"}:
        return Datum(kind=kind, value=raw.decode())
    return Datum(kind="bytes", value=raw) if kind == "bytes" else None


class _Payload:
    """The large parts of a frame, taken one after the other."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    def take(self, size: int) -> bytes:
        if size == len(self._raw):  # most often there is one part, which is not copied
            return self._raw
        part = self._raw[self._at : self._at + size]
        if len(part) != size:
            raise ValueError("the payload is shorter than its head says")
        self._at += size
        return part
