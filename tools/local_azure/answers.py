"""What the hosts answer with, and what Entra ID's hosts read of a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from io import BytesIO
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

_JSON = "application/json; charset=utf-8"
_LARGEST_FORM = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer; `reason` is the phrase behind the status, HTTP's own where it is "".

    `afterwards` is done when it is on its way. A `stream` takes the place of the body.
    """

    status: int = 200
    body: bytes = b""
    kind: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    afterwards: Callable[[], None] | None = None
    stream: Iterator[bytes] | None = None

    def send(self, start_response: StartResponse) -> Iterable[bytes]:
        """Give it (WSGI)."""
        headers = [("Content-Type", self.kind)] if self.kind else []
        if self.stream is None:
            headers.append(("Content-Length", str(len(self.body))))
        headers += self.headers
        phrase = self.reason or HTTPStatus(self.status).phrase
        start_response(f"{self.status} {phrase}", headers)
        return self._parts() if self.stream is None else self.stream

    def _parts(self) -> Iterator[bytes]:
        yield self.body
        if self.afterwards is not None:
            self.afterwards()


def dated(answer: Answer, time: datetime) -> Answer:
    """Return an answer with the time of whoever answers."""
    date = ("Date", format_datetime(time, usegmt=True))
    return replace(answer, headers=(*answer.headers, date))


class RefusedAnswer(Exception):  # noqa: N818 - an answer, given up the stack
    """A request that is refused, with the whole answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(
    document: Mapping[str, object] | Sequence[object] | str,
    status: int = 200,
    *,
    headers: tuple[tuple[str, str], ...] = (),
) -> Answer:
    """Return an answer of JSON that nobody may keep."""
    return Answer(
        status=status,
        body=json.dumps(document).encode(),
        kind=_JSON,
        headers=(("Cache-Control", "no-store"), *headers),
    )


def text_answer(text: str, status: int, *, reason: str = "") -> Answer:
    """Return an answer of plain text."""
    return Answer(
        status=status, body=text.encode(), kind="text/plain; charset=utf-8", reason=reason
    )


def send_json(
    answer: Mapping[str, object],
    start_response: StartResponse,
    *,
    status: int = HTTPStatus.OK,
) -> Iterable[bytes]:
    """Answer with JSON that nobody may keep."""
    return json_answer(answer, status).send(start_response)


def read_query(environ: WSGIEnvironment) -> dict[str, str]:
    """Return the parameters of a request's URL, the first of each name."""
    return _first(environ.get("QUERY_STRING", ""))


def read_form(environ: WSGIEnvironment) -> dict[str, str]:
    """Return the fields of a posted form; they can be read again."""
    body = environ["wsgi.input"].read(_LARGEST_FORM)
    environ["wsgi.input"] = BytesIO(body)
    return _first(body.decode("utf-8", "replace"))


def _first(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
