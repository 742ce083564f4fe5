"""Microsoft's own library gets a token here in every way that lading knows."""

from __future__ import annotations

import time
from pathlib import Path

import jwt
import pytest
import urllib3
from azure.identity import ManagedIdentityCredential

from lading.core.identity import METHODS, Method
from local_azure import ARM, AZURE_DEVOPS, LocalAzure
from local_azure.identity.runs import Place
from local_sources import LocalSources
from tests.local_azure.conftest import SCOPE, Enter, Sign
from tests.local_sources.programs import download, git, with_token


@pytest.mark.parametrize("method", METHODS)
def test_every_way_gives_a_token_that_opens_azure_devops_and_nothing_else(
    method: Method, azure: LocalAzure, sign_in: Sign
) -> None:
    before = time.time()
    token = sign_in(method).get_token(SCOPE)
    after = time.time()
    assert azure.entra.recognises_devops(token.token)
    assert not azure.entra.recognises(token.token, ARM)
    assert token.token in azure.issued
    # Whole seconds, some of them rounded.
    assert before + 3598 <= token.expires_on <= after + 3602
    claims = jwt.decode(token.token, options={"verify_signature": False})
    assert {"aud", "iss", "tid", "appid", "oid", "exp", "nbf", "iat"} <= set(claims)
    assert (claims["aud"], claims["tid"]) == (AZURE_DEVOPS, azure.entra.tenant)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_secret_beforehand_is_in_the_environment_or_a_file_of_the_run(
    method: Method, azure: LocalAzure, enter: Enter, tmp_path: Path
) -> None:
    run = enter(method, place="app-service")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    files.append(azure.entra.certificate)
    held = "\n".join([*run.values(), *(path.read_text("utf-8") for path in files)])
    assert azure.secrets(method)
    assert all(secret in held for secret in azure.secrets(method))


@pytest.mark.parametrize(
    ("method", "shown"),
    [
        ("client-secret", {("entra", "client-secret")}),
        ("client-certificate", {("entra", "certificate")}),
        ("workload-identity", {("entra", "federated-token")}),
        (
            "azure-pipelines",
            {("azure-pipelines", "system-access-token"), ("entra", "azure-pipelines-proof")},
        ),
        (
            "github-actions",
            {("github-actions", "request-token"), ("entra", "github-actions-proof")},
        ),
        ("azure-cli", {("entra", "client-secret")}),
    ],
)
def test_the_log_tells_who_was_shown_what(
    method: Method,
    shown: set[tuple[str, str]],
    azure: LocalAzure,
    sign_in: Sign,
) -> None:
    sign_in(method).get_token(SCOPE)
    asked = {(request.host, request.credential) for request in azure.log()}
    assert {pair for pair in asked if pair[1] != "nothing"} == shown
    assert not [request for request in azure.log() if request.strays]


@pytest.mark.parametrize("resource", [ARM, "https://storage.azure.com", "https://vault.azure.net"])
def test_a_token_is_for_the_resource_that_was_asked(
    resource: str, azure: LocalAzure, sign_in: Sign
) -> None:
    credential = sign_in("client-secret")
    token = credential.get_token(f"{resource}/.default").token
    assert azure.entra.recognises(token, resource)
    assert not azure.entra.recognises_devops(token)


def test_app_service_gives_a_token_for_its_header(azure: LocalAzure, enter: Enter) -> None:
    enter("managed-identity", place="app-service")
    with ManagedIdentityCredential(retry_total=0) as credential:
        token = credential.get_token(SCOPE)
    assert azure.entra.recognises_devops(token.token)
    (request,) = azure.log(host="app-service")
    assert (request.credential, request.strays) == ("identity-header", ())


@pytest.mark.parametrize("place", ["machine", "app-service"])
def test_a_user_assigned_identity_is_asked_for_by_its_client_id(
    place: Place, azure: LocalAzure, enter: Enter
) -> None:
    enter("managed-identity", place=place)
    user = azure.entra.directory.user_assigned
    assert user is not None
    with ManagedIdentityCredential(client_id=user.client_id, retry_total=0) as credential:
        token = credential.get_token(SCOPE).token
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["appid"], claims["oid"]) == (user.client_id, user.object_id)


def test_a_token_of_no_lifetime_has_expired(azure: LocalAzure, sign_in: Sign) -> None:
    azure.entra.lifetime = 0
    credential = sign_in("client-secret")
    assert not azure.entra.recognises_devops(credential.get_token(SCOPE).token)


def test_a_token_is_renewed_when_it_is_about_to_expire(azure: LocalAzure, sign_in: Sign) -> None:
    azure.entra.lifetime = 9
    credential = sign_in("client-secret")
    tokens = {credential.get_token(SCOPE).token for _ in range(2)}
    assert len(tokens) == 2
    assert set(azure.issued) == tokens


def test_the_private_sources_open_for_a_live_token_and_for_no_other(
    azure: LocalAzure, sources: LocalSources, sign_in: Sign
) -> None:
    credential = sign_in("client-secret")
    live = credential.get_token(SCOPE).token
    foreign = credential.get_token(f"{ARM}/.default").token
    azure.entra.lifetime = 0
    expired = azure.entra.issue(azure.entra.directory.application, AZURE_DEVOPS)
    pages = [f"{sources.index_url}acme-core/", f"{sources.azure_url}acme-core/"]
    pages.append(f"{sources.tax_url}/info/refs?service=git-upload-pack")
    with urllib3.PoolManager(
        ca_certs=str(sources.certificates.bundle), retries=False, timeout=60
    ) as pool:
        for token, status in ((live, 200), (foreign, 401), (expired, 401)):
            headers = urllib3.make_headers(basic_auth=f"build:{token}")
            answers = [pool.request("GET", page, headers=headers) for page in pages]
            assert [answer.status for answer in answers] == [status] * 3
        challenge = answers[-1].headers["WWW-Authenticate"]
    assert f"Bearer authorization_uri={azure.authority}" in challenge
    assert {request.credential for request in sources.log()[:3]} == {"entra"}


def test_git_and_pip_read_with_a_live_token(
    azure: LocalAzure, sources: LocalSources, sign_in: Sign, ambient: dict[str, str], tmp_path: Path
) -> None:
    token = sign_in("client-secret").get_token(SCOPE).token
    trusting = sources.environment(ambient) | {"GIT_TERMINAL_PROMPT": "0", "PIP_NO_INPUT": "1"}
    listed = git("ls-remote", with_token(sources.tax_url, token), environment=trusting)
    assert "refs/tags/v2.1.0" in listed.stdout
    index = with_token(sources.azure_url, token)
    got = download(index, "acme-core", into=tmp_path / "d", environment=trusting)
    assert got == (0, ["acme_core-1.4.0-py3-none-any.whl"])
    assert sources.log(host="git", credential="entra")
    assert sources.log(host="azure", credential="entra")
    assert [request.credential for request in sources.log(host="blob")] == ["nothing"]
    azure.entra.lifetime = 0
    expired = azure.entra.issue(azure.entra.directory.application, AZURE_DEVOPS)
    refused = git("ls-remote", with_token(sources.tax_url, expired), environment=trusting)
    assert (refused.returncode, refused.stdout) == (128, "")
