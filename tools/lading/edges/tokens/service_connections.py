"""Azure DevOps' service connections: whom a pipeline may sign in as."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from lading.core.access.said import said
from lading.core.errors import CredentialError
from lading.core.identity import is_guid
from lading.core.identity.variables import (
    CLIENT,
    CONNECTION,
    CONNECTION_CLIENT,
    CONNECTION_TENANT,
    PIPELINE_TOKEN,
    TENANT,
    value_of,
)
from lading.core.secret import Secret
from lading.edges.tokens.issuers import IssuerCall, ask_issuer, read_fields
from lading.edges.tokens.surroundings import Surroundings

_COLLECTION = "SYSTEM_COLLECTIONURI"
_PROJECTS = ("SYSTEM_TEAMPROJECTID", "SYSTEM_TEAMPROJECT")
_FEDERATED = "workloadidentityfederation"
_PERMIT = (
    "Check its name, and that this pipeline may use it: Project settings, Service connections, "
    "Security, Pipeline permissions. With its id and AZURE_CLIENT_ID and AZURE_TENANT_ID set, "
    "nothing has to be looked up."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A service connection with workload identity federation: its id, and whom it signs in as."""

    id: str
    client: str
    tenant: str


def find_connection(named: str, surroundings: Surroundings) -> Connection:
    """Return a connection by its id or name, or with "" that of the task.

    What the variables tell is not asked for. Raises CredentialError.
    """
    ambient = surroundings.ambient
    of_task = value_of(CONNECTION, ambient)
    client, tenant = value_of(CLIENT, ambient), value_of(TENANT, ambient)
    if named.lower() in {"", of_task.lower()}:
        client = client or value_of(CONNECTION_CLIENT, ambient)
        tenant = tenant or value_of(CONNECTION_TENANT, ambient)
    wanted = named or of_task
    if is_guid(wanted) and client and tenant:
        return Connection(id=wanted, client=client, tenant=tenant)
    found = _look_up(wanted, surroundings)
    return Connection(id=found.id, client=client or found.client, tenant=tenant or found.tenant)


def _look_up(wanted: str, surroundings: Surroundings) -> Connection:
    ambient = surroundings.ambient
    collection = value_of(_COLLECTION, ambient)
    project = next((value for name in _PROJECTS if (value := value_of(name, ambient))), "")
    if not collection or not project:
        raise CredentialError(
            f'the service connection "{wanted}" cannot be looked up: {_COLLECTION} and '
            f"{_PROJECTS[0]} are not both set",
            remedy="Run it in Azure Pipelines, or write the connection's id and set "
            f"{CLIENT} and {TENANT}.",
        )
    key = "endpointIds" if is_guid(wanted) else "endpointNames"
    url = (
        f"{collection.rstrip('/')}/{quote(project, safe='')}/_apis/serviceendpoint/endpoints"
        f"?{key}={quote(wanted, safe='')}&api-version=7.1"
    )
    token = Secret(value_of(PIPELINE_TOKEN, ambient))
    call = IssuerCall(whose="Azure DevOps' list of service connections", url=url, bearer=token)
    answer = ask_issuer(call, surroundings)
    rows = read_fields(answer).get("value")
    listed = rows if isinstance(rows, list) else []
    row = next((row for row in listed if isinstance(row, dict)), None)
    if row is None:
        status = "" if isinstance(rows, list) else f" (status {answer.status}){said(answer)}"
        raise CredentialError(
            f'this pipeline finds no service connection "{wanted}"{status}', remedy=_PERMIT
        )
    return _read(row, wanted)


def _read(row: dict[str, object], wanted: str) -> Connection:
    authorization = row.get("authorization")
    scheme, parameters = "", {}
    if isinstance(authorization, dict):
        scheme = str(authorization.get("scheme", ""))
        held = authorization.get("parameters")
        parameters = held if isinstance(held, dict) else {}
    if scheme.lower() != _FEDERATED:
        raise CredentialError(
            f'the service connection "{wanted}" has no workload identity federation (its scheme is '
            f'"{scheme[:40]}")',
            remedy="Convert it in Project settings, Service connections; or run the step as "
            'AzureCLI@2 with it and write identity = "azure-cli".',
        )
    texts = {str(name).lower(): str(value) for name, value in parameters.items()}
    found = Connection(
        id=str(row.get("id", "")),
        client=texts.get("serviceprincipalid", ""),
        tenant=texts.get("tenantid", ""),
    )
    if not all((found.id, found.client, found.tenant)):
        raise CredentialError(
            f'Azure DevOps does not tell this pipeline whom "{wanted}" signs in as', remedy=_PERMIT
        )
    return found
