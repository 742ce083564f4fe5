"""Programs that somebody signed in with are asked, given no secret, and not waited for."""

from __future__ import annotations

import datetime as dt

import pytest

from lading.core.errors import CredentialError
from lading.core.identity import Method, parse_identity
from lading.core.identity.clouds import AZURE_DEVOPS
from lading.core.identity.refusals import UnavailableError
from lading.edges.tokens.entra import Entra
from local_azure import LocalAzure
from tests.edges.tokens.entra.runs import Become


@pytest.mark.parametrize("program", ["az", "azd"])
def test_a_program_is_given_no_secret(program: str, azure: LocalAzure, become: Become) -> None:
    run = become(
        "azure-cli",
        SYSTEM_ACCESSTOKEN="s3cr3t-of-the-job",
        AZURE_CLIENT_SECRET="s3cr3t-of-the-app",
        ACTIONS_ID_TOKEN_REQUEST_TOKEN="s3cr3t-of-github",
        MY_OWN_PASSWORD="s3cr3t-of-mine",
    )
    run.token("azure-cli" if program == "az" else "azd")
    (call,) = azure.calls(run.folder)
    assert call.program == program
    assert "s3cr3t" not in str(call.environment)
    assert set(call.environment) & {"AZURE_CONFIG_DIR", "HOME", "PATH"}


@pytest.mark.parametrize(("method", "says"), [("azure-cli", "az login"), ("azd", "azd auth login")])
def test_a_program_that_nobody_signed_in_is_unavailable(
    method: Method, says: str, azure: LocalAzure, become: Become
) -> None:
    run = become(method)
    azure.sign_out(run.folder)
    with pytest.raises(UnavailableError, match="not signed in") as caught:
        run.token(method)
    assert says in caught.value.remedy


def test_a_program_that_is_absent_is_unavailable(become: Become) -> None:
    run = become("client-secret")
    with pytest.raises(UnavailableError, match="az is not on PATH"):
        run.token("azure-cli")


def test_a_program_that_hangs_is_ended(become: Become) -> None:
    run = become("azure-cli")
    (run.folder / "az").write_text("#!/bin/sh\nsleep 300\n")
    with pytest.raises(UnavailableError, match=r"did not end within 1 s"):
        run.token("azure-cli", program_limit=1)


def test_a_program_that_prints_something_else_is_told_without_what_it_printed(
    become: Become,
) -> None:
    run = become("azure-cli")
    (run.folder / "az").write_text('#!/bin/sh\necho \'{"accessToken": "s3cr3t"}\'\n')
    with pytest.raises(CredentialError, match="no token that can be read") as caught:
        run.token("azure-cli")
    assert "s3cr3t" not in str(caught.value)


def test_an_older_program_tells_the_end_of_its_token_in_local_time(become: Become) -> None:
    run = become("azure-cli", TZ="Asia/Tokyo")
    printed = '{"accessToken": "t", "expiresOn": "2030-01-01 00:00:00.000000"}'
    (run.folder / "az").write_text(f"#!/bin/sh\necho '{printed}'\n")
    entra = Entra(run.surroundings)
    choice = entra.choose(parse_identity("azure-cli"))
    assert choice is not None
    there = dt.datetime.fromisoformat("2030-01-01 00:00:00").timestamp()
    assert entra.token(choice, AZURE_DEVOPS).expires == there
