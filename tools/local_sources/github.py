"""The shape of GitHub: an App's tokens by its REST interface, and the repositories they open.

An Enterprise Server's: both are one host. https://docs.github.com/rest/apps/apps
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local_sources.git_gateway import GitGateway
from local_sources.git_repositories import GitCommit, GitRepository, create_repository

INTERFACE = "/api/v3"
_REPOSITORY = re.compile(r"/(?P<owner>[^/]+)/(?P<name>[^/]+?)(?:\.git)?(?P<rest>/.*)")
_LONGEST_PROOF = 600
_REASONS = {
    201: "Created",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    422: "Unprocessable Entity",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A GitHub App: its id, its private key as GitHub hands it out (PEM), and its public one."""

    number: str
    private_key: str = field(repr=False)
    public_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A token that an App was given: the one repository that it reads, and its end."""

    repository: str
    permissions: Mapping[str, str]
    expires: float


def create_app(number: str = "4711") -> App:
    """Return an App with a new key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return App(number=number, private_key=private.decode(), public_key=public.decode())


class GitHub:
    """A WSGI application. `clock` gives seconds since the epoch.

    `tokens` tells what each token given so far opens, for a host's gate and log; `given` has all of
    them in order. `suspended` and `permissions` are the installation's, `lifetime` is in seconds,
    `beginning` is how tokens begin.
    """

    def __init__(
        self,
        folder: Path,
        app: App,
        *,
        ambient: Mapping[str, str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._app = app
        self._ambient = ambient
        self._clock = clock
        self._gateway = GitGateway(folder, ambient=ambient)
        self._repositories: set[str] = set()
        self._given: dict[str, Given] = {}
        self.installed: set[str] = set()
        self.tokens: dict[str, str] = {}
        self.permissions = {"contents": "read", "metadata": "read"}
        self.suspended = False
        self.lifetime = 3600.0
        self.beginning = "ghs_"

    @property
    def given(self) -> tuple[Given, ...]:
        """Return the tokens that were given, in order."""
        return tuple(self._given.values())

    def add_repository(self, path: str, *commits: GitCommit) -> GitRepository:
        """Create "owner/name", on which the App is installed."""
        repository = create_repository(self._folder, f"/{path}", ambient=self._ambient)
        for commit in commits:
            repository.commit(commit)
        self._repositories.add(path)
        self.installed.add(path)
        return repository

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        path: str = environ["PATH_INFO"]
        if path.startswith(f"{INTERFACE}/"):
            status, answer = self._interface(path.removeprefix(INTERFACE), environ)
            return _send(status, answer, start_response)
        found = _REPOSITORY.fullmatch(path)
        repository = f"{found['owner']}/{found['name']}" if found else ""
        if found is None or not self._opens(repository, environ):
            return _refuse_git(environ, start_response)
        return self._gateway(
            {**environ, "PATH_INFO": f"/{repository}{found['rest']}"}, start_response
        )

    def _opens(self, repository: str, environ: WSGIEnvironment) -> bool:
        scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme != "Basic":
            return False
        user, _, token = base64.b64decode(value).decode().partition(":")
        given = self._given.get(token)
        return (
            given is not None
            and user == "x-access-token"
            and given.repository == repository
            and given.permissions.get("contents") in {"read", "write"}
            and given.expires > self._clock()
        )

    def _interface(self, path: str, environ: WSGIEnvironment) -> tuple[int, object]:
        problem = self._distrust(environ)
        if problem:
            return 401, _message(problem)
        match environ["REQUEST_METHOD"], path.strip("/").split("/"):
            case "GET", ["repos", owner, name, "installation"]:
                if f"{owner}/{name}" not in self.installed:
                    return 404, _message("Not Found")
                return 200, {"id": 17, "app_id": self._app.number, "suspended_at": None}
            case "POST", ["app", "installations", "17", "access_tokens"]:
                length = int(environ.get("CONTENT_LENGTH") or 0)
                return self._give(json.loads(environ["wsgi.input"].read(length)))
            case _:
                return 404, _message("Not Found")

    def _distrust(self, environ: WSGIEnvironment) -> str:
        """Return why an App's proof is refused, "" where it is good; the words are GitHub's."""
        scheme, _, proof = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        try:
            claims = jwt.decode(
                proof,
                self._app.public_key,
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False, "require": ["iat", "exp"]},
            )
        except jwt.InvalidTokenError:
            return "A JSON web token could not be decoded"
        now = self._clock()
        if scheme != "Bearer" or claims.get("iss") != self._app.number:
            return "Integration not found"
        if claims["exp"] > now + _LONGEST_PROOF:
            return "'Expiration time' claim ('exp') is too far in the future"
        if claims["exp"] <= now:
            return (
                "'Expiration time' claim ('exp') must be a numeric value representing the future "
                "time at which the assertion expires"
            )
        if claims["iat"] > now:
            return (
                "'Issued at' claim ('iat') must be an Integer representing the time that the "
                "assertion was issued"
            )
        return ""

    def _give(self, form: Mapping[str, object]) -> tuple[int, object]:
        match form:
            case {"repositories": [str(name)], "permissions": dict(permissions)}:
                wanted = {str(key): str(value) for key, value in permissions.items()}
            case _:
                # It would be given, for everything that the App may do: no client here wants that.
                return 422, _message("There is no narrowing")
        repository = next((path for path in self.installed if path.endswith(f"/{name}")), None)
        if self.suspended:
            return 403, _message("This installation has been suspended")
        if repository is None:
            return 422, _message(
                "There is at least one repository that does not exist or is not accessible to the "
                "parent installation."
            )
        if not wanted.items() <= self.permissions.items():
            return 422, _message("The permissions requested are not granted to this installation.")
        token = f"{self.beginning}{secrets.token_urlsafe(27)}"
        expires = self._clock() + self.lifetime
        self.tokens[token] = f"app:{repository}"
        self._given[token] = Given(repository=repository, permissions=wanted, expires=expires)
        end = datetime.fromtimestamp(int(expires), UTC)
        return 201, {
            "token": token,
            "expires_at": f"{end:%Y-%m-%dT%H:%M:%SZ}",
            "permissions": wanted,
            "repository_selection": "selected",
        }


def _message(text: str) -> dict[str, str]:
    return {"message": text, "documentation_url": "https://docs.github.com/rest"}


def _send(status: int, answer: object, start_response: StartResponse) -> Iterable[bytes]:
    body = json.dumps(answer).encode()
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("X-GitHub-Request-Id", "B0A1:2C3D:4E5F"),
    ]
    start_response(f"{status} {_REASONS.get(status, 'OK')}", headers)
    return [body]


def _refuse_git(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer as GitHub does: who is nobody may sign in, who is somebody sees no repository."""
    if "HTTP_AUTHORIZATION" in environ:
        status, body = "404 Not Found", b"Repository not found."
    else:
        status, body = "401 Unauthorized", b"Authentication required"
    headers = [
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Content-Length", str(len(body))),
        ("X-GitHub-Request-Id", "B0A1:2C3D:4E5F"),
    ]
    if status.startswith("401"):
        headers.append(("WWW-Authenticate", 'Basic realm="GitHub"'))
    start_response(status, headers)
    return [body]
