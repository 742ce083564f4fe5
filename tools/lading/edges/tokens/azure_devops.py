"""What opens Azure DevOps: the job's own token, a token of Entra ID, or a PAT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lading.core.access.issued import Issued
from lading.core.config import Source
from lading.core.errors import CredentialError
from lading.core.identity.clouds import AZURE_DEVOPS
from lading.core.identity.refusals import UnavailableError
from lading.core.identity.variables import CLIENT, CREDENTIALS, TENANT
from lading.edges.tokens.entra import Entra
from lading.edges.tokens.surroundings import Surroundings
from lading.edges.tokens.variables import AZURE_DEVOPS_PAT, SYSTEM_ACCESSTOKEN

# Azure DevOps takes a token as the password of whatever user.
_ANY_USER = "build"


def issue_for_azure_devops(source: Source, surroundings: Surroundings) -> Issued:
    """Return the first of the three that is present; an identity of the source is the only way.

    Raises CredentialError where none is, and where one is refused: no other takes its place.
    """
    ambient = surroundings.ambient
    if source.identity is None:
        of_job = SYSTEM_ACCESSTOKEN.read(source, ambient)
        if of_job is not None:
            return of_job
    absent = ""
    try:
        token = _sign_in(source, surroundings)
    except UnavailableError as error:
        token, absent = None, error.message
    if token is not None:
        return token
    pat = AZURE_DEVOPS_PAT.read(source, ambient)
    if pat is not None:
        return replace(pat, reason=absent)
    raise CredentialError(
        f'no credential for source {source.name}: credential = "{source.credential}", and none of '
        f"{SYSTEM_ACCESSTOKEN.name}, {AZURE_DEVOPS_PAT.name} is set; "
        f"{absent or 'and nothing here can sign in to Entra ID'}",
        remedy=f"{_ways(ambient)}, or set {AZURE_DEVOPS_PAT.name}{AZURE_DEVOPS_PAT.where}.",
    )


def _ways(ambient: Mapping[str, str]) -> str:
    """Return what to set up first where the run takes place."""
    if ambient.get("GITHUB_ACTIONS") == "true":
        return (
            f"Give the job `permissions: id-token: write`, and the step {CLIENT} and {TENANT} of "
            f"an app registration that trusts it; or the step a service principal in {CREDENTIALS}"
        )
    return f"Set {SYSTEM_ACCESSTOKEN.name}{SYSTEM_ACCESSTOKEN.where}, sign in with az login"


def _sign_in(source: Source, surroundings: Surroundings) -> Issued | None:
    """Return a token of Entra ID, None where nothing here can sign in.

    Raises UnavailableError where nobody declared the identity, CredentialError else.
    """
    entra = Entra(surroundings)
    choice = entra.choose(source.identity or surroundings.identity)
    if choice is None:
        return None
    try:
        issued = entra.token(choice, AZURE_DEVOPS)
    except UnavailableError as error:
        if choice.is_declared:
            raise CredentialError(error.message, remedy=error.remedy) from None
        raise
    credential = replace(issued.credential, username=_ANY_USER, scheme="Basic")
    return replace(issued, credential=credential)
