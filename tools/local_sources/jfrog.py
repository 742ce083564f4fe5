"""The shape of the JFrog Platform: the exchange of a CI job's proof, and an index it opens.

https://jfrog.com/help/r/jfrog-rest-apis/oidc-token-exchange
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from local_sources.faults import Captured

EXCHANGE = "/access/api/v1/oidc/token"
_REPOSITORIES = "/artifactory/api/pypi/"
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
_WANTED = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
}


class JFrog:
    """A WSGI application with one index, `repository`, which serves what `index` serves.

    `verify` returns a proof's claims, or raises ValueError with the reason. A proof whose claims
    hold all of `mapping` is exchanged. `tokens` tells the tokens given so far, for a host's log;
    `lifetime` is in seconds. `names_users` says whether a token is of a user, or of a group.
    """

    def __init__(
        self,
        index: WSGIApplication,
        *,
        provider: str,
        verify: Callable[[str], Mapping[str, object]],
        repository: str = "internal",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._index = index
        self._provider = provider
        self._verify = verify
        self._repository = repository
        self._clock = clock
        self._ends: dict[str, float] = {}
        self.tokens: dict[str, str] = {}
        self.mapping: dict[str, object] = {}
        self.lifetime = 3600
        self.names_users = True

    @property
    def index_path(self) -> str:
        """Return the path of the index."""
        return f"{_REPOSITORIES}{self._repository}/simple/"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        path: str = environ["PATH_INFO"]
        if path == EXCHANGE and environ["REQUEST_METHOD"] == "POST":
            form = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
            status, answer = self._exchange(form)
            return _send(status, answer, start_response)
        prefix = f"{_REPOSITORIES}{self._repository}"
        if not path.startswith(_REPOSITORIES):
            return _send(404, _problem(404, "File not found."), start_response)
        problem = self._distrust(environ)
        if problem:
            return _send(401, _problem(401, problem), start_response)
        if not path.startswith(f"{prefix}/"):
            return _send(404, _problem(404, "Could not find resource"), start_response)
        inside = {**environ, "PATH_INFO": path.removeprefix(prefix)}
        page = Captured.of(self._index, inside)
        # The index links to its files from the root of its host.
        links = page.body.replace(b'href="/', f'href="{prefix}/'.encode())
        links = links.replace(b'"url": "/', f'"url": "{prefix}/'.encode())
        return page.replay(start_response, body=links)

    def _exchange(self, form: Mapping[str, object]) -> tuple[int, object]:
        if any(form.get(name) != value for name, value in _WANTED.items()):
            return 400, _problem(400, "Unsupported grant or subject token type")
        if form.get("provider_name") != self._provider:
            return 404, _problem(404, f"OIDC provider {form.get('provider_name')} was not found")
        try:
            claims = self._verify(str(form.get("subject_token")))
        except ValueError as error:
            return 401, _problem(401, str(error))
        if not self.mapping.items() <= claims.items():
            return 403, _problem(403, "No identity mapping matches the claims of the token")
        subject = "jfac@01abc/users/ci" if self.names_users else "jfac@01abc/groups"
        parts = (_part({"alg": "none"}), _part({"sub": subject}), secrets.token_urlsafe(24))
        token = ".".join(parts)
        self._ends[token] = self._clock() + self.lifetime
        self.tokens[token] = "jfrog"
        return 200, {"access_token": token, "expires_in": self.lifetime, "token_type": "Bearer"}

    def _distrust(self, environ: WSGIEnvironment) -> str:
        scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        user, token = "", value
        if scheme == "Basic":
            user, _, token = base64.b64decode(value).decode().partition(":")
        if not scheme:
            return "Authentication is required"
        if token not in self._ends or (scheme == "Basic") != (user == "ci"):
            return "Bad Credentials"
        return "" if self._ends[token] > self._clock() else "Token failed verification: expired"


def _part(claims: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def _problem(status: int, message: str) -> dict[str, object]:
    return {"errors": [{"status": status, "message": message}]}


def _send(status: int, answer: object, start_response: StartResponse) -> Iterable[bytes]:
    body = json.dumps(answer).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("X-JFrog-Version", "Artifactory/7.111.4 81104900"),
    ]
    if status == 401:  # noqa: PLR2004 - as HTTP calls it
        headers.append(("WWW-Authenticate", 'Basic realm="Artifactory Realm"'))
    start_response(f"{status} {_REASONS[status]}", headers)
    return [body]
