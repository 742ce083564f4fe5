"""The environment of a run that has an identity, and what is secret in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

from lading.core.identity import Method
from local_azure.identity.actions import OWNER, REF, REPOSITORY, GitHubActions
from local_azure.identity.entra import Entra
from local_azure.identity.managed import AppService, Imds
from local_azure.identity.pipelines import AzurePipelines
from local_azure.identity.programs import write_programs
from local_sources.certificates import Certificates

# Where a managed identity is asked for: on a virtual machine, or inside App Service.
Place = Literal["machine", "app-service"]
_FEDERATED_TOKEN = "federated-token"  # noqa: S105 - the name of a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Who may run, and where."""

    entra: Entra
    imds: Imds
    app_service: AppService
    azure_pipelines: AzurePipelines
    github_actions: GitHubActions
    federated_token: str
    certificates: Certificates
    path: str

    def variables(self, method: Method, *, folder: Path, place: Place) -> dict[str, str]:
        """Return what the environment of a run with this identity has; write its files."""
        entra = self.entra
        application = {"AZURE_TENANT_ID": entra.tenant, "AZURE_CLIENT_ID": entra.client_id}
        match method:
            case "client-secret":
                own = application | {"AZURE_CLIENT_SECRET": entra.client_secret}
            case "client-certificate":
                own = application | {"AZURE_CLIENT_CERTIFICATE_PATH": str(entra.certificate)}
            case "workload-identity":
                own = application | self._workload_identity(folder)
            case "azure-pipelines":
                own = self._azure_pipelines()
            case "github-actions":
                own = application | self._github_actions()
            case "managed-identity":
                own = self._managed_identity(place)
            case "azure-cli" | "azd":
                own = write_programs(folder, entra, self.certificates)
                own["PATH"] = f"{folder}{os.pathsep}{self.path}"
            case _:
                assert_never(method)
        return {"AZURE_AUTHORITY_HOST": entra.origin, **own}

    def secrets(self, method: Method) -> tuple[str, ...]:
        """Return every secret that such a run holds before it asks for a token."""
        match method:
            case "client-secret" | "azure-cli" | "azd":
                return (self.entra.client_secret,)
            case "client-certificate":
                return (self.entra.directory.certificate.key_text,)
            case "workload-identity":
                return (self.federated_token,)
            case "azure-pipelines":
                return (self.azure_pipelines.access_token,)
            case "github-actions":
                return (self.github_actions.request_token,)
            case "managed-identity":
                return (self.app_service.header,)
            case _:
                assert_never(method)

    def _workload_identity(self, folder: Path) -> dict[str, str]:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / _FEDERATED_TOKEN
        file.touch(mode=0o600)
        file.write_text(self.federated_token, "utf-8")
        return {"AZURE_FEDERATED_TOKEN_FILE": str(file)}

    def _azure_pipelines(self) -> dict[str, str]:
        pipelines = self.azure_pipelines
        connection = pipelines.connection
        return {
            "TF_BUILD": "True",
            "SYSTEM_ACCESSTOKEN": pipelines.access_token,
            "SYSTEM_OIDCREQUESTURI": pipelines.request_uri,
            "SYSTEM_COLLECTIONURI": pipelines.collection_uri,
            "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": pipelines.collection_uri,
            "SYSTEM_COLLECTIONID": pipelines.job.collection_id,
            "SYSTEM_TEAMPROJECT": pipelines.job.project,
            "SYSTEM_TEAMPROJECTID": pipelines.job.project_id,
            "SYSTEM_PLANID": pipelines.job.plan_id,
            "SYSTEM_JOBID": pipelines.job.job_id,
            # Tasks such as AzureCLI@2 tell these of the service connection that they were given.
            "AZURESUBSCRIPTION_CLIENT_ID": connection.client_id,
            "AZURESUBSCRIPTION_TENANT_ID": connection.tenant,
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": connection.id,
        }

    def _github_actions(self) -> dict[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": self.github_actions.request_url,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.github_actions.request_token,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_REPOSITORY_OWNER": OWNER,
            "GITHUB_REF": REF,
        }

    def _managed_identity(self, place: Place) -> dict[str, str]:
        if place == "machine":
            return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": self.imds.origin}
        return {
            "IDENTITY_ENDPOINT": self.app_service.endpoint,
            "IDENTITY_HEADER": self.app_service.header,
        }
