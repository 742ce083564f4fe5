"""Whatever an issuer answers, nobody sees a bug, a part of a secret or a control code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from lading.core.config import CredentialSpec, IndexSource
from lading.core.errors import CredentialError
from lading.core.identity import Choice, parse_identity
from lading.core.identity.clouds import AZURE_DEVOPS
from lading.edges.http import Http
from lading.edges.tokens.artifactory import exchange_proof
from lading.edges.tokens.entra import Entra
from lading.edges.tokens.oidc import read_azure_pipelines_token
from lading.edges.tokens.surroundings import Surroundings
from local_sources import LocalSources
from tests.tls import serve

BEARER = "0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEF"
STRANGE = (
    "[" * 100_000,
    "[]",
    '"text"',
    "null",
    "{}",
    '{"access_token": 5}',
    '{"access_token": []}',
    '{"access_token": "t", "token_type": 7, "expires_in": []}',
    '{"access_token": "t", "expires_in": ' + "9" * 400 + "}",
    '{"access_token": "t", "expires_in": -5}',
    '{"access_token": "t", "expires_in": "soon", "expires_on": "9e999"}',
    '{"access_token": "t", "expires_in": "3599", "expires_on": "' + "9" * 400 + '"}',
    '{"error": 5}',
    '{"error": {"code": "x"}, "error_description": ["x"]}',
    '{"access_token": "a.' + "W1tb" * 30_000 + '.c"}',
    '{"access_token": "t\\u0000\\r\\nX: y"}',
)
Ask = Callable[[Surroundings, str], object]


def as_principal(surroundings: Surroundings, origin: str) -> object:
    ambient = {
        **surroundings.ambient,
        "AZURE_AUTHORITY_HOST": origin,
        "AZURE_CLIENT_ID": "11111111-1111-1111-1111-111111111111",
        "AZURE_TENANT_ID": "22222222-2222-2222-2222-222222222222",
        "AZURE_CLIENT_SECRET": BEARER,
    }
    return _sign_in("client-secret", ambient, surroundings)


def as_job(surroundings: Surroundings, origin: str) -> object:
    ambient = {
        **surroundings.ambient,
        "AZURE_AUTHORITY_HOST": origin,
        "AZURE_CLIENT_ID": "11111111-1111-1111-1111-111111111111",
        "AZURE_TENANT_ID": "22222222-2222-2222-2222-222222222222",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{origin}/oidc",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER,
    }
    return _sign_in("github-actions", ambient, surroundings)


def as_machine(surroundings: Surroundings, origin: str) -> object:
    ambient = {
        **surroundings.ambient,
        "IDENTITY_ENDPOINT": f"{origin}/msi",
        "IDENTITY_HEADER": BEARER,
    }
    return _sign_in("managed-identity", ambient, surroundings)


def _sign_in(method: str, ambient: dict[str, str], surroundings: Surroundings) -> object:
    here = Surroundings(ambient=ambient, http=surroundings.http, keep=surroundings.keep)
    choice = Choice(identity=parse_identity(method), reason="it is tested")
    return Entra(here).token(choice, AZURE_DEVOPS)


def at_artifactory(surroundings: Surroundings, origin: str) -> object:
    source = IndexSource(
        name="acme",
        url=f"{origin}/artifactory/api/pypi/acme/simple/",
        packages=("acme-*",),
        credential=CredentialSpec(kind="artifactory", arguments=("provider",)),
        scope=f"{origin}/artifactory/api/pypi/acme/",
    )
    ambient = {**surroundings.ambient, "ARTIFACTORY_ID_TOKEN": BEARER}
    here = Surroundings(ambient=ambient, http=surroundings.http, keep=surroundings.keep)
    return exchange_proof(source, here)


def at_pipelines(surroundings: Surroundings, origin: str) -> object:
    ambient = {
        **surroundings.ambient,
        "SYSTEM_OIDCREQUESTURI": f"{origin}/oidc",
        "SYSTEM_ACCESSTOKEN": BEARER,
    }
    here = Surroundings(ambient=ambient, http=surroundings.http, keep=surroundings.keep)
    return read_azure_pipelines_token(here, "")


EVERYWHERE = (as_principal, as_job, as_machine, at_artifactory, at_pipelines)


class Issuer:
    """Answers every question with the text that it has at that moment."""

    def __init__(self, status: str, text: str = "") -> None:
        self.status, self.text = status, text

    def __call__(self, _: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer (WSGI)."""
        body = self.text.encode()
        start(self.status, [("Content-Type", "application/json"), ("Content-Length", _of(body))])
        return [body]


def _of(body: bytes) -> str:
    return str(len(body))


def saying(words: str) -> str:
    return json.dumps({"error": "bad", "error_description": words, "message": words})


@pytest.fixture
def surroundings(sources: LocalSources, ambient: dict[str, str]) -> Surroundings:
    environment = sources.environment(ambient)
    http = Http(environment, sleep=lambda _: None)
    return Surroundings(ambient=environment, http=http, keep=lambda _: None)


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request"])
@pytest.mark.parametrize("ask", EVERYWHERE)
def test_a_strange_answer_is_a_token_or_an_error_of_the_credential(
    sources: LocalSources, surroundings: Surroundings, ask: Ask, status: str
) -> None:
    issuer = Issuer(status)
    with serve(issuer, sources) as host:
        for text in STRANGE:
            issuer.text = text
            with suppress(CredentialError):
                ask(surroundings, host.origin)


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request"])
@pytest.mark.parametrize("ask", EVERYWHERE)
def test_an_issuer_that_repeats_what_it_was_shown_is_not_quoted_with_a_part_of_it(
    sources: LocalSources, surroundings: Surroundings, ask: Ask, status: str
) -> None:
    issuer = Issuer(status)
    with serve(issuer, sources) as host:
        # A quotation ends after 200 or 300 characters, those of the library included.
        for before in (0, *range(130, 300, 30)):
            issuer.text = saying(f"{'- ' * (before // 2)}{BEARER} is wrong")
            with pytest.raises(CredentialError) as caught:
                ask(surroundings, host.origin)
            assert BEARER[:8] not in str(caught.value)


@pytest.mark.parametrize("ask", EVERYWHERE)
def test_words_of_an_issuer_move_no_cursor(
    sources: LocalSources, surroundings: Surroundings, ask: Ask
) -> None:
    issuer = Issuer("400 No", saying("AADSTS99: \x1b]0;title\x07\x1b[2J \x9b2J \u202e here"))
    with serve(issuer, sources) as host, pytest.raises(CredentialError) as caught:
        ask(surroundings, host.origin)
    assert str(caught.value).replace("\n", "").isprintable()
