"""What goes wrong with the hosts, and what azure-identity makes of it, which lading has to know."""

from __future__ import annotations

import pytest
from azure.core.exceptions import AzureError, DecodeError
from azure.identity import AzurePipelinesCredential, ClientSecretCredential

from lading.core.identity import Method
from local_azure import LocalAzure
from local_azure.identity.actions import GitHubActions
from local_sources import Fault
from local_sources.hosts import Host
from tests.local_azure.conftest import SCOPE, Enter, Sign

FAULTS: tuple[Fault, ...] = (
    *("401", "403", "404", "500", "503", "garbage", "truncate", "sign-in"),
    *("redirect-to-http", "redirect-to-port", "redirect-to-host"),
)


def hosts(azure: LocalAzure, method: Method) -> tuple[Host, ...]:
    """Return the hosts on the way to a token, whose trouble azure-identity itself meets."""
    ways: dict[Method, tuple[Host, ...]] = {
        "client-secret": (azure.entra,),
        "workload-identity": (azure.entra,),
        "azure-pipelines": (azure.azure_pipelines, azure.entra),
        "managed-identity": (azure.imds,),
    }
    return ways[method]


@pytest.mark.parametrize(
    "method", ["client-secret", "workload-identity", "azure-pipelines", "managed-identity"]
)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_host_ends_in_an_error_and_a_redirect_is_not_followed(
    fault: Fault, method: Method, azure: LocalAzure, sign_in: Sign
) -> None:
    for host in hosts(azure, method):
        host.fail(fault)
        # JSON that does not parse is not always one of the library's own errors.
        with pytest.raises((AzureError, ValueError)):
            sign_in(method).get_token(SCOPE)
        assert azure.log(host=host.name)
        host.heal()
    assert not azure.log(host="other")
    assert not azure.log(host="plain")


def test_an_error_of_the_library_may_show_the_token(azure: LocalAzure, sign_in: Sign) -> None:
    azure.entra.fail("garbage", where="/token")
    with pytest.raises(DecodeError) as error:
        sign_in("workload-identity").get_token(SCOPE)
    assert azure.issued[-1] in str(error.value)


def test_an_authority_without_tls_is_refused(azure: LocalAzure) -> None:
    entra = azure.entra
    with pytest.raises(ValueError, match="https"):
        ClientSecretCredential(
            entra.tenant, entra.client_id, entra.client_secret, authority=azure.plain.origin
        )
    assert not azure.log()


def test_the_library_shows_the_token_of_the_job_to_a_host_without_tls(
    azure: LocalAzure, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = enter("azure-pipelines")
    address = azure.azure_pipelines.request_uri
    lure = address.replace(azure.azure_pipelines.origin, azure.plain.origin)
    monkeypatch.setenv("SYSTEM_OIDCREQUESTURI", lure)
    with AzurePipelinesCredential(
        tenant_id=azure.entra.tenant,
        client_id=azure.entra.client_id,
        service_connection_id=run["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"],
        system_access_token=run["SYSTEM_ACCESSTOKEN"],
        disable_instance_discovery=True,
    ) as credential:
        credential.get_token(SCOPE)
    (leak,) = azure.log.leaks("system-access-token", home="azure-pipelines")
    assert (leak.host, leak.status) == ("plain", 200)


def test_a_reset_brings_back_what_was(azure: LocalAzure, sign_in: Sign) -> None:
    actions: GitHubActions = azure.github_actions
    directory = azure.entra.directory
    before = (directory.system_assigned, list(directory.federations), azure.entra.origin)
    azure.entra.lifetime = actions.lifetime = azure.azure_pipelines.lifetime = 1
    actions.environment = "production"
    azure.azure_pipelines.connections.clear()
    directory.federations.clear()
    directory.system_assigned = None
    azure.entra.refuse(7000222)
    azure.imds.stop()
    azure.reset()
    after = (directory.system_assigned, list(directory.federations), azure.entra.origin)
    assert after == before
    assert (azure.issued, azure.log()) == ((), ())
    assert actions.subject == "repo:acme/orders:ref:refs/heads/main"
    for method in ("azure-pipelines", "github-actions", "managed-identity"):
        sign_in(method).get_token(SCOPE)
