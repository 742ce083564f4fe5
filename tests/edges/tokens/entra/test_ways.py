"""Every way to sign in gives a token, and the place of a run leads to its own."""

from __future__ import annotations

import os

import pytest

from lading.core.errors import CredentialError
from lading.core.identity import METHODS, Method, parse_identity
from lading.core.identity.clouds import CLOUDS, Cloud
from lading.edges.tokens.entra import Entra
from local_azure import LocalAzure
from tests.edges.tokens.entra.runs import Become


@pytest.mark.parametrize("method", METHODS)
def test_every_way_gives_a_token_for_azure_devops(
    method: Method, azure: LocalAzure, become: Become
) -> None:
    run = become(method)
    before = dict(os.environ)
    token = run.token(method)
    assert azure.entra.recognises_devops(token)
    assert dict(os.environ) == before
    kept = {secret.reveal() for secret in run.kept}
    assert token in kept
    # Everything that is shown on the way, a proof too, was told before; `az` shows its own.
    if method not in {"azure-cli", "azd", "managed-identity"}:
        assert {secret.strip() for secret in azure.secrets(method)} <= kept
    assert all(isinstance(secret, str) for secret in kept)
    if method in {"azure-pipelines", "github-actions"}:
        assert set(azure.issued) <= kept


@pytest.mark.parametrize("method", METHODS)
def test_the_place_of_a_run_leads_to_its_own_way(
    method: Method, azure: LocalAzure, become: Become
) -> None:
    run = become(method, place="app-service")
    if method == "azd":
        (run.folder / "az").unlink()
    choice = Entra(run.surroundings).choose(None)
    assert choice is not None
    assert choice.identity.method == method
    assert azure.entra.recognises_devops(run.token())


@pytest.mark.parametrize("method", ["client-secret", "github-actions", "managed-identity", "azd"])
@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=lambda cloud: cloud.name)
def test_a_token_is_for_the_audience_that_a_cloud_has(
    method: Method, cloud: Cloud, azure: LocalAzure, become: Become
) -> None:
    entra = Entra(become(method).surroundings)
    choice = entra.choose(parse_identity(method))
    assert choice is not None
    for audience in (cloud.arm_audience, cloud.scm_audience):
        issued = entra.token(choice, audience)
        token = issued.credential.password.reveal()
        assert azure.entra.recognises(token, audience.removesuffix("/.default"))
        assert issued.credential.authorization().reveal() == f"Bearer {token}"


def test_a_user_assigned_identity_is_named(azure: LocalAzure, become: Become) -> None:
    user_assigned = azure.entra.directory.user_assigned
    assert user_assigned is not None
    client = user_assigned.client_id
    for place in ("machine", "app-service"):
        run = become("managed-identity", place=place)
        assert azure.entra.recognises_devops(run.token(f"managed-identity:{client}"))


def test_what_app_service_wants_to_see_is_kept_before(azure: LocalAzure, become: Become) -> None:
    run = become("managed-identity", place="app-service")
    run.token()
    assert run.kept[0].reveal() == azure.app_service.header


def test_a_principal_is_read_from_the_document_that_azure_login_takes(
    azure: LocalAzure, become: Become
) -> None:
    run = become("client-secret", AZURE_CREDENTIALS=azure.credentials_json)
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        del run.ambient[name]
    assert azure.entra.recognises_devops(run.token())
    assert run.kept[0].reveal() == azure.entra.client_secret


def test_a_connection_is_found_by_its_name(azure: LocalAzure, become: Become) -> None:
    run = become("azure-pipelines")
    for name in ("CLIENT_ID", "TENANT_ID", "SERVICE_CONNECTION_ID"):
        del run.ambient[f"AZURESUBSCRIPTION_{name}"]
    for argument in (azure.azure_pipelines.connection.name, azure.azure_pipelines.connection.id):
        token = run.token(f"azure-pipelines:{argument}")
        assert azure.entra.recognises_devops(token)


def test_a_connection_that_the_pipeline_may_not_use_is_told(
    azure: LocalAzure, become: Become
) -> None:
    azure.azure_pipelines.connections = []
    with pytest.raises(CredentialError, match="no service connection") as caught:
        become("azure-pipelines").token("azure-pipelines:prod")
    assert "Pipeline permissions" in caught.value.remedy
