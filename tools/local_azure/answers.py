"""What the hosts answer with: JSON, and what they read of a request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from io import BytesIO
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

_LARGEST_FORM = 1 << 20


def send_json(
    answer: Mapping[str, object],
    start_response: StartResponse,
    *,
    status: int = HTTPStatus.OK,
) -> Iterable[bytes]:
    """Answer with JSON that nobody may keep."""
    body = json.dumps(answer).encode()
    headers = [("Content-Type", "application/json; charset=utf-8"), ("Cache-Control", "no-store")]
    headers.append(("Content-Length", str(len(body))))
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]


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
