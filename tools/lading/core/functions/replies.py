"""What a function gave back, as the Functions host answers with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote

from lading.core.functions import BindingFacts, FunctionFacts
from lading.core.functions.calls import CallProblem, Done, HttpAnswer, Output
from lading.core.functions.messages import Cookie, Datum, HttpDatum, Reply, Value

_RETURN = "$return"
_HTTP = "http"
_TEXT = ("content-type", "text/plain; charset=utf-8")
_OK = 200
_UNSET = datetime(1970, 1, 1, tzinfo=UTC)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Kestrel writes none of them.
_NOT_IN_HEADERS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")


def http_answer(reply: Reply, function: FunctionFacts) -> HttpAnswer | CallProblem:
    """Return what the host answers a request with.

    A header that the host cannot send is a problem, as it is one on Azure.
    """
    bindings = {binding.name: binding for binding in function.bindings}
    told = [(_RETURN, reply.returned), *reply.outputs]
    answers = [
        value
        for name, value in told
        if value is not None and name in bindings and bindings[name].type.lower() == _HTTP
    ]
    try:
        status, headers, body = _parts(answers[0]) if answers else (_OK, (), b"")
    except (TypeError, ValueError, OverflowError) as error:
        message = f"{function.name} answered with a cookie that cannot be sent: {error}"
        return CallProblem(error="Header", message=message)
    for name, text in headers:
        if not _NAME.fullmatch(name) or _NOT_IN_HEADERS.search(text):
            return CallProblem(
                error="Header",
                message=f"{function.name} answered with a header that cannot be sent: {name!r}",
            )
    return HttpAnswer(
        status=status, headers=headers, body=body, outputs=tuple(_outputs(told, bindings))
    )


def done(reply: Reply, function: FunctionFacts) -> Done:
    """Return what came of a function that no request started."""
    bindings = {binding.name: binding for binding in function.bindings}
    outputs = tuple(_outputs([(_RETURN, reply.returned), *reply.outputs], bindings))
    has_place = _RETURN in bindings or reply.returned is None
    return Done(outputs=outputs, result=None if has_place else _data(reply.returned))


def render_cookie(cookie: Cookie) -> str:
    """Return a cookie as ASP.NET sets it: what the worker leaves empty is there, empty."""
    parts = [f"{cookie.name}={quote(cookie.value, safe='')}"]
    if cookie.expires is not None:
        moment = _UNSET + timedelta(seconds=cookie.expires)
        parts.append(f"expires={format_datetime(moment, usegmt=True)}")
    if cookie.max_age is not None:
        parts.append(f"max-age={int(cookie.max_age)}")
    if cookie.domain is not None:
        parts.append(f"domain={cookie.domain}")
    parts.append(f"path={'/' if cookie.path is None else cookie.path}")
    parts += ["secure"] if cookie.secure else []
    parts += [f"samesite={cookie.same_site}"] if cookie.same_site else []
    parts += ["httponly"] if cookie.http_only else []
    return "; ".join(parts)


_Parts = tuple[int, tuple[tuple[str, str], ...], bytes]


def _parts(value: Value) -> _Parts:
    if isinstance(value, HttpDatum):
        cookies = (("set-cookie", render_cookie(cookie)) for cookie in value.cookies)
        return _status(value.status), (*_once(value.headers.items()), *cookies), value.body
    if isinstance(value.value, bytes):
        return _OK, (), value.value
    return _from_text(_text(value))


def _from_text(text: str) -> _Parts:
    """Return the answer for a text: the host looks whether it is JSON, even a whole response."""
    try:
        content = json.loads(text) if text else ""
    except (ValueError, RecursionError):
        return _OK, (_TEXT,), text.encode()
    table = {key.lower(): value for key, value in _table(content).items()}
    if "body" not in table:
        return _OK, (_TEXT,), _shown(content, indent=2).encode()
    headers = {name: _shown(one) for name, one in _table(table.get("headers")).items()}
    typed = _TEXT[0] in {name.lower() for name in headers}
    return (
        _status(table.get("statuscode", table.get("status"))),
        (*_once(headers.items()), *(() if typed else (_TEXT,))),
        _shown(table["body"]).encode(),
    )


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _shown(value: object, *, indent: int | None = None) -> str:
    """Return a value of JSON as .NET turns it into text."""
    if isinstance(value, dict | list):
        separators = (",", ":") if indent is None else (",", ": ")
        return json.dumps(value, indent=indent, ensure_ascii=False, separators=separators)
    return "" if value is None else str(value)


def _status(told: object) -> int:
    try:
        return _OK if told is None else int(str(told))
    except ValueError:
        return _OK


def _once(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return headers without repetitions: the host keeps the first of each."""
    found: dict[str, tuple[str, str]] = {}
    for name, text in headers:
        found.setdefault(name.lower(), (name, text))
    return tuple(found.values())


def _outputs(
    told: Iterable[tuple[str, Value | None]], bindings: Mapping[str, BindingFacts]
) -> Iterator[Output]:
    for name, value in told:
        binding = bindings.get(name)
        if binding is not None and value is not None and binding.type.lower() != _HTTP:
            yield Output(binding=binding, data=_data(value))


def _data(value: Value | None) -> str | bytes:
    if value is None:
        return ""
    if isinstance(value, HttpDatum):
        return value.body
    return value.value if isinstance(value.value, bytes) else _text(value)


def _text(value: Datum) -> str:
    return value.value if isinstance(value.value, str) else ""
