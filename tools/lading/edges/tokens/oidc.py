"""The proof of identity (an OIDC token) that a CI system gives a job, to be exchanged elsewhere."""

from __future__ import annotations

from urllib.parse import quote

from lading.core.access.said import said
from lading.core.errors import CredentialError
from lading.core.secret import Secret
from lading.edges.tokens.issuers import IssuerCall, ask_issuer, read_text
from lading.edges.tokens.surroundings import Surroundings

GITHUB_ADDRESS = "ACTIONS_ID_TOKEN_REQUEST_URL"
GITHUB_BEARER = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
AZURE_ADDRESS = "SYSTEM_OIDCREQUESTURI"
AZURE_BEARER = "SYSTEM_ACCESSTOKEN"
_GITHUB = "the OIDC token endpoint of GitHub Actions"
_AZURE = "the OIDC token endpoint of Azure Pipelines"
_AZURE_VERSION = "7.1"


def read_github_token(surroundings: Surroundings, audience: str) -> Secret:
    """Ask GitHub Actions for an OIDC token with this audience ("" for its default).

    The job needs the permission `id-token: write`. Raises CredentialError, also for an endpoint
    that is not https.
    """
    ambient = surroundings.ambient
    address = _value(surroundings, GITHUB_ADDRESS)
    if not address or not _value(surroundings, GITHUB_BEARER):
        raise CredentialError(
            "GitHub Actions offers this job no OIDC token "
            f"({GITHUB_ADDRESS} and {GITHUB_BEARER} are not set)",
            remedy="Give the job `permissions: id-token: write`.",
        )
    joint = "&" if "?" in address else "?"
    query = f"{joint}audience={quote(audience, safe='')}" if audience else ""
    call = IssuerCall(
        whose=_GITHUB, url=address + query, bearer=Secret(ambient[GITHUB_BEARER].strip())
    )
    answer = ask_issuer(call, surroundings)
    token = read_text(answer, "value")
    if not token:
        raise CredentialError(
            f"{_GITHUB} gave no token (status {answer.status}){said(answer)}",
            remedy="Give the job `permissions: id-token: write`; a run for a pull request from a "
            "fork gets none.",
        )
    return _kept(token, surroundings)


def read_azure_pipelines_token(surroundings: Surroundings, connection: str) -> Secret:
    """Ask Azure Pipelines for an OIDC token, that of a service connection's id where one is given.

    Its audience is always that of Entra ID. Raises CredentialError.
    """
    address = _value(surroundings, AZURE_ADDRESS)
    bearer = _value(surroundings, AZURE_BEARER)
    if not address or not bearer:
        raise CredentialError(
            f"Azure Pipelines offers this step no OIDC token ({AZURE_ADDRESS} and {AZURE_BEARER} "
            "are not both set)",
            remedy="Map the job's token to the step: env: SYSTEM_ACCESSTOKEN: "
            "$(System.AccessToken).",
        )
    query = f"?api-version={_AZURE_VERSION}"
    if connection:
        query += f"&serviceConnectionId={quote(connection, safe='')}"
    call = IssuerCall(whose=_AZURE, url=address + query, bearer=Secret(bearer), empty_post=True)
    answer = ask_issuer(call, surroundings)
    token = read_text(answer, "oidcToken")
    if not token:
        raise CredentialError(
            f"{_AZURE} gave no token (status {answer.status}){said(answer)}",
            remedy="Check the service connection (its id, and that this pipeline may use it) and "
            "that SYSTEM_ACCESSTOKEN is this job's own.",
        )
    return _kept(token, surroundings)


def _value(surroundings: Surroundings, name: str) -> str:
    return surroundings.ambient.get(name, "").strip()


def _kept(token: str, surroundings: Surroundings) -> Secret:
    secret = Secret(token)
    surroundings.keep(secret)
    return secret
