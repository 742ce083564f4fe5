"""The stand-ins for `az` and `azd` end as the real ones, and tell how they were started."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import AzureCliCredential, CredentialUnavailableError

from lading.core.identity import Method
from local_azure import AZURE_DEVOPS, LocalAzure
from tests.local_azure.conftest import SCOPE, Enter, Sign
from tests.support import leave_out


@pytest.mark.parametrize(
    ("method", "said"), [("azure-cli", "Please run 'az login'"), ("azd", "run 'azd auth login'")]
)
def test_nobody_is_signed_in(
    method: Method, said: str, azure: LocalAzure, sign_in: Sign, tmp_path: Path
) -> None:
    credential = sign_in(method)
    azure.sign_out(tmp_path / "run")
    with pytest.raises(CredentialUnavailableError, match=said):
        credential.get_token(SCOPE)


@pytest.mark.parametrize("method", ["azure-cli", "azd"])
def test_what_the_authority_said_is_passed_on(
    method: Method, azure: LocalAzure, sign_in: Sign
) -> None:
    credential = sign_in(method)
    azure.entra.refuse(7000222)
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000222: The provided client"):
        credential.get_token(SCOPE)


@pytest.mark.parametrize(
    ("method", "program", "arguments"),
    [
        (
            "azure-cli",
            "az",
            ["account", "get-access-token", "--output", "json", "--resource", AZURE_DEVOPS],
        ),
        ("azd", "azd", ["auth", "token", "--output", "json", "--no-prompt", "--scope", SCOPE]),
    ],
)
def test_a_call_is_written_down(
    method: Method,
    program: str,
    arguments: list[str],
    azure: LocalAzure,
    sign_in: Sign,
    tmp_path: Path,
) -> None:
    sign_in(method).get_token(SCOPE)
    (call,) = azure.calls(tmp_path / "run")
    assert (call.program, list(call.argv[1:])) == (program, arguments)
    assert call.environment["AZURE_AUTHORITY_HOST"] == azure.entra.origin


def test_an_unknown_command_is_an_error(enter: Enter, tmp_path: Path) -> None:
    run = enter("azure-cli")
    for program, words in (("az", ["login", "now"]), ("azd", ["up", "now"])):
        done = subprocess.run([tmp_path / "run" / program, *words], env=run, check=False)
        assert done.returncode == 2


def test_a_program_that_waits_for_the_authority_is_given_up(
    azure: LocalAzure, enter: Enter
) -> None:
    enter("azure-cli")
    azure.entra.fail("hang")
    with pytest.raises(CredentialUnavailableError, match="Failed to invoke the Azure CLI"):
        AzureCliCredential(process_timeout=1).get_token(SCOPE)
    azure.entra.heal()


@pytest.fixture
def own_time_zone() -> Iterator[None]:
    """Go back to this machine's time zone when the environment is as it was."""
    if not hasattr(time, "tzset"):
        leave_out("the time zone of a process cannot be changed here")
    yield
    time.tzset()


@pytest.mark.usefixtures("own_time_zone")
def test_the_library_misreads_the_end_of_azd_s_token_outside_utc(
    sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = sign_in("azd")
    monkeypatch.setenv("TZ", "XXX-9")
    time.tzset()
    # What lives an hour seems to have ended eight hours ago.
    assert round((credential.get_token(SCOPE).expires_on - time.time()) / 3600) == -8
