"""Who a run is follows from what is declared, else from where it takes place; never silently."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from lading.core.errors import CredentialError
from lading.core.identity import METHODS, parse_identity
from lading.core.identity.choice import choose_identity

PRINCIPAL = {"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t"}
PIPELINE = {"TF_BUILD": "True", "SYSTEM_OIDCREQUESTURI": "https://dev.azure.com/o/oidc"}
CONNECTION = {"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "id", "SYSTEM_ACCESSTOKEN": "s"}
GITHUB = {"GITHUB_ACTIONS": "true"}
MAY_ASK = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "r"}
APP_SERVICE = {"IDENTITY_ENDPOINT": "http://127.0.0.1/msi", "IDENTITY_HEADER": "h"}


@pytest.mark.parametrize(
    ("ambient", "programs", "expected"),
    [
        ({"AZURE_CREDENTIALS": "{}"}, ("az",), "client-secret"),
        ({**PRINCIPAL, "AZURE_CLIENT_SECRET": "s", **APP_SERVICE}, (), "client-secret"),
        ({**PRINCIPAL, "AZURE_CLIENT_CERTIFICATE_PATH": "p"}, ("az",), "client-certificate"),
        ({**PRINCIPAL, "AZURE_FEDERATED_TOKEN_FILE": "f"}, ("az",), "workload-identity"),
        ({**PIPELINE, **CONNECTION}, ("az",), "azure-pipelines"),
        (PIPELINE, ("az", "azd"), "azure-cli"),
        ({**GITHUB, **MAY_ASK, **PRINCIPAL}, ("az",), "github-actions"),
        ({**GITHUB, **MAY_ASK}, ("az",), "azure-cli"),
        (APP_SERVICE, ("az",), "managed-identity"),
        ({**APP_SERVICE, "AZURE_CLIENT_ID": "c"}, (), "managed-identity:c"),
        ({"MSI_ENDPOINT": "http://127.0.0.1", "MSI_SECRET": "s"}, (), "managed-identity"),
        ({}, ("az", "azd"), "azure-cli"),
        ({}, ("azd",), "azd"),
    ],
)
def test_the_default_follows_from_where_the_run_takes_place(
    ambient: Mapping[str, str], programs: tuple[str, ...], expected: str
) -> None:
    choice = choose_identity(None, ambient, programs)
    assert choice is not None
    assert (str(choice.identity), choice.is_declared) == (expected, False)
    assert choice.reason


def test_nobody_is_chosen_where_nothing_can_sign_in() -> None:
    # Cloud Shell's MSI_ENDPOINT has no secret, and a bare VM says nothing at all.
    assert choose_identity(None, {"MSI_ENDPOINT": "http://localhost:50342"}, ()) is None


def test_what_is_declared_wins() -> None:
    ambient = {**PRINCIPAL, "AZURE_CLIENT_SECRET": "s"}
    choice = choose_identity(parse_identity("azure-cli"), ambient, ())
    assert choice is not None
    assert (str(choice.identity), choice.reason) == ("azure-cli", "it is declared")
    assert choice.is_declared


@pytest.mark.parametrize(
    ("declared", "ambient", "missing"),
    [
        ("client-secret", {"AZURE_CLIENT_ID": "c"}, ("AZURE_TENANT_ID", "AZURE_CLIENT_SECRET")),
        ("client-certificate", PRINCIPAL, ("AZURE_CLIENT_CERTIFICATE_PATH",)),
        ("workload-identity", PRINCIPAL, ("AZURE_FEDERATED_TOKEN_FILE",)),
        ("azure-pipelines", {}, ("SYSTEM_OIDCREQUESTURI", "AZURESUBSCRIPTION_SERVICE_CONNECTION")),
        ("azure-pipelines:prod", PIPELINE, ("SYSTEM_ACCESSTOKEN",)),
        ("github-actions", MAY_ASK, ("AZURE_CLIENT_ID", "AZURE_TENANT_ID")),
    ],
)
def test_a_declared_identity_names_every_variable_that_it_lacks(
    declared: str, ambient: Mapping[str, str], missing: tuple[str, ...]
) -> None:
    with pytest.raises(CredentialError) as caught:
        choose_identity(parse_identity(declared), ambient, ("az",))
    assert declared in caught.value.message
    for name in missing:
        assert name in caught.value.message


@pytest.mark.parametrize(
    "ambient",
    [
        {"AZURE_CLIENT_SECRET": "s3cr3t"},
        {"AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s3cr3t"},
        {"AZURE_CLIENT_CERTIFICATE_PATH": "/p"},
        {"AZURE_FEDERATED_TOKEN_FILE": "/f", "AZURE_CLIENT_ID": "c"},
    ],
)
def test_what_was_begun_and_not_finished_is_an_error_and_nothing_else_is_taken(
    ambient: Mapping[str, str],
) -> None:
    with pytest.raises(CredentialError, match="AZURE_TENANT_ID") as caught:
        choose_identity(None, ambient, ("az",))
    assert "s3cr3t" not in str(caught.value)
    assert "identity =" in caught.value.remedy


@pytest.mark.parametrize(
    ("ambient", "says"),
    [
        ({"AZURE_CLIENT_ID": "c"}, "AZURE_CLIENT_ID is set, but nothing that proves"),
        (PRINCIPAL, "AZURE_CLIENT_ID and AZURE_TENANT_ID are set, but nothing that proves"),
        ({**GITHUB, **PRINCIPAL}, "id-token: write"),
        (
            {**PIPELINE, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "id"},
            "the job's token is not mapped",
        ),
    ],
)
def test_the_reason_says_what_was_left_aside(ambient: Mapping[str, str], says: str) -> None:
    choice = choose_identity(None, ambient, ("az",))
    assert choice is not None
    assert str(choice.identity) == "azure-cli"
    assert says in choice.reason


def test_every_way_can_be_declared() -> None:
    everything = {
        **PRINCIPAL,
        **PIPELINE,
        **CONNECTION,
        **MAY_ASK,
        "AZURE_CLIENT_SECRET": "s",
        "AZURE_CLIENT_CERTIFICATE_PATH": "p",
        "AZURE_FEDERATED_TOKEN_FILE": "f",
    }
    for method in METHODS:
        choice = choose_identity(parse_identity(method), everything, ())
        assert choice is not None
        assert choice.identity.method == method
