"""Azure Pipelines as a job sees it: proofs of identity for it, and its service connections.

https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken
https://learn.microsoft.com/rest/api/azure/devops/serviceendpoint/endpoints
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from local_azure.answers import read_query, send_json
from local_azure.identity.directory import EXCHANGE, Directory, Federation
from local_azure.identity.mint import Known, Mint
from local_sources.azure_artifacts import Unauthorised
from local_sources.faults import refuse
from local_sources.hosts import Footing, Host

# Seconds, as of the real one.
_LIFETIME = 600
_TOKEN_NAME = "system-access-token"  # noqa: S105 - what the log calls it


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A service connection: what a pipeline calls an application of Entra ID that it may be."""

    name: str
    tenant: str
    client_id: str
    subject: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The run of a pipeline: where it is, by names and by ids."""

    organisation: str = "acme"
    project: str = "platform"
    pipeline: str = "orders"
    collection_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    project_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    plan_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    job_id: str = field(default_factory=lambda: str(uuid.uuid4()))


class AzurePipelines(Host):
    """The endpoints of Azure DevOps that a running job may ask, with its System.AccessToken.

    `connections` can be changed; `lifetime` is that of the proofs to come, in seconds.
    """

    def __init__(self, directory: Directory, footing: Footing, *, known: Known) -> None:
        super().__init__("azure-pipelines", self.answer, footing)
        self._unauthorised = Unauthorised()
        self.job = Job()
        self.access_token = known.add(secrets.token_hex(26), _TOKEN_NAME)
        name = "azure-pipelines-proof"
        # The proof for a service connection is Entra ID's own, any other is Azure DevOps'.
        self.connection_mint = Mint(name, directory.issuer, known=known)
        issuer = f"https://vstoken.dev.azure.com/{self.job.collection_id}"
        self.job_mint = Mint(name, issuer, known=known)
        self.connection = _connection(directory, self.job)
        directory.federate(Federation(issuer=directory.issuer, subject=self.connection.subject))
        self.reset()

    def reset(self) -> None:
        """Make everything as it was."""
        self.connections = [self.connection]
        self.lifetime = _LIFETIME

    @property
    def request_uri(self) -> str:
        """Return the value of SYSTEM_OIDCREQUESTURI."""
        job = self.job
        hub = f"{self.origin}/{job.organisation}/{job.project_id}/_apis/distributedtask/hubs/build"
        return f"{hub}/plans/{job.plan_id}/jobs/{job.job_id}/oidctoken"

    @property
    def collection_uri(self) -> str:
        """Return the value of SYSTEM_COLLECTIONURI."""
        return f"{self.origin}/{self.job.organisation}/"

    def recognises(self, token: str, audience: str = EXCHANGE) -> bool:
        """Say whether a proof is of this job, with or without a service connection, and valid."""
        mints = (self.connection_mint, self.job_mint)
        return any(mint.read(token, audience=audience) is not None for mint in mints)

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        if self._gate.identify(self.shown(environ))[0] != _TOKEN_NAME:
            return self._turn_away(environ, start_response)
        job, query = self.job, read_query(environ)
        endpoints = {
            f"/{job.organisation}/{project}/_apis/serviceendpoint/endpoints"
            for project in (job.project, job.project_id)
        }
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method == "POST" and path == urlsplit(self.request_uri).path:
            return self._prove(query, start_response)
        if method == "GET" and path in endpoints:
            return self._list(query, start_response)
        return refuse("404", start_response)

    def _turn_away(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        # A client that does not say that it is a program is sent to a page where people sign in.
        suppressed = environ.get("HTTP_X_TFS_FEDAUTHREDIRECT", "").lower() == "suppress"
        if suppressed or "HTTP_AUTHORIZATION" in environ:
            return self._unauthorised(environ, start_response)
        headers = [("Location", f"{self.origin}/_signin"), ("Content-Length", "0")]
        start_response("302 Found", headers)
        return []

    def _prove(self, query: Mapping[str, str], start_response: StartResponse) -> Iterable[bytes]:
        if "api-version" not in query:
            return _complain(
                'No api-version was supplied for the "POST" request. The version must be supplied '
                'either as part of the Accept header (e.g. "application/json; api-version=1.0") '
                'or as a query parameter (e.g. "?api-version=1.0").',
                "VssVersionNotSpecifiedException",
                start_response,
            )
        wanted = query.get("serviceConnectionId")
        job = self.job
        mint = self.job_mint
        subject = f"p://{job.organisation}/{job.project}/{job.pipeline}"
        if wanted is not None:
            connection = next((known for known in self.connections if known.id == wanted), None)
            if connection is None:
                return _complain(
                    f"Service connection with id {wanted} not found.",
                    "ServiceEndpointNotFoundException",
                    start_response,
                    status=HTTPStatus.NOT_FOUND,
                )
            mint, subject = self.connection_mint, connection.subject
        claims = {"sub": subject, "aud": EXCHANGE, "org_id": job.collection_id}
        return send_json({"oidcToken": mint.coin(claims, lifetime=self.lifetime)}, start_response)

    def _list(self, query: Mapping[str, str], start_response: StartResponse) -> Iterable[bytes]:
        found = self.connections
        if "endpointNames" in query:
            names = {name.lower() for name in query["endpointNames"].split(",")}
            found = [known for known in found if known.name.lower() in names]
        value = [self._described(connection) for connection in found]
        return send_json({"count": len(value), "value": value}, start_response)

    def _described(self, connection: Connection) -> dict[str, object]:
        parameters = {
            "tenantid": connection.tenant,
            "serviceprincipalid": connection.client_id,
            "workloadIdentityFederationIssuer": self.connection_mint.issuer,
            "workloadIdentityFederationIssuerType": "EntraID",
            "workloadIdentityFederationSubject": connection.subject,
        }
        project = {"id": self.job.project_id, "name": self.job.project}
        return {
            "data": {"environment": "AzureCloud", "scopeLevel": "Subscription"},
            "id": connection.id,
            "name": connection.name,
            "type": "azurerm",
            "url": "https://management.azure.com/",
            "description": "",
            "authorization": {"parameters": parameters, "scheme": "WorkloadIdentityFederation"},
            "isShared": False,
            "isReady": True,
            "owner": "library",
            "serviceEndpointProjectReferences": [
                {"projectReference": project, "name": connection.name, "description": ""}
            ],
        }


def _connection(directory: Directory, job: Job) -> Connection:
    identifier = str(uuid.uuid4())
    # As Entra ID gives them out today; sc://ORGANISATION/PROJECT/NAME was Azure DevOps' own.
    subject = f"/eid1/c/pub/t/{_short()}/a/{_short()}/sc/{job.collection_id}/{identifier}"
    return Connection(
        name="acme-azure",
        id=identifier,
        tenant=directory.tenant,
        client_id=directory.application.client_id,
        subject=subject,
    )


def _short() -> str:
    """Return a GUID as those subjects write it: 22 characters."""
    return secrets.token_urlsafe(16)


def _complain(
    message: str,
    kind: str,
    start_response: StartResponse,
    *,
    status: HTTPStatus = HTTPStatus.BAD_REQUEST,
) -> Iterable[bytes]:
    space = "Microsoft.TeamFoundation.DistributedTask.WebApi"
    body = {
        "$id": "1",
        "innerException": None,
        "message": message,
        "typeName": f"{space}.{kind}, {space}",
        "typeKey": kind,
        "errorCode": 0,
        "eventId": 3000,
    }
    return send_json(body, start_response, status=status)
