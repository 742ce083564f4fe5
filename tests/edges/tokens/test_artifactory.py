"""A CI job's proof is exchanged for a token of Artifactory; every refusal says what to set up."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from lading.core.config import CredentialSpec, IndexSource
from lading.core.errors import CredentialError
from lading.core.identity import parse_identity
from lading.core.secret import Secret
from lading.edges.http import Http
from lading.edges.tokens import issue_credential
from lading.edges.tokens.surroundings import Surroundings
from local_sources import Host, LocalSources
from local_sources.indexes import SimpleIndex
from local_sources.jfrog import JFrog
from tests.tls import serve

JOB = {"repository": "acme/orders", "ref": "refs/heads/main"}
TOKEN = "cmVmdGtuOjAx"
CONNECTION = "0b0a1c2d-5e6f-4a4b-8c9d-0123456789ab"


def proof_of(audience: str, **claims: str) -> str:
    return base64.urlsafe_b64encode(
        json.dumps({**JOB, "aud": audience, **claims}).encode()
    ).decode()


def verify(proof: str) -> Mapping[str, object]:
    """Read a proof as the platform does; the words are made up, as JFrog documents none."""
    try:
        claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(proof))
    except ValueError:
        raise ValueError("Token signature is not valid") from None
    if claims["aud"] != "jfrog":
        raise ValueError("The audience of the token does not match")
    return claims


class Ci:
    """The endpoints of GitHub Actions and of Azure Pipelines; they remember what was asked."""

    def __init__(self) -> None:
        self.asked: list[WSGIEnvironment] = []

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer (WSGI)."""
        self.asked.append(environ)
        audience = parse_qs(environ["QUERY_STRING"]).get("audience", ["jfrog"])[0]
        proof = proof_of(audience)
        body = json.dumps({"value": proof, "oidcToken": proof}).encode()
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]


@pytest.fixture
def jfrog(sources: LocalSources) -> JFrog:
    index = SimpleIndex(sources.private_packages)
    jfrog = JFrog(index, provider="acme-github", verify=verify)
    jfrog.mapping = {"repository": "acme/orders"}
    return jfrog


@pytest.fixture
def host(jfrog: JFrog, sources: LocalSources) -> Iterator[Host]:
    with serve(jfrog, sources, tokens=jfrog.tokens) as host:
        yield host


@pytest.fixture
def ci() -> Ci:
    return Ci()


@pytest.fixture
def kept() -> list[Secret]:
    return []


@pytest.fixture
def in_ci(
    ci: Ci, sources: LocalSources, ambient: dict[str, str], kept: list[Secret]
) -> Iterator[Surroundings]:
    """Give the surroundings of a job of GitHub Actions."""
    ambient = sources.environment(ambient)
    with serve(ci, sources) as host:
        variables = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{host.origin}/token?v=2",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer-of-the-job",
        }
        http = Http(ambient, sleep=lambda _: None)
        yield Surroundings(
            ambient=ambient | variables, http=http, keep=kept.append, now=lambda: 1000.0
        )


def outside(surroundings: Surroundings, **variables: str) -> Surroundings:
    """Return surroundings without GitHub Actions, and with these variables."""
    kept = {
        name: value
        for name, value in surroundings.ambient.items()
        if not name.startswith("ACTIONS_")
    }
    return replace(surroundings, ambient=kept | variables)


def source(jfrog: JFrog, host: Host, *arguments: str) -> IndexSource:
    url = host.origin + jfrog.index_path
    return IndexSource(
        name="acme",
        url=url,
        packages=("acme-*",),
        credential=CredentialSpec(
            kind="artifactory", arguments=arguments or ("acme-github", "jfrog")
        ),
        scope=url.removesuffix("simple/"),
    )


def refusal(declared: IndexSource, surroundings: Surroundings) -> CredentialError:
    with pytest.raises(CredentialError) as caught:
        issue_credential(declared, declared.url, surroundings=surroundings)
    assert caught.value.exit_code == 3
    assert "source acme" in caught.value.message
    assert not any(part in str(caught.value) for part in (proof_of("jfrog"), "bearer-of"))
    return caught.value


def test_the_job_of_github_actions_is_exchanged_before_a_token_is_looked_for(
    jfrog: JFrog, host: Host, in_ci: Surroundings, ci: Ci, kept: list[Secret]
) -> None:
    told = replace(in_ci, ambient={**in_ci.ambient, "ARTIFACTORY_TOKEN": TOKEN})
    issued = issue_credential(source(jfrog, host), host.origin, surroundings=told)
    assert issued is not None
    assert ci.asked[0]["QUERY_STRING"] == "v=2&audience=jfrog"
    assert (issued.credential.scheme, issued.credential.username) == ("Basic", "ci")
    assert [issued.credential.password.reveal()] == list(jfrog.tokens)
    assert issued.expires == 1000 + 3600
    assert "the OIDC token of this job" in issued.origin
    assert "acme-github" in issued.origin
    assert {secret.reveal() for secret in kept} == {
        *("bearer-of-the-job", proof_of("jfrog")),
        *jfrog.tokens,
    }


def test_a_token_that_names_no_user_is_sent_as_bearer(
    jfrog: JFrog, host: Host, in_ci: Surroundings
) -> None:
    jfrog.names_users = False
    issued = issue_credential(source(jfrog, host), host.origin, surroundings=in_ci)
    assert issued is not None
    assert (issued.credential.scheme, issued.credential.username) == ("Bearer", "")


