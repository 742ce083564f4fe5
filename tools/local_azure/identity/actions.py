"""GitHub Actions as a job sees it: proofs of identity for it.

https://docs.github.com/actions/reference/security/oidc
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from local_azure.answers import read_query, send_json
from local_azure.identity.directory import Directory, Federation
from local_azure.identity.mint import Known, Mint
from local_sources.faults import refuse
from local_sources.hosts import Footing, Host

# Seconds, as of the real one.
_LIFETIME = 300
_TOKEN_NAME = "request-token"  # noqa: S105 - what the log calls it
_ISSUER = "https://token.actions.githubusercontent.com"
OWNER, REPOSITORY, REF = "acme", "acme/orders", "refs/heads/main"


class GitHubActions(Host):
    """The endpoint that a job with `id-token: write` may ask, with the token of its request.

    `environment` is the job's deployment environment, "" for none: it changes the subject.
    `lifetime` is that of the proofs to come, in seconds.
    """

    def __init__(self, directory: Directory, footing: Footing, *, known: Known) -> None:
        super().__init__("github-actions", self.answer, footing)
        self.request_token = known.add(secrets.token_urlsafe(60), _TOKEN_NAME)
        self.mint = Mint("github-actions-proof", _ISSUER, known=known)
        self._path = f"/{secrets.token_hex(20)}/idtoken/{uuid.uuid4()}/{uuid.uuid4()}"
        self.reset()
        directory.federate(Federation(issuer=_ISSUER, subject=self.subject))

    def reset(self) -> None:
        """Make everything as it was."""
        self.environment = ""
        self.lifetime = _LIFETIME

    @property
    def subject(self) -> str:
        """Return the subject of the proofs."""
        place = f"environment:{self.environment}" if self.environment else f"ref:{REF}"
        return f"repo:{REPOSITORY}:{place}"

    @property
    def request_url(self) -> str:
        """Return the value of ACTIONS_ID_TOKEN_REQUEST_URL, which has a query of its own."""
        return f"{self.origin}{self._path}?api-version=2.0"

    def claims(self, token: str, audience: str) -> dict[str, object] | None:
        """Return the claims of a valid proof for an audience, None for anything else."""
        return self.mint.read(token, audience=audience)

    def recognises(self, token: str, audience: str) -> bool:
        """Say whether a proof is of this repository's jobs, valid, and meant for an audience."""
        return self.claims(token, audience) is not None

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        if environ["REQUEST_METHOD"] != "GET" or environ["PATH_INFO"] != urlsplit(self._path).path:
            return refuse("404", start_response)
        query = read_query(environ)
        if self._gate.identify(self.shown(environ))[0] != _TOKEN_NAME:
            return refuse("401", start_response)
        if "api-version" not in query:
            body = {"message": "No api-version was supplied"}
            return send_json(body, start_response, status=HTTPStatus.BAD_REQUEST)
        claims = self._job() | {"aud": query.get("audience") or f"https://github.com/{OWNER}"}
        token = self.mint.coin(claims, lifetime=self.lifetime)
        return send_json({"count": len(token), "value": token}, start_response)

    def _job(self) -> dict[str, object]:
        workflow = f"{REPOSITORY}/.github/workflows/build.yml@{REF}"
        claims: dict[str, object] = {
            "sub": self.subject,
            "actor": "octocat",
            "event_name": "push",
            "job_workflow_ref": workflow,
            "ref": REF,
            "ref_type": "branch",
            "repository": REPOSITORY,
            "repository_id": "424242",
            "repository_owner": OWNER,
            "repository_owner_id": "2020",
            "repository_visibility": "private",
            "run_attempt": "1",
            "run_id": "22259804324",
            "run_number": "42",
            "runner_environment": "github-hosted",
            "sha": "c040cae0f0dc81641728557b80f09cfa23b83fe5",
            "workflow": "build",
            "workflow_ref": workflow,
        }
        return claims | ({"environment": self.environment} if self.environment else {})
