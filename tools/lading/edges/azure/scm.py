"""The SCM site of a Function App: takes packages, remembers deployments, shows files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlencode

from lading.core.access.asked import Answer
from lading.core.access.scope import Grant
from lading.core.deployment.reactions import NoAnswer
from lading.core.deployment.scm_records import DEPLOYER
from lading.core.hosting import Character
from lading.edges.http import BLOCK, Http, LeftScopeError, Request, TimeLimits, TransferError

Reply = Answer | NoAnswer

# Bytes. A record is small, a log of a deployment some hundred lines.
_LARGEST_ANSWER = 4 * 1024 * 1024
# Seconds. The front end ends what is silent for 230 s, with a 504 that says something. The limit
# for connecting is that for each block of a body too, and who stores them may falter.
_AFTER_UPLOAD = TimeLimits(connect=60.0, read=240.0, whole=300.0)
# A log in which nothing happens says so every minute.
_FOLLOWING = TimeLimits(connect=15.0, read=150.0, whole=60.0)
_LARGEST_LINE = 64 * 1024
_ASKING = TimeLimits(connect=15.0, read=45.0, whole=60.0)
_OK, _PARTIAL, _UNAUTHORIZED = 200, 206, 401
# Nothing is built there: Flex must be told so, App Service has a setting for it.
_DOORS: Mapping[Character, tuple[str, Mapping[str, str]]] = {
    "publish": ("publish", {"RemoteBuild": "false"}),
    "zip-deploy": ("zipdeploy", {"isAsync": "true"}),
}
# The cookie by which the front end finds the instance that has the record of a deployment.
_AFFINITY = ("ARRAffinity", "ARRAffinitySameSite")


class ScmAccount(Protocol):
    """Who asks: gives tokens for an SCM site, one for each audience that it may want."""

    def scm_grants(self, origin: str) -> Iterator[Grant]:
        """Give the tokens to try, in their order; raises CredentialError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A package to send: where it lies, how the site takes it, and what its record will say."""

    path: Path
    character: Character
    message: str


class Scm:
    """One SCM site. Every method returns the answer, good or bad, or why there was none.

    `origin` is its https address. Nothing is sent twice on its own but what only asks.
    """

    def __init__(self, origin: str, account: ScmAccount, *, http: Http) -> None:
        self.origin = origin
        self._account = account
        self._http = http
        self._chosen = 0
        self._cookies: dict[str, str] = {}

    def list_deployments(self) -> Reply:
        """Ask for all deployments that it knows, the newest first; it answers once it is ready."""
        return self._ask("/api/deployments")

    def read_deployment(self, identifier: str) -> Reply:
        """Ask how a deployment stands, by its id or `latest`."""
        return self._ask(f"/api/deployments/{quote(identifier, safe='')}")

    def read_log(self, identifier: str) -> Reply:
        """Ask for the log of a deployment."""
        return self._ask(f"/api/deployments/{quote(identifier, safe='')}/log")

    def read_log_details(self, identifier: str, entry: str) -> Reply:
        """Ask for what an entry of a log hides."""
        return self._ask(
            f"/api/deployments/{quote(identifier, safe='')}/log/{quote(entry, safe='')}"
        )

    def read_settings(self) -> Reply:
        """Ask for the settings as it sees them: later than Resource Manager."""
        return self._ask("/api/settings")

    def read_busy(self) -> Reply:
        """Ask whether a deployment is under way."""
        return self._ask("/api/isdeploying")

    def read_file(self, path: str) -> Reply:
        """Ask for a file, by its path below the home folder: `site/wwwroot/host.json`."""
        return self._ask(f"/api/vfs/{quote(path)}")

    def follow_log(self, take: Callable[[bytes], None]) -> Reply:
        """Hand on what the app logs, as it comes, for as long as the site sends it.

        Where any of it came, that it ended is no failure: the answer is good.
        """
        request = Request(url=f"{self.origin}/api/logstream", limits=_FOLLOWING, once=True)
        full = replace(request, grant=self._grants()[self._chosen], confined_to=f"{self.origin}/")
        came = False
        try:
            with self._http.open(full) as response:
                if response.status != _OK:
                    body = response.read_beginning(_LARGEST_LINE).decode("utf-8", "replace")
                    return Answer(status=response.status, body=body, reason=response.reason)
                for some in response.arriving():
                    came = True
                    take(some)
        except TransferError as error:
            return Answer(status=_OK) if came else NoAnswer(reason=error.reason)
        return Answer(status=_OK)

    def list_folder(self, path: str) -> Reply:
        """Ask for what is in a folder, by its path below the home folder."""
        return self._ask(f"/api/vfs/{quote(path)}/")

    def read_part(self, path: str, start: int, end: int) -> bytes | None:
        """Return some bytes of a file, `end` not among them; None where it gives no parts."""
        request = Request(
            url=f"{self.origin}/api/vfs/{quote(path)}",
            headers={"Range": f"bytes={start}-{end - 1}"},
            limits=_ASKING,
        )
        full = replace(request, grant=self._grants()[self._chosen], confined_to=f"{self.origin}/")
        try:
            with self._http.open(full) as response:
                if response.status != _PARTIAL:
                    return None
                return response.read(limit=end - start)
        except TransferError:
            return None

    def write_file(self, path: str, content: bytes) -> Reply:
        """Put content into a file below the home folder, whatever is in it."""
        request = Request(
            url=f"{self.origin}/api/vfs/{quote(path)}",
            method="PUT",
            headers={"If-Match": "*", "Content-Type": "application/octet-stream"},
            body=content,
            once=True,
            limits=_ASKING,
        )
        return self._send(request, self._grants()[self._chosen], sent=lambda: True)

    def upload(self, parcel: Parcel, tell: Callable[[int], None]) -> Reply:
        """Send a package from disk, block by block, and return the verdict that follows.

        `tell` is told how many bytes have left, each time.
        """
        path, told = _DOORS[parcel.character]
        query = urlencode({**told, "Deployer": DEPLOYER, "message": parcel.message})
        sent = _Sent(parcel.path, tell)
        request = Request(
            url=f"{self.origin}/api/{path}?{query}",
            method="POST",
            headers={
                "Content-Type": "application/zip",
                "Content-Length": str(parcel.path.stat().st_size),
                "Accept": "application/json",
            },
            body=sent.blocks(),
            once=True,
            limits=_AFTER_UPLOAD,
        )
        return self._send(request, self._grants()[self._chosen], sent=lambda: sent.any)

    def _ask(self, path: str) -> Reply:
        """Ask with the token that was taken last; where it is refused, with the others."""
        request = Request(url=f"{self.origin}{path}", limits=_ASKING)
        grants = self._grants()
        order = [self._chosen, *(one for one in range(len(grants)) if one != self._chosen)]
        reply: Reply = NoAnswer(reason="nobody may ask")
        for number in order:
            reply = self._send(request, grants[number], sent=lambda: False)
            if not isinstance(reply, Answer) or reply.status != _UNAUTHORIZED:
                self._chosen = number
                return reply
        return reply

    def _grants(self) -> tuple[Grant, ...]:
        return tuple(self._account.scm_grants(self.origin))

    def _send(self, request: Request, grant: Grant, *, sent: Callable[[], bool]) -> Reply:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        shown = {"Cookie": cookies} if cookies else {}
        full = replace(
            request,
            grant=grant,
            confined_to=f"{self.origin}/",
            headers={**request.headers, **shown},
        )
        try:
            with self._http.open(full) as response:
                self._keep_cookies(response.headers)
                return Answer(
                    status=response.status,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=response.read(limit=_LARGEST_ANSWER).decode("utf-8", "replace"),
                    reason=response.reason,
                )
        except LeftScopeError as error:
            return NoAnswer(reason=f"it sends us elsewhere: {error.reason}", sent=sent())
        except TransferError as error:
            return NoAnswer(reason=error.reason, sent=sent())

    def _keep_cookies(self, headers: Mapping[str, str]) -> None:
        for part in headers.get("Set-Cookie", "").replace(",", ";").split(";"):
            name, _, value = part.strip().partition("=")
            if name in _AFFINITY and value:
                self._cookies[name] = value


class _Sent:
    """A package on its way: which says whether any of it has left."""

    def __init__(self, package: Path, tell: Callable[[int], None]) -> None:
        self._package = package
        self._tell = tell
        self.any = False

    def blocks(self) -> Iterator[bytes]:
        """Give the file in blocks, and tell of each."""
        with self._package.open("rb") as file:
            while block := file.read(BLOCK):
                yield block
                self.any = True
                self._tell(len(block))