@pytest.mark.parametrize("variable", ["ARTIFACTORY_ID_TOKEN", "BITBUCKET_STEP_OIDC_TOKEN"])
def test_a_proof_in_a_variable_is_exchanged(
    jfrog: JFrog, host: Host, in_ci: Surroundings, variable: str
) -> None:
    told = outside(in_ci, **{variable: proof_of("jfrog")})
    issued = issue_credential(source(jfrog, host), host.origin, surroundings=told)
    assert issued is not None
    assert f"the variable {variable}" in issued.origin


def test_a_pipeline_of_azure_is_exchanged_with_its_service_connection(
    jfrog: JFrog, host: Host, in_ci: Surroundings, ci: Ci
) -> None:
    address = in_ci.ambient["ACTIONS_ID_TOKEN_REQUEST_URL"].partition("?")[0]
    told = outside(in_ci, SYSTEM_OIDCREQUESTURI=address, SYSTEM_ACCESSTOKEN="t0ken-of-the-job")
    identity = parse_identity(f"azure-pipelines:{CONNECTION}")
    declared = replace(source(jfrog, host), identity=identity)
    issued = issue_credential(declared, host.origin, surroundings=told)
    assert issued is not None
    assert f"serviceConnectionId={CONNECTION}" in ci.asked[0]["QUERY_STRING"]
    named = replace(declared, identity=parse_identity("azure-pipelines:jfrog"))
    assert "is not the id of a service connection" in refusal(named, told).message
    # The project's identity is for Entra ID.
    project_s = replace(told, identity=identity)
    assert issue_credential(source(jfrog, host), host.origin, surroundings=project_s) is not None
    assert "serviceConnectionId" not in ci.asked[-1]["QUERY_STRING"]


def test_without_an_offer_the_token_of_the_variable_is_used(
    jfrog: JFrog, host: Host, in_ci: Surroundings
) -> None:
    told = outside(in_ci, ARTIFACTORY_TOKEN=TOKEN, ARTIFACTORY_USER="reader")
    issued = issue_credential(source(jfrog, host), host.origin, surroundings=told)
    assert issued is not None
    assert (issued.credential.username, issued.credential.password) == ("reader", Secret(TOKEN))
    error = refusal(source(jfrog, host), outside(in_ci))
    assert "ARTIFACTORY_TOKEN" in error.message
    assert "id-token: write" in error.remedy


@pytest.mark.parametrize(
    ("arguments", "claims", "message", "remedy"),
    [
        (("nobody", "jfrog"), {}, "knows no OIDC integration nobody", "Manage Integrations"),
        (("acme-github", "other"), {}, "refused the audience", '"artifactory:acme-github:AUD'),
        (("acme-github",), {"aud": "x"}, "refused the audience", "the CI system's own"),
        (("acme-github",), {"repository": "acme/x"}, "no identity mapping", "Identity Mappings"),
        (("acme-github",), None, "did not accept the variable", "issuer of this CI"),
    ],
)
def test_a_refused_exchange_says_what_to_set_up(
    jfrog: JFrog,
    host: Host,
    in_ci: Surroundings,
    *,
    arguments: tuple[str, ...],
    claims: dict[str, str] | None,
    message: str,
    remedy: str,
) -> None:
    proof = "garbage" if claims is None else proof_of("jfrog", **claims)
    told = outside(in_ci, ARTIFACTORY_ID_TOKEN=proof, ARTIFACTORY_TOKEN=TOKEN)
    if arguments[1:] == ("other",):
        told = in_ci
    error = refusal(source(jfrog, host, *arguments), told)
    assert message in error.message
    assert 'it said "' in error.message
    assert remedy in error.remedy


def test_a_page_of_a_proxy_is_no_token(
    sources: LocalSources, jfrog: JFrog, in_ci: Surroundings
) -> None:
    def page(_environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        body = b"<!DOCTYPE html><html><title>Welcome</title><body>Sign in</body></html>"
        start("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(body)))])
        return [body]

    with serve(page, sources) as host:
        error = refusal(source(jfrog, host), in_ci)
    assert "without a token" in error.message


@pytest.mark.parametrize(
    ("url", "platform"),
    [
        ("https://artifactory/artifactory/api/pypi/acme/simple/", "https://artifactory"),
        ("https://artifactory/api/pypi/acme/simple/", "https://artifactory"),
        ("https://acme.test/tools/artifactory/api/pypi/acme/simple/", "https://acme.test/tools"),
    ],
)
def test_the_platform_is_what_stands_before_artifactory_in_the_path(
    url: str, platform: str
) -> None:
    declared = IndexSource(
        name="acme",
        url=url,
        packages=("acme-*",),
        credential=CredentialSpec(kind="artifactory", arguments=("acme-github",)),
        scope=url,
    )
    # A proxy that is down: nothing is asked, and the error says what would have been.
    ambient = {"ARTIFACTORY_ID_TOKEN": "proof", "https_proxy": "http://127.0.0.1:1"}
    http = Http(ambient, sleep=lambda _: None)
    told = refusal(declared, Surroundings(ambient=ambient, http=http, keep=lambda _: None))
    assert f" {platform}/access/api/v1/oidc/token: " in told.message
