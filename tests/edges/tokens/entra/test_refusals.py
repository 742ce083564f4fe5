"""What goes wrong is said in words that tell what to do, and shows nobody a secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lading.core.errors import CredentialError
from lading.core.identity import Method
from lading.core.identity.refusals import UnavailableError
from lading.edges.http import TimeLimits
from local_azure import LocalAzure
from local_sources.faults import Fault
from tests.edges.tokens.entra.runs import Become


@pytest.mark.parametrize("method", ["client-secret", "workload-identity", "azure-cli", "azd"])
@pytest.mark.parametrize("code", [7000215, 90002, 53003])
def test_a_refusal_is_told_by_its_code(
    method: Method, code: int, azure: LocalAzure, become: Become
) -> None:
    azure.entra.refuse(code)
    with pytest.raises(CredentialError, match=f"AADSTS{code}") as caught:
        become(method).token(method)
    assert not isinstance(caught.value, UnavailableError)
    assert "Trace ID" not in caught.value.message
    assert caught.value.__cause__ is None


def test_a_wrong_secret_is_told_and_not_shown(become: Become) -> None:
    run = become("client-secret", AZURE_CLIENT_SECRET="not-the-s3cr3t-at-all")
    with pytest.raises(CredentialError, match="the client secret is wrong") as caught:
        run.token()
    assert "s3cr3t" not in str(caught.value)
    assert "not its id" in caught.value.remedy


def test_a_mismatch_shows_the_subject_that_was_presented(azure: LocalAzure, become: Become) -> None:
    azure.entra.refuse(700213)
    with pytest.raises(CredentialError) as caught:
        become("github-actions").token()
    assert azure.github_actions.subject in caught.value.message


def test_an_authority_that_falls_silent_is_told(azure: LocalAzure, become: Become) -> None:
    azure.entra.fail("hang", where="oauth2")
    run = become("client-secret", limits=TimeLimits(connect=5, read=0.5))
    with pytest.raises(CredentialError, match="the server fell silent"):
        run.token()


@pytest.mark.parametrize("method", ["client-secret", "github-actions"])
@pytest.mark.parametrize("fault", ["500", "503", "garbage", "sign-in", "truncate"])
def test_an_authority_that_fails_is_told_in_a_line(
    method: Method,
    fault: Fault,
    azure: LocalAzure,
    become: Become,
    caplog: pytest.LogCaptureFixture,
) -> None:
    azure.entra.fail(fault, where="oauth2")
    with pytest.raises(CredentialError) as caught:
        become(method).token()
    assert len(caught.value.message) < 700
    assert "refused" not in caught.value.message
    assert not caplog.records


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere.pem"}, "No such file"),
        ({"AZURE_CLIENT_CERTIFICATE_PATH": __file__}, "no certificate with a key"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_told(
    variables: Mapping[str, str], says: str, become: Become
) -> None:
    run = become("client-certificate", **variables)
    with pytest.raises(CredentialError, match=says):
        run.token()


def test_a_token_file_that_is_missing_is_told(become: Become) -> None:
    run = become("workload-identity", AZURE_FEDERATED_TOKEN_FILE="/nowhere/token")
    with pytest.raises(CredentialError, match="/nowhere/token"):
        run.token()


def test_a_token_file_that_is_over_is_told(azure: LocalAzure, become: Become) -> None:
    run = become("workload-identity")
    Path(run.ambient["AZURE_FEDERATED_TOKEN_FILE"]).write_text(azure.federated_token(lifetime=0))
    with pytest.raises(CredentialError, match="has expired"):
        run.token()


def test_a_tenant_that_is_none_is_told(become: Become) -> None:
    run = become("client-secret", AZURE_TENANT_ID="not a tenant!")
    with pytest.raises(CredentialError, match="nobody can sign in with"):
        run.token()


def test_the_loggers_of_the_libraries_say_nothing(
    azure: LocalAzure, become: Become, caplog: pytest.LogCaptureFixture
) -> None:
    azure.entra.refuse(7000215)
    with pytest.raises(CredentialError):
        become("client-secret").token()
    assert not caplog.records
