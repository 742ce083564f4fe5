"""Which identity a run signs in with: the declared one, else what the place of the run offers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lading.core.identity import Choice, Identity, Method
from lading.core.identity.variables import (
    CERTIFICATE,
    CLIENT,
    CONNECTION,
    CREDENTIALS,
    GITHUB_ADDRESS,
    PIPELINE_ADDRESS,
    SECRET,
    TENANT,
    TOKEN_FILE,
    lacks_variables,
    missing_variables,
    value_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a run takes place: its variables, and which of `az` and `azd` are on PATH."""

    ambient: Mapping[str, str]
    programs: Collection[str]

    def has(self, *names: str) -> bool:
        return all(value_of(name, self.ambient) for name in names)

    def may(self, method: Method) -> bool:
        return not missing_variables(Identity(method=method), self.ambient)


def choose_identity(
    declared: Identity | None, ambient: Mapping[str, str], programs: Collection[str]
) -> Choice | None:
    """Return who a run is, and why; None where nothing here can sign in.

    `programs` are those of `az` and `azd` that are on PATH. What a machine's own metadata service
    would give cannot be seen without asking the network: that is taken only where it is declared.
    Raises CredentialError where a declared identity, or one that somebody began to set up, lacks a
    variable: taking another one silently would be a surprise.
    """
    if declared is not None:
        return _checked(declared, ambient, reason="it is declared", is_declared=True)
    place = _Place(ambient=ambient, programs=programs)
    for rule in (_by_variables, _of_pipelines, _of_github, _of_host, _of_program):
        found = rule(place)
        if found is not None:
            return _checked(found.identity, ambient, reason=found.reason)
    return None


def _checked(
    identity: Identity, ambient: Mapping[str, str], *, reason: str, is_declared: bool = False
) -> Choice:
    missing = missing_variables(identity, ambient)
    if missing:
        raise lacks_variables(identity, missing, because=reason)
    return Choice(identity=identity, reason=reason, is_declared=is_declared)


def _by_variables(place: _Place) -> Choice | None:
    """A secret, a certificate or a token file is set up by nobody by accident."""
    if place.has(SECRET) and place.may("client-secret"):
        return _choice("client-secret", f"{CLIENT}, {TENANT} and {SECRET} are set")
    if place.has(CREDENTIALS):
        return _choice("client-secret", f"{CREDENTIALS} holds a service principal")
    if place.has(SECRET):
        return _choice("client-secret", f"{SECRET} is set")
    if place.has(CERTIFICATE):
        return _choice("client-certificate", f"{CERTIFICATE} is set")
    if place.has(TOKEN_FILE):
        return _choice("workload-identity", f"{TOKEN_FILE} is set")
    return None


def _of_pipelines(place: _Place) -> Choice | None:
    if not place.has("TF_BUILD"):
        return None
    if place.has(CONNECTION) and place.may("azure-pipelines"):
        return _choice("azure-pipelines", f"this step has the service connection of {CONNECTION}")
    if "az" not in place.programs:
        return None
    told = "AzureCLI@2 signs in the Azure CLI in Azure Pipelines"
    if place.has(CONNECTION) and place.has(PIPELINE_ADDRESS):
        told += " (the job's token is not mapped to this step, so its connection was not asked)"
    return _choice("azure-cli", told + _left_aside(place))


def _of_github(place: _Place) -> Choice | None:
    if not place.has("GITHUB_ACTIONS"):
        return None
    if place.may("github-actions"):
        return _choice("github-actions", f"this job may ask GitHub for a token and {CLIENT} is set")
    if "az" not in place.programs:
        return None
    told = "azure/login signs in the Azure CLI in GitHub Actions"
    if place.has(CLIENT, TENANT) and not place.has(GITHUB_ADDRESS):
        told += f" ({CLIENT} is set, but the job has no `permissions: id-token: write`)"
        return _choice("azure-cli", told)
    return _choice("azure-cli", told + _left_aside(place))


def _of_host(place: _Place) -> Choice | None:
    """App Service, Functions, Container Apps, Automation and Machine Learning say it themselves."""
    endpoint = next(
        (
            endpoint
            for endpoint, header in (
                ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"),
                ("MSI_ENDPOINT", "MSI_SECRET"),
            )
            if place.has(endpoint, header)
        ),
        None,
    )
    if endpoint is None:
        return None
    client = value_of(CLIENT, place.ambient)
    whose = f", and {CLIENT} says which" if client else ""
    return Choice(
        identity=Identity(method="managed-identity", argument=client),
        reason=f"{endpoint} offers a managed identity here{whose}",
    )


def _of_program(place: _Place) -> Choice | None:
    if "az" in place.programs:
        return _choice("azure-cli", f"az is on PATH{_left_aside(place)}")
    if "azd" in place.programs:
        return _choice("azd", f"azd is on PATH{_left_aside(place)}")
    return None


def _left_aside(place: _Place) -> str:
    """Say of a principal that is named without anything to prove it that it was not used."""
    named = [name for name in (CLIENT, TENANT) if place.has(name)]
    if CLIENT not in named:
        return ""
    are = "are" if named[1:] else "is"
    return f" ({' and '.join(named)} {are} set, but nothing that proves that identity)"


def _choice(method: Method, reason: str) -> Choice:
    return Choice(identity=Identity(method=method), reason=reason)
