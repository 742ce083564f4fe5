"""The variables by which each way to sign in is set up, as Azure's own tools name them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from lading.core.errors import CredentialError
from lading.core.identity import Identity, Method
from lading.core.secret import Secret

CLIENT = "AZURE_CLIENT_ID"
TENANT = "AZURE_TENANT_ID"
SECRET = "AZURE_CLIENT_SECRET"  # noqa: S105 - the variable's name
CREDENTIALS = "AZURE_CREDENTIALS"
CERTIFICATE = "AZURE_CLIENT_CERTIFICATE_PATH"
CERTIFICATE_PASSWORD = "AZURE_CLIENT_CERTIFICATE_PASSWORD"  # noqa: S105 - the variable's name
TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE"  # noqa: S105 - the variable's name
CONNECTION = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"
CONNECTION_CLIENT = "AZURESUBSCRIPTION_CLIENT_ID"
CONNECTION_TENANT = "AZURESUBSCRIPTION_TENANT_ID"
PIPELINE_ADDRESS = "SYSTEM_OIDCREQUESTURI"
PIPELINE_TOKEN = "SYSTEM_ACCESSTOKEN"  # noqa: S105 - the variable's name
GITHUB_ADDRESS = "ACTIONS_ID_TOKEN_REQUEST_URL"
GITHUB_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 - the variable's name

# What holds a secret by which a project signs in; CI systems' own tokens are known elsewhere.
SECRET_VARIABLES = (SECRET, CREDENTIALS, CERTIFICATE_PASSWORD)

_NEEDED: Mapping[Method, tuple[str, ...]] = {
    "client-secret": (CLIENT, TENANT, SECRET),
    "client-certificate": (CLIENT, TENANT, CERTIFICATE),
    "workload-identity": (CLIENT, TENANT, TOKEN_FILE),
    "azure-pipelines": (PIPELINE_ADDRESS, PIPELINE_TOKEN),
    "github-actions": (GITHUB_ADDRESS, GITHUB_TOKEN, CLIENT, TENANT),
    "managed-identity": (),
    "azure-cli": (),
    "azd": (),
}
_REMEDIES: Mapping[Method, str] = {
    "client-secret": "Set them, or AZURE_CREDENTIALS to the JSON that azure/login takes.",
    "client-certificate": "Set them; the path is that of a PEM or PFX file with the key in it.",
    "workload-identity": "Set them; in Kubernetes the workload identity webhook does.",
    "azure-pipelines": "Run the step as AzureCLI@2 with the service connection, or name it in "
    '`identity = "azure-pipelines:CONNECTION"`, and map the job\'s token to the step: '
    "env: SYSTEM_ACCESSTOKEN: $(System.AccessToken).",
    "github-actions": "Give the job `permissions: id-token: write`, and the step AZURE_CLIENT_ID "
    "and AZURE_TENANT_ID of the app registration that trusts it.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A service principal that shows a secret; `origin` says which variables told of it."""

    client: str
    tenant: str
    secret: Secret
    origin: str


def value_of(name: str, ambient: Mapping[str, str]) -> str:
    """Return a variable's value, "" where it is not set or blank."""
    return ambient.get(name, "").strip()


def missing_variables(identity: Identity, ambient: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that a way to sign in needs and that are not set."""
    needed = _NEEDED[identity.method]
    if identity.method == "client-secret" and value_of(CREDENTIALS, ambient):
        return ()
    if identity.method == "azure-pipelines" and not identity.argument:
        needed = (*needed, CONNECTION)
    return tuple(name for name in needed if not value_of(name, ambient))


def lacks_variables(
    identity: Identity, missing: tuple[str, ...], *, because: str
) -> CredentialError:
    """Return the error of an identity that cannot sign in; `because` says why it is this one."""
    names = " and ".join((", ".join(missing[:-1]), missing[-1]) if missing[1:] else missing)
    are = "are" if missing[1:] else "is"
    other = ' Or write another way: identity = "azure-cli" in [tool.lading], for example.'
    return CredentialError(
        f'identity = "{identity}" ({because}) cannot sign in: {names} {are} not set',
        remedy=_REMEDIES.get(identity.method, "Set them.") + other,
    )


def read_principal(ambient: Mapping[str, str]) -> Principal:
    """Return the service principal of the three variables, else that of AZURE_CREDENTIALS.

    Raises CredentialError, which never quotes the JSON.
    """
    client, tenant = value_of(CLIENT, ambient), value_of(TENANT, ambient)
    secret = value_of(SECRET, ambient)
    if client and tenant and secret:
        return Principal(
            client=client, tenant=tenant, secret=Secret(secret), origin=f"the variable {SECRET}"
        )
    try:
        document = json.loads(ambient.get(CREDENTIALS, ""))
    except ValueError:
        raise _wrong_json("is no JSON document") from None
    if not isinstance(document, dict):
        raise _wrong_json("is no JSON object")
    keys = ("clientId", "tenantId", "clientSecret")
    texts = {key: text for key in keys if isinstance(text := document.get(key), str) and text}
    if len(texts) < len(keys):
        lacking = " and ".join(key for key in keys if key not in texts)
        raise _wrong_json(f"lacks {lacking}")
    return Principal(
        client=texts["clientId"],
        tenant=texts["tenantId"],
        secret=Secret(texts["clientSecret"]),
        origin=f"the variable {CREDENTIALS}",
    )


def _wrong_json(how: str) -> CredentialError:
    return CredentialError(
        f"the variable {CREDENTIALS} {how}",
        remedy='Write {"clientId": "…", "tenantId": "…", "clientSecret": "…"}, as azure/login '
        "takes it.",
    )
