"""The environment of a run, lent to azure-identity: it reads the one of its process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import urllib3
from azure.core.credentials import TokenCredential
from azure.identity import (
    AzureCliCredential,
    AzureDeveloperCliCredential,
    AzurePipelinesCredential,
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from lading.core.identity import Method
from local_azure import AZURE_DEVOPS, EXCHANGE, LocalAzure
from local_azure.identity.runs import Place
from local_sources import LocalSources

SCOPE = f"{AZURE_DEVOPS}/.default"
Enter = Callable[..., dict[str, str]]


@pytest.fixture
def enter(
    azure: LocalAzure,
    sources: LocalSources,
    ambient: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Enter:
    """Return what makes this process the run of a method, and gives its variables."""

    def become(method: Method, *, place: Place = "machine") -> dict[str, str]:
        for name in os.environ:
            # pytest's own variable changes while a test runs.
            if name != "PYTEST_CURRENT_TEST":
                monkeypatch.delenv(name)
        variables = sources.environment(ambient)
        variables |= azure.variables(method, folder=tmp_path / "run", place=place)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return variables

    return become


Sign = Callable[[Method], TokenCredential]


@pytest.fixture
def sign_in(enter: Enter) -> Iterator[Sign]:
    """Return what gives the credential of azure-identity in the run of a method."""
    with ExitStack() as opened:

        def credential(method: Method) -> TokenCredential:
            made = CREDENTIALS[method](enter(method))
            opened.callback(getattr(made, "close"))  # noqa: B009 - the protocol does not have it
            return made

        yield credential


def github_proof(run: Mapping[str, str], audience: str = EXCHANGE) -> str:
    """Ask GitHub's endpoint as GitHub's own toolkit does."""
    headers = {"Authorization": f"Bearer {run['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"}
    url = f"{run['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={audience}"
    with urllib3.PoolManager(ca_certs=run["SSL_CERT_FILE"], retries=False, timeout=60) as pool:
        proof: str = pool.request("GET", url, headers=headers).json()["value"]
    return proof


def _application(run: Mapping[str, str]) -> tuple[str, str]:
    return run["AZURE_TENANT_ID"], run["AZURE_CLIENT_ID"]


# Tokens are asked for once, so that a fault is seen at once.
_ONCE: dict[str, Any] = {"disable_instance_discovery": True, "retry_total": 0}
CREDENTIALS: Mapping[Method, Callable[[Mapping[str, str]], TokenCredential]] = {
    "client-secret": lambda run: ClientSecretCredential(
        *_application(run), run["AZURE_CLIENT_SECRET"], **_ONCE
    ),
    "client-certificate": lambda run: CertificateCredential(
        *_application(run), run["AZURE_CLIENT_CERTIFICATE_PATH"], **_ONCE
    ),
    "workload-identity": lambda _: WorkloadIdentityCredential(**_ONCE),
    "azure-pipelines": lambda run: AzurePipelinesCredential(
        tenant_id=run["AZURESUBSCRIPTION_TENANT_ID"],
        client_id=run["AZURESUBSCRIPTION_CLIENT_ID"],
        service_connection_id=run["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"],
        system_access_token=run["SYSTEM_ACCESSTOKEN"],
        **_ONCE,
    ),
    "github-actions": lambda run: ClientAssertionCredential(
        *_application(run), lambda: github_proof(run), **_ONCE
    ),
    "managed-identity": lambda _: ManagedIdentityCredential(retry_total=0),
    "azure-cli": lambda _: AzureCliCredential(),
    "azd": lambda _: AzureDeveloperCliCredential(),
}
