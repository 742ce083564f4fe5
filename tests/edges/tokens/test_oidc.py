"""A CI system's proof of identity: asked for over https alone, kept secret, explained if absent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from lading.core.errors import CredentialError
from lading.core.secret import Secret
from lading.edges.http import Http
from lading.edges.tokens.oidc import read_azure_pipelines_token, read_github_token
from lading.edges.tokens.surroundings import Surroundings
from local_sources import LocalSources
from tests.tls import serve

PROOF = "header.proof.signature"


class Endpoint:
    """A CI system's endpoint, which gives an answer and remembers what it was asked."""

    def __init__(self, answer: object, *, status: str = "200 OK") -> None:
        self.answer, self.status = answer, status
        self.asked: list[WSGIEnvironment] = []

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer (WSGI)."""
        self.asked.append(environ)
        body = json.dumps(self.answer).encode()
        start(
            self.status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        )
        return [body]


@pytest.fixture
def kept() -> list[Secret]:
    return []


@pytest.fixture
def surroundings(
    sources: LocalSources, ambient: dict[str, str], kept: list[Secret]
) -> Surroundings:
    ambient = sources.environment(ambient)
    return Surroundings(ambient=ambient, http=Http(ambient), keep=kept.append)


def in_github(surroundings: Surroundings, address: str) -> Surroundings:
    variables = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": address,
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer-of-the-job",
    }
    return Surroundings(
        ambient={**surroundings.ambient, **variables},
        http=surroundings.http,
        keep=surroundings.keep,
    )


def in_azure(surroundings: Surroundings, address: str) -> Surroundings:
    variables = {"SYSTEM_OIDCREQUESTURI": address, "SYSTEM_ACCESSTOKEN": "token-of-the-job"}
    return Surroundings(
        ambient={**surroundings.ambient, **variables},
        http=surroundings.http,
        keep=surroundings.keep,
    )


def test_github_actions_is_asked_for_an_audience(
    sources: LocalSources, surroundings: Surroundings, kept: list[Secret]
) -> None:
    endpoint = Endpoint({"count": 1, "value": PROOF})
    with serve(endpoint, sources) as host:
        job = in_github(surroundings, f"{host.origin}/token?api-version=2.0")
        assert read_github_token(job, "api://AzureADTokenExchange") == Secret(PROOF)
    asked = endpoint.asked[0]
    assert asked["QUERY_STRING"] == "api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange"
    assert asked["HTTP_AUTHORIZATION"] == "Bearer bearer-of-the-job"
    assert kept == [Secret("bearer-of-the-job"), Secret(PROOF)]


def test_azure_pipelines_is_asked_for_a_service_connection(
    sources: LocalSources, surroundings: Surroundings, kept: list[Secret]
) -> None:
    endpoint = Endpoint({"oidcToken": PROOF})
    with serve(endpoint, sources) as host:
        job = in_azure(surroundings, f"{host.origin}/oidctoken")
        assert read_azure_pipelines_token(job, "b0a1") == Secret(PROOF)
    asked = endpoint.asked[0]
    assert (asked["REQUEST_METHOD"], asked["CONTENT_LENGTH"]) == ("POST", "0")
    assert asked["QUERY_STRING"] == "api-version=7.1&serviceConnectionId=b0a1"
    assert asked["HTTP_AUTHORIZATION"] == "Bearer token-of-the-job"
    assert kept == [Secret("token-of-the-job"), Secret(PROOF)]


def test_a_job_without_the_permission_is_told_which_one(surroundings: Surroundings) -> None:
    with pytest.raises(CredentialError, match="offers this job no OIDC token") as caught:
        read_github_token(surroundings, "")
    assert "id-token: write" in caught.value.remedy
    with pytest.raises(CredentialError, match="offers this step no OIDC token") as caught:
        read_azure_pipelines_token(surroundings, "")
    assert "$(System.AccessToken)" in caught.value.remedy


def test_nothing_is_shown_to_an_endpoint_in_the_clear(
    sources: LocalSources, surroundings: Surroundings
) -> None:
    sources.log.clear()
    for ask, job in (
        (read_github_token, in_github(surroundings, f"{sources.plain.origin}/token")),
        (read_azure_pipelines_token, in_azure(surroundings, f"{sources.plain.origin}/token")),
    ):
        with pytest.raises(CredentialError, match="not https"):
            ask(job, "x")
    assert sources.log(host="plain") == ()


def test_nothing_is_shown_to_where_an_endpoint_redirects(
    sources: LocalSources, surroundings: Surroundings
) -> None:
    def elsewhere(_environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        start("302 Found", [("Location", f"{sources.other.origin}/token"), ("Content-Length", "0")])
        return []

    sources.log.clear()
    with serve(elsewhere, sources) as host, pytest.raises(CredentialError, match="redirects"):
        read_github_token(in_github(surroundings, f"{host.origin}/token"), "x")
    assert sources.log(host="other") == ()


def test_a_refusal_is_quoted_in_one_line(sources: LocalSources, surroundings: Surroundings) -> None:
    words = "Resource not\r\naccessible \x1b[31m<b>at all</b>"
    endpoint = Endpoint({"message": words}, status="403 Forbidden")
    with serve(endpoint, sources) as host, pytest.raises(CredentialError) as caught:
        read_github_token(in_github(surroundings, f"{host.origin}/token"), "x")
    assert '(status 403): it said "Resource not accessible [31m at all"' in caught.value.message
    assert "id-token: write" in caught.value.remedy
