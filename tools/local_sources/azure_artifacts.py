"""The shape of Azure Artifacts: organisations on one host, GUIDs in file links, signed blobs.

Seen in the wild: pip#10694 (405 for HEAD, 303 for a file) and the logs of public feeds.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from packaging.utils import canonicalize_name

from local_sources.faults import Captured, refuse
from local_sources.indexes import pypiserver_index, send_bytes, send_page
from local_sources.shelves import Link, Shelf, version_of

_NAMESPACE = uuid.UUID("5b6a6f2c-1d4e-4c53-9d0f-3f8b7f1c2a10")
FEED = "internal"


class BlobStore:
    """The host of the files: it wants a valid signature, and no other authorisation."""

    def __init__(self, shelves: Iterable[Shelf], *, key: bytes) -> None:
        self._shelves = tuple(shelves)
        self._key = key

    def sign(self, content: bytes) -> str:
        """Return the path and query under which a file may be read."""
        digest = hashlib.sha256(content).hexdigest()
        query = f"sv=2019-07-07&sr=b&sp=r&spr=https&sig={self._signature(digest)}"
        return f"/b-{guid('blobs').replace('-', '')}/{digest.upper()}00.blob?{query}"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        digest = environ["PATH_INFO"].rpartition("/")[2].removesuffix("00.blob").lower()
        shown = parse_qs(environ.get("QUERY_STRING", "")).get("sig", [""])[0]
        if not hmac.compare_digest(shown, self._signature(digest)):
            return refuse("403", start_response)
        if "HTTP_AUTHORIZATION" in environ:
            # As the real service: a signature and a header contradict each other.
            body = b"InvalidAuthenticationInfo\n"
            start_response("400 Bad Request", [("Content-Length", str(len(body)))])
            return [body]
        for shelf in self._shelves:
            for path in shelf.folder.iterdir():
                content = path.read_bytes()
                if hashlib.sha256(content).hexdigest() == digest:
                    return send_bytes(content, start_response)
        return refuse("404", start_response)

    def _signature(self, digest: str) -> str:
        return hmac.new(self._key, digest.encode(), hashlib.sha256).hexdigest()


class AzureArtifacts:
    """The feed host: one feed per organisation, its files on a blob store."""

    def __init__(
        self,
        shelves: Mapping[str, Shelf],
        *,
        blobs: BlobStore,
        origin: Callable[[], str],
        blob_origin: Callable[[], str],
    ) -> None:
        self._shelves = shelves
        self._takers = {name: pypiserver_index(shelf) for name, shelf in shelves.items()}
        self._blobs = blobs
        self._origin = origin
        self._blob_origin = blob_origin

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        if environ["REQUEST_METHOD"] == "POST":
            return self._upload(environ, start_response)
        if environ["REQUEST_METHOD"] != "GET":
            start_response("405 Method Not Allowed", [("Allow", "GET"), ("Content-Length", "0")])
            return []
        match environ["PATH_INFO"].strip("/").split("/"):
            case [organisation, "_packaging", feed, "pypi", "simple", name] if feed == FEED:
                return self._page(organisation, canonicalize_name(name), start_response)
            case [organisation, _, "_packaging", _, "pypi", "download", _, _, filename]:
                return self._redirect(organisation, filename, start_response)
            case _:
                return refuse("404", start_response)

    def _upload(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        match environ["PATH_INFO"].split("/"):
            case ["", organisation, "_packaging", feed, "pypi", "upload", ""] if feed == FEED:
                taker = self._takers.get(organisation)
            case _:
                taker = None
        if taker is None:
            return refuse("404", start_response)
        answer = Captured.of(taker, {**environ, "PATH_INFO": "/"})
        if answer.status.startswith("200"):
            # The service takes a file and works on it afterwards.
            answer = replace(answer, status="202 Accepted")
        return answer.replay(start_response, body=answer.body)

    def _page(self, organisation: str, name: str, start_response: StartResponse) -> Iterable[bytes]:
        shelf = self._shelves.get(organisation)
        links = shelf.links(name) if shelf else ()
        return send_page(
            name,
            tuple(self._downloadable(organisation, name, link) for link in links),
            start_response,
        )

    def _downloadable(self, organisation: str, name: str, link: Link) -> Link:
        project, feed = guid(f"{organisation}/project"), guid(f"{organisation}/{FEED}")
        path = f"/{organisation}/{project}/_packaging/{feed}/pypi/download"
        href = f"{self._origin()}{path}/{name}/{version_of(link.filename)}/{link.filename}"
        return replace(link, href=href, metadata_sha256=None)

    def _redirect(
        self, organisation: str, filename: str, start_response: StartResponse
    ) -> Iterable[bytes]:
        shelf = self._shelves.get(organisation)
        path = shelf.find(filename) if shelf else None
        if path is None:
            return refuse("404", start_response)
        location = self._blob_origin() + self._blobs.sign(path.read_bytes())
        start_response("303 See Other", [("Location", location), ("Content-Length", "0")])
        return []


class Unauthorised:
    """What Azure DevOps says to a request without a credential, or with a bad one.

    `authority` is the tenant of Entra ID whose tokens open the organisation, "" for none.
    """

    def __init__(self) -> None:
        self.authority = ""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        exception = "UnauthorizedRequestException"
        framework = "Microsoft.TeamFoundation.Framework.Server"
        answer = {
            "$id": "1",
            "innerException": None,
            "message": "TF400813: The user '' is not authorized to access this resource.",
            "typeName": f"{framework}.{exception}, {framework}",
            "typeKey": exception,
            "errorCode": 0,
            "eventId": 3000,
        }
        body = json.dumps(answer).encode()
        headers = [("Content-Type", "application/json; charset=utf-8")]
        headers.append(("Content-Length", str(len(body))))
        if self.authority:
            bearer = f"Bearer authorization_uri={self.authority}"
            headers.append(("WWW-Authenticate", bearer))
        realm = f"https://{environ.get('HTTP_HOST', 'localhost')}/"
        headers += [("WWW-Authenticate", f'Basic realm="{realm}"')]
        headers += [("WWW-Authenticate", "TFS-Federated")]
        start_response("401 Unauthorized", headers)
        return [body]


def guid(what: str) -> str:
    """Return the GUID by which the service calls a thing, the same in every run."""
    return str(uuid.uuid5(_NAMESPACE, what))
