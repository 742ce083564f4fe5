"""A request as the services of the local Azure read it: names in any case, its body once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote
from wsgiref.types import WSGIEnvironment

from local_azure.answers import RefusedAnswer, text_answer

_CHUNK_BYTES = 1 << 18
_LARGEST_DOCUMENT = 8 << 20


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request. `origin` is the address that it came to, for links that lead back here."""

    method: str
    path: str
    environ: WSGIEnvironment
    origin: str

    @staticmethod
    def of(environ: WSGIEnvironment, origin: str) -> Asked:
        """Read a request of WSGI."""
        path = unquote(environ["PATH_INFO"])
        return Asked(method=environ["REQUEST_METHOD"], path=path, environ=environ, origin=origin)

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """Return the parts of the path as they were written."""
        return tuple(part for part in self.path.split("/") if part)

    @cached_property
    def query(self) -> Mapping[str, str]:
        """Return the parameters of the URL, the first of each, by names in lower case."""
        found: dict[str, str] = {}
        pairs = parse_qsl(self.environ.get("QUERY_STRING", ""), keep_blank_values=True)
        for name, value in pairs:
            found.setdefault(name.lower(), value)
        return found

    def header(self, name: str) -> str:
        """Return a header, "" where it is missing."""
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        return str(self.environ.get(key, ""))

    @property
    def media_type(self) -> str:
        """Return the type of the body without its parameters, "" where none was said."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    def chunks(self) -> Iterator[bytes]:
        """Yield the body to its end."""
        while chunk := self.environ["wsgi.input"].read(_CHUNK_BYTES):
            yield chunk

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """Return the body, a JSON object; {} where there is none. Raises RefusedAnswer."""
        body = self.environ["wsgi.input"].read(_LARGEST_DOCUMENT)
        if not body:
            return {}
        try:
            document = json.loads(body)
        except ValueError:
            raise RefusedAnswer(text_answer("The request content is no JSON.", 400)) from None
        if not isinstance(document, dict):
            raise RefusedAnswer(text_answer("The request content is no object.", 400))
        return document
