"""Proofs go nowhere in the clear and nowhere else, and a machine is asked on its own link."""

from __future__ import annotations

import pytest

from lading.core.errors import ConfigError, CredentialError
from lading.core.identity import Method
from lading.core.identity.refusals import UnavailableError
from local_azure import LocalAzure
from tests.edges.tokens.entra.runs import Become


@pytest.mark.parametrize(
    ("method", "variable"),
    [
        ("github-actions", "ACTIONS_ID_TOKEN_REQUEST_URL"),
        ("azure-pipelines", "SYSTEM_OIDCREQUESTURI"),
    ],
)
def test_an_endpoint_in_the_clear_is_told_before_anything_is_sent(
    method: Method, variable: str, azure: LocalAzure, become: Become
) -> None:
    run = become(method)
    host = azure.github_actions if method == "github-actions" else azure.azure_pipelines
    run.ambient[variable] = run.ambient[variable].replace(host.origin, azure.plain.origin)
    assert run.ambient[variable].startswith("http://")
    with pytest.raises(CredentialError, match="not https"):
        run.token(method)
    assert not azure.log()


def test_an_authority_in_the_clear_is_refused(azure: LocalAzure, become: Become) -> None:
    run = become("client-secret", AZURE_AUTHORITY_HOST=azure.plain.origin)
    with pytest.raises(ConfigError, match="not https"):
        run.token()
    assert not azure.log()


@pytest.mark.parametrize(
    ("variable", "identity"),
    [
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "managed-identity"),
        ("IDENTITY_ENDPOINT", "managed-identity"),
    ],
)
def test_a_machine_asks_in_the_clear_only_on_its_own_link(
    variable: str, identity: str, azure: LocalAzure, become: Become
) -> None:
    run = become("managed-identity", IDENTITY_HEADER="s3cr3t")
    run.ambient[variable] = "http://metadata.example.com"
    with pytest.raises(CredentialError, match="not https") as caught:
        run.token(identity)
    assert not isinstance(caught.value, UnavailableError)
    assert not azure.log()


def test_a_machine_without_a_metadata_service_is_told_soon(
    azure: LocalAzure, become: Become
) -> None:
    run = become("managed-identity")
    azure.imds.stop()
    with pytest.raises(UnavailableError, match="nobody answers"):
        run.token("managed-identity")


def test_a_metadata_service_that_is_busy_is_asked_again_and_not_for_ever(
    azure: LocalAzure, become: Become
) -> None:
    run = become("managed-identity")
    azure.imds.fail("404", times=2)
    assert azure.entra.recognises_devops(run.token("managed-identity"))
    azure.imds.fail("404")
    azure.log.clear()
    with pytest.raises(CredentialError):
        run.token("managed-identity")
    assert len(azure.log(host="imds")) == 4


@pytest.mark.parametrize("method", ["client-secret", "workload-identity", "github-actions"])
def test_no_redirect_takes_a_proof_elsewhere(
    method: Method, azure: LocalAzure, become: Become
) -> None:
    azure.entra.fail("redirect-to-host", where="oauth2")
    with pytest.raises(CredentialError, match="redirect"):
        become(method).token()
    assert not azure.log(host="other")


def test_no_redirect_takes_the_header_of_a_machine_elsewhere(
    azure: LocalAzure, become: Become
) -> None:
    azure.app_service.fail("redirect-to-host")
    with pytest.raises(CredentialError, match="redirect"):
        become("managed-identity", place="app-service").token()
    assert not azure.log(host="other")
