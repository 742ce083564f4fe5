"""Package indexes: pypiserver's, and one that offers all that the specifications know.

https://packaging.python.org/specifications/simple-repository-api (PEP 503, 592, 658, 691)
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pypiserver
from packaging.utils import canonicalize_name

from local_sources.distributions import read_metadata
from local_sources.faults import refuse
from local_sources.shelves import Link, Shelf
from local_sources.upstream import Upstream

_JSON = "application/vnd.pypi.simple.v1+json"


def pypiserver_index(shelf: Shelf) -> WSGIApplication:
    """Return pypiserver for a shelf. The host's gate says who may read, and who may upload."""
    app: WSGIApplication = pypiserver.app(
        roots=[shelf.folder],
        authenticate=[],
        password_file=".",  # noqa: S106 - pypiserver's word for no file
        disable_fallback=True,
        hash_algo="sha256",
        verbosity=0,
        backend_arg="simple-dir",
    )

    def tidy(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, and close the files of an upload, which pypiserver leaves to the collector."""
        try:
            return app(environ, start_response)
        finally:
            files = environ.get("bottle.request.files", {})
            for open_file in (
                *(upload.file for upload in files.values()),
                environ.get("bottle.request.body"),
            ):
                if environ["REQUEST_METHOD"] == "POST" and open_file is not None:
                    open_file.close()

    return tidy


class SimpleIndex:
    """An index of a shelf, in HTML and JSON, with metadata files; uploads are not taken.

    With an `upstream`, names that the shelf lacks are passed on while `passes_on`: with the file
    links of the real index, or, where `proxies` is set, with files that this host fetches itself.
    """

    def __init__(
        self, shelf: Shelf, *, upstream: Upstream | None = None, proxies: bool = False
    ) -> None:
        self._shelf = shelf
        self._upstream = upstream
        self._proxies = proxies
        self.html_only = False
        self.passes_on = upstream is not None
        # What the JSON of a release says of it, by name and version; None without such pages.
        self.advisories: dict[tuple[str, str], list[dict[str, object]]] | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        match environ["PATH_INFO"].strip("/").split("/"):
            case ["simple", name]:
                return self._page(canonicalize_name(name), environ, start_response)
            case ["files", filename]:
                return send_file(self._shelf, filename, start_response)
            case ["pypi", name, version, "json"] if self.advisories is not None:
                known = self.advisories.get((name, version), [])
                return send_json({"vulnerabilities": known}, start_response)
            case ["proxied", name, filename]:
                body = self._proxied(name, unquote(filename), start_response)
                return () if environ["REQUEST_METHOD"] == "HEAD" else body
            case _:
                return refuse("404", start_response)

    def _page(
        self, name: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        links = tuple(
            replace(link, href=f"/files/{link.filename}") for link in self._shelf.links(name)
        )
        if not links and self._upstream is not None and self.passes_on:
            links = self._upstream.links(name)
            if self._proxies:
                links = tuple(replace(k, href=f"/proxied/{name}/{k.filename}") for k in links)
        wants_json = _JSON in environ.get("HTTP_ACCEPT", "") and not self.html_only
        return send_page(name, links, start_response, as_json=wants_json)

    def _proxied(self, name: str, filename: str, start_response: StartResponse) -> Iterable[bytes]:
        links = self._upstream.links(name) if self._upstream is not None else ()
        url = next((link.href for link in links if link.filename == filename), None)
        if self._upstream is None or url is None:
            return refuse("404", start_response)
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return self._upstream.read_file(url)


def send_page(
    name: str, links: tuple[Link, ...], start_response: StartResponse, *, as_json: bool = False
) -> Iterable[bytes]:
    """Answer with an index's page for a name; 404 where it has no files."""
    if not links:
        return refuse("404", start_response)
    body = (_json_page(name, links) if as_json else html_page(name, links)).encode()
    kind = _JSON if as_json else "text/html; charset=utf-8"
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def send_file(shelf: Shelf, filename: str, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with a file of a shelf, or with the metadata of one (`FILENAME.metadata`)."""
    path = shelf.find(filename.removesuffix(".metadata"))
    if path is None:
        return refuse("404", start_response)
    return send_bytes(_content(path, filename), start_response)


def send_json(document: object, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with a JSON document."""
    body = json.dumps(document).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]


def send_bytes(content: bytes, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with bytes."""
    headers = [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(content)))]
    start_response("200 OK", headers)
    return [content]


def html_page(name: str, links: Iterable[Link]) -> str:
    """Return a page as PEP 503 has it."""
    anchors = "\n".join(_anchor(link) for link in links)
    head = '<meta name="pypi:repository-version" content="1.1">'
    title = f"Links for {html.escape(name)}"
    return (
        f"<!DOCTYPE html>\n<html><head>{head}<title>{title}</title></head>\n"
        f"<body>\n{anchors}\n</body></html>\n"
    )


def _anchor(link: Link) -> str:
    fragment = f"#sha256={link.sha256}" if link.sha256 else ""
    attributes = {
        "href": link.href + fragment,
        "data-requires-python": link.requires_python,
        "data-yanked": link.yanked,
        "data-core-metadata": link.metadata_sha256 and f"sha256={link.metadata_sha256}",
    }
    text = " ".join(
        f'{key}="{html.escape(value)}"' for key, value in attributes.items() if value is not None
    )
    return f"<a {text}>{html.escape(link.filename)}</a><br>"


def _json_page(name: str, links: Iterable[Link]) -> str:
    return json.dumps(
        {"meta": {"api-version": "1.1"}, "name": name, "files": [_json_file(k) for k in links]}
    )


def _json_file(link: Link) -> dict[str, object]:
    file: dict[str, object] = {
        "filename": link.filename,
        "url": link.href,
        "hashes": {"sha256": link.sha256} if link.sha256 else {},
        "yanked": (link.yanked or True) if link.yanked is not None else False,
    }
    optional: dict[str, object] = {
        "size": link.size,
        "requires-python": link.requires_python,
        "core-metadata": link.metadata_sha256 and {"sha256": link.metadata_sha256},
    }
    return file | {key: value for key, value in optional.items() if value is not None}


def _content(path: Path, filename: str) -> bytes:
    if filename.endswith(".metadata"):
        return read_metadata(path).encode()
    return path.read_bytes()
