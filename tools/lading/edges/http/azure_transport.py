"""The way out of Microsoft's libraries: their requests, sent as all others of lading are.

So they have its time limits, proxies, authorities and refusal of http, and no redirect takes what
is in a form or a header to another host.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from azure.core.pipeline.transport import HttpResponse, HttpTransport
from azure.core.rest import HttpRequest
from azure.core.utils import case_insensitive_dict

from lading.core.access.scope import Grant
from lading.core.secret import Secret, redact
from lading.core.urls import UrlError, parse_url
from lading.edges.http import Http, Request, TimeLimits, TransferError

# Bytes. An app may have hundreds of functions, each with all that it is bound to, and a container
# lists five thousand blobs at once.
_LARGEST_ANSWER = 16 * 1024 * 1024
# Where nothing answers at once nothing is: 169.254.169.254 is nobody outside of Azure.
_ON_LINK_LIMITS = TimeLimits(connect=2.0, read=30.0)
_SECRET_FIELDS = frozenset({"client_assertion", "client_secret"})


def _never(_method: str, _url: str) -> bool:
    return False


class AzureTransport(HttpTransport[HttpRequest, HttpResponse]):
    """Sends what a pipeline of azure-core wants sent; raises TransferError where nothing comes.

    `keep` is told what a form shows to prove who asks; `shown` is what a header shows. An answer
    is given without either: errors quote a part of it, and a part of a secret is not recognised
    later. `on_link` as in a request; `grant` gives the credential that goes along, `is_once` says
    of a method and a URL whether it may be sent but once.
    """

    def __init__(
        self,
        http: Http,
        *,
        keep: Callable[[Secret], None],
        shown: tuple[Secret, ...] = (),
        on_link: bool = False,
        grant: Callable[[], Grant] | None = None,
        is_once: Callable[[str, str], bool] = _never,
    ) -> None:
        self._http = http
        self._keep = keep
        self._shown = shown
        self._on_link = on_link
        self._grant = grant
        self._is_once = is_once

    def send(self, request: HttpRequest, **_kwargs: object) -> HttpResponse:
        """Return the whole answer."""
        try:
            origin = f"{parse_url(request.url).origin}/"
        except UrlError as error:
            raise TransferError("a URL", f"cannot be requested: {error}") from None
        sent = Request(
            url=request.url,
            confined_to=origin,
            headers=dict(request.headers),
            body=self._body(request),
            method=request.method,
            once=self._is_once(request.method, request.url),
            grant=self._grant() if self._grant else None,
            on_link=self._on_link,
            limits=_ON_LINK_LIMITS if self._on_link else None,
        )
        with self._http.open(sent) as response:
            body = response.read(limit=_LARGEST_ANSWER)
            safe = redact(body.decode("utf-8", "replace"), self._shown).encode()
            return _Answer(request, response.status, response.headers, safe)

    def _body(self, request: HttpRequest) -> bytes | None:
        if request.method == "GET":
            return None
        content = request.content
        if isinstance(content, Mapping):
            for field in _SECRET_FIELDS & content.keys():
                shown = content[field]
                # An assertion that the library signed itself comes as bytes.
                secret = Secret(shown.decode() if isinstance(shown, bytes) else shown)
                self._keep(secret)
                self._shown = (*self._shown, secret)
            return urlencode(content).encode()
        return content.encode() if isinstance(content, str) else content or b""

    def sleep(self, duration: float) -> None:
        """Wait, in seconds, between the tries of a pipeline."""
        self._http.pause(duration)

    def open(self) -> None:
        """Do nothing: connections are opened when they are needed."""

    def close(self) -> None:
        """Do nothing: they belong to the whole run."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.close()


class _Answer(HttpResponse):
    """An answer in azure-core's form, read to its end.

    It has two: azure-identity goes by the older one, azure-mgmt-web by both.
    """

    def __init__(
        self, request: HttpRequest, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        super().__init__(request, None)  # type: ignore[arg-type] # the older class's older request
        self.status_code = status
        self.headers = case_insensitive_dict(dict(headers))
        self.content_type = self.headers.get("Content-Type")
        self._body = body

    def body(self) -> bytes:
        """Return the bytes."""
        return self._body

    def json(self) -> object:
        """Return what the body says in JSON; raises ValueError for anything else."""
        found: object = json.loads(self._body)
        return found

    def read(self) -> bytes:
        """Return the bytes."""
        return self._body

    def iter_bytes(self) -> Iterator[bytes]:
        """Give the bytes."""
        yield self._body
