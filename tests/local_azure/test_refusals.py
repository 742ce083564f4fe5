"""Whoever is not who he says, or asks for what is not there, hears what Azure would say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import urllib3
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    CredentialUnavailableError,
    ManagedIdentityCredential,
)

from local_azure import EXCHANGE, LocalAzure
from local_azure.identity.directory import Certificate, Federation
from local_azure.identity.entra_errors import KINDS
from local_sources import LocalSources
from tests.local_azure.conftest import SCOPE, Enter, Sign, github_proof

GUID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def pool(sources: LocalSources) -> Iterator[urllib3.PoolManager]:
    """Return what sends exactly what a test says."""
    bundle = str(sources.certificates.bundle)
    with urllib3.PoolManager(ca_certs=bundle, retries=False, timeout=60) as opened:
        yield opened


def bearer(token: str) -> dict[str, str]:
    """Return the headers that show a token."""
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("client", "secret", "code"),
    [("", "wrong", "AADSTS7000215"), (GUID, "", "AADSTS700016")],
)
def test_a_wrong_secret_and_an_unknown_application_are_told_apart(
    client: str, secret: str, code: str, azure: LocalAzure, enter: Enter
) -> None:
    enter("client-secret")
    entra = azure.entra
    with (
        ClientSecretCredential(
            entra.tenant,
            client or entra.client_id,
            secret or entra.client_secret,
            disable_instance_discovery=True,
        ) as credential,
        pytest.raises(ClientAuthenticationError, match=code),
    ):
        credential.get_token(SCOPE)


def test_an_unknown_tenant_is_none(azure: LocalAzure, enter: Enter) -> None:
    enter("workload-identity")
    with (
        ClientAssertionCredential(GUID, azure.entra.client_id, lambda: "proof") as credential,
        pytest.raises(ClientAuthenticationError, match=f"AADSTS90002: Tenant '{GUID}' not found"),
    ):
        credential.get_token(SCOPE)


def test_an_unknown_resource_is_none(sign_in: Sign) -> None:
    with pytest.raises(ClientAuthenticationError, match=f"AADSTS500011: .* named {GUID} was not"):
        sign_in("client-secret").get_token(f"{GUID}/.default")


def test_a_certificate_that_the_application_does_not_have_proves_nothing(
    azure: LocalAzure, enter: Enter, tmp_path: Path
) -> None:
    enter("client-certificate")
    other = Certificate(tmp_path / "other.pem", azure.entra.client_id)
    with (
        CertificateCredential(
            azure.entra.tenant,
            azure.entra.client_id,
            str(other.path),
            disable_instance_discovery=True,
        ) as credential,
        pytest.raises(ClientAuthenticationError, match="AADSTS700027"),
    ):
        credential.get_token(SCOPE)


def test_a_certificate_may_be_named_by_sha_256(azure: LocalAzure, enter: Enter) -> None:
    run = enter("client-certificate")
    with CertificateCredential(
        azure.entra.tenant,
        azure.entra.client_id,
        run["AZURE_CLIENT_CERTIFICATE_PATH"],
        disable_instance_discovery=True,
        send_certificate_chain=True,
    ) as credential:
        assert azure.entra.recognises_devops(credential.get_token(SCOPE).token)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"issuer": "https://else.test/"}, "AADSTS700211"),
        ({"subject": "Repo:acme/orders:ref:refs/heads/main"}, "AADSTS700213"),
        ({"audience": "api://else"}, "AADSTS700212"),
    ],
)
def test_a_proof_must_match_a_federated_credential_letter_by_letter(
    change: dict[str, str], code: str, azure: LocalAzure, sign_in: Sign
) -> None:
    issuer, subject = azure.github_actions.mint.issuer, azure.github_actions.subject
    expected = {"issuer": issuer, "subject": subject} | change
    azure.entra.directory.federations[:] = [Federation(**expected)]
    with pytest.raises(ClientAuthenticationError, match=f"{code}: No matching federated"):
        sign_in("github-actions").get_token(SCOPE)


def test_a_proof_expires(azure: LocalAzure, sign_in: Sign) -> None:
    azure.github_actions.lifetime = 0
    with pytest.raises(ClientAuthenticationError, match="AADSTS700024: Client assertion is not"):
        sign_in("github-actions").get_token(SCOPE)


def test_a_proof_that_somebody_else_signed_is_none(azure: LocalAzure, enter: Enter) -> None:
    enter("workload-identity")
    head, payload, _ = azure.federated_token().split(".")
    *_, signature = azure.azure_pipelines.job_mint.coin({}, lifetime=60).split(".")
    forged = f"{head}.{payload}.{signature}"
    with (
        ClientAssertionCredential(
            azure.entra.tenant, azure.entra.client_id, lambda: forged
        ) as credential,
        pytest.raises(ClientAuthenticationError, match="AADSTS50027"),
    ):
        credential.get_token(SCOPE)
    assert azure.log()[-1].credential == "unknown"


@pytest.mark.parametrize("code", sorted(KINDS))
def test_the_authority_says_what_a_test_wants_to_hear(
    code: int, azure: LocalAzure, sign_in: Sign
) -> None:
    azure.entra.refuse(code)
    # Of an answer that the authority cannot serve, the library reads the status alone.
    said = "HTTP Error: 503" if KINDS[code].status == 503 else f"AADSTS{code}: .* Correlation ID: "
    with pytest.raises(ClientAuthenticationError, match=said):
        sign_in("client-secret").get_token(SCOPE)
    azure.entra.heal()
    # Another credential: each remembers for a minute what it was refused.
    assert azure.entra.recognises_devops(sign_in("client-secret").get_token(SCOPE).token)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, 900144),
        ({"grant_type": "password"}, 70003),
        ({"scope": "https://management.azure.com"}, 1002012),
        ({"client_secret": None}, 7000218),
        ({"client_secret": None, "client_assertion": "no token"}, 50027),
    ],
)
def test_a_request_must_be_whole(
    form: dict[str, str | None], code: int, azure: LocalAzure, pool: urllib3.PoolManager
) -> None:
    whole = {
        "client_id": azure.entra.client_id,
        "client_secret": azure.entra.client_secret,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "grant_type": "client_credentials",
        "scope": SCOPE,
    }
    changed = {name: value for name, value in (whole | form).items() if value is not None}
    url = f"{azure.authority}/oauth2/v2.0/token"
    answer = pool.request("POST", url, body=urlencode(changed if form else {}))
    assert answer.json()["error_codes"] == [code]
    assert answer.status == KINDS[code].status


def test_a_machine_without_an_identity_has_none(
    azure: LocalAzure, enter: Enter, sign_in: Sign
) -> None:
    directory = azure.entra.directory
    user, directory.user_assigned = directory.user_assigned, None
    assert user is not None
    directory.system_assigned = None
    with pytest.raises(CredentialUnavailableError, match="Identity not found"):
        sign_in("managed-identity").get_token(SCOPE)
    enter("managed-identity", place="app-service")
    for client, said in ((None, "Unable to load the proper"), (user.client_id, "No User Assigned")):
        with (
            ManagedIdentityCredential(client_id=client, retry_total=0) as credential,
            pytest.raises(CredentialUnavailableError, match=said),
        ):
            credential.get_token(SCOPE)


def test_the_metadata_service_wants_its_header(
    azure: LocalAzure, pool: urllib3.PoolManager
) -> None:
    url = f"{azure.imds.origin}/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
    for headers, resource, said in (
        ({}, SCOPE, "Required metadata header not specified"),
        ({"Metadata": "true"}, "", "Required query variable 'resource' is missing"),
        ({"Metadata": "true"}, GUID, "AADSTS500011"),
    ):
        answer = pool.request("GET", url + resource, headers=headers)
        assert answer.status == 400
        assert answer.json()["error_description"].startswith(said)


def test_app_service_wants_its_secret(
    enter: Enter, monkeypatch: pytest.MonkeyPatch, azure: LocalAzure
) -> None:
    enter("managed-identity", place="app-service")
    monkeypatch.setenv("IDENTITY_HEADER", "wrong")
    with (
        ManagedIdentityCredential(retry_total=0) as credential,
        pytest.raises(CredentialUnavailableError, match="401, Unauthorized"),
    ):
        credential.get_token(SCOPE)
    assert azure.log()[-1].credential == "unknown"


def test_azure_pipelines_wants_the_token_of_the_job(
    azure: LocalAzure, pool: urllib3.PoolManager
) -> None:
    pipelines = azure.azure_pipelines
    url = f"{pipelines.request_uri}?api-version=7.1"
    token = bearer(pipelines.access_token)
    connection = f"&serviceConnectionId={pipelines.connection.id}"
    assert pool.request("POST", url + connection, headers=token).status == 200
    assert pool.request("POST", url + connection, headers=bearer("wrong")).status == 401
    assert pool.request("POST", url + connection, redirect=False).status == 302
    quiet = {"X-TFS-FedAuthRedirect": "Suppress"}
    assert pool.request("POST", url + connection, headers=quiet).status == 401
    unknown = pool.request("POST", f"{url}&serviceConnectionId={GUID}", headers=token)
    assert (unknown.status, GUID in unknown.json()["message"]) == (404, True)
    assert pool.request("POST", pipelines.request_uri, headers=token).status == 400


def test_azure_pipelines_knows_its_service_connections_by_name(
    azure: LocalAzure, pool: urllib3.PoolManager
) -> None:
    pipelines = azure.azure_pipelines
    for project in (pipelines.job.project, pipelines.job.project_id):
        url = f"{pipelines.collection_uri}{project}/_apis/serviceendpoint/endpoints"
        token = bearer(pipelines.access_token)
        found = pool.request(
            "GET", f"{url}?endpointNames={pipelines.connection.name}&api-version=7.1", headers=token
        ).json()
        (endpoint,) = found["value"]
        assert (found["count"], endpoint["id"]) == (1, pipelines.connection.id)
        parameters = endpoint["authorization"]["parameters"]
        assert parameters["tenantid"] == azure.entra.tenant
        assert parameters["serviceprincipalid"] == azure.entra.client_id
        other = pool.request("GET", f"{url}?endpointNames=other&api-version=7.1", headers=token)
        assert other.json() == {"count": 0, "value": []}


def test_a_job_s_proofs_are_told_apart_by_issuer_and_audience(
    azure: LocalAzure, enter: Enter, pool: urllib3.PoolManager
) -> None:
    run = enter("github-actions")
    proof = github_proof(run, audience="jfrog")
    assert azure.github_actions_recognises(proof, "jfrog")
    assert not azure.github_actions_recognises(proof, EXCHANGE)
    claims = azure.github_actions.claims(proof, "jfrog")
    assert claims is not None
    assert claims["repository"] == "acme/orders"
    pipelines = azure.azure_pipelines
    url = f"{pipelines.request_uri}?api-version=7.1"
    answer = pool.request("POST", url, headers=bearer(pipelines.access_token))
    own = answer.json()["oidcToken"]
    assert azure.azure_pipelines_recognises(own)
    assert not azure.github_actions_recognises(own, EXCHANGE)
    assert not azure.azure_pipelines_recognises(proof)


def test_github_wants_the_token_of_the_request(
    azure: LocalAzure, pool: urllib3.PoolManager
) -> None:
    url = f"{azure.github_actions.request_url}&audience={quote(EXCHANGE, safe='')}"
    token = azure.github_actions.request_token
    tries = [pool.request("GET", url, headers=bearer(shown)) for shown in (token, "wrong")]
    tries.append(pool.request("GET", url))
    assert [answer.status for answer in tries] == [200, 401, 401]
    assert [request.credential for request in azure.log()] == [
        *("request-token", "unknown", "nothing")
    ]
