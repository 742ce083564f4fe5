"""Obtaining credentials: variables, Entra ID, exchanges, netrc and keyring, programs.

Nobody else reads a variable or a file that holds a credential.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from lading.core.access.issued import Issued
from lading.core.config import GitSource, Source
from lading.core.errors import CredentialError
from lading.edges.tokens.artifactory import OFFERS, exchange_proof
from lading.edges.tokens.azure_devops import issue_for_azure_devops
from lading.edges.tokens.github_app import APP_ID, APP_KEY, has_app, issue_app_token
from lading.edges.tokens.netrc_file import read_netrc
from lading.edges.tokens.programs import ask_keyring, ask_program
from lading.edges.tokens.surroundings import Surroundings
from lading.edges.tokens.variables import TOKENS, read_named_variables

# What a user keeps somewhere: it is looked up, and nobody issues it.
_ASKED: Mapping[str, Callable[[Source, Mapping[str, str]], Issued]] = {
    "env": read_named_variables,
    "netrc": read_netrc,
    "keyring": ask_keyring,
    "command": ask_program,
}


def issue_credential(source: Source, url: str, *, surroundings: Surroundings) -> Issued | None:
    """Obtain what opens a URL of a source; None for `credential = "none"`.

    The first one present is used. Raises CredentialError where there is none, with what to set.
    """
    issued = _issue(source, url, surroundings)
    if issued is None:
        return None
    surroundings.keep(issued.credential.password)
    now = surroundings.now()
    if issued.is_over(now):
        raise CredentialError(
            f"no credential for source {source.name}: {issued.origin} gives one that has expired",
            remedy="Renew it there; if it is new, check this machine's clock.",
        )
    return issued if issued.obtained else replace(issued, obtained=now)


def _issue(source: Source, url: str, surroundings: Surroundings) -> Issued | None:
    ambient = surroundings.ambient
    match source.credential.kind:
        case "none":
            return None
        case "env" | "netrc" | "keyring" | "command" as kind:
            return _ASKED[kind](source, ambient)
        case "github" if has_app(source, ambient):
            return issue_app_token(source, url, surroundings)
        case "azure-devops":
            return issue_for_azure_devops(source, surroundings)
        case "github" | "gitlab" | "bitbucket" | "artifactory":
            return _first_present(source, surroundings)


def _first_present(source: Source, surroundings: Surroundings) -> Issued:
    exchanged = exchange_proof(source, surroundings)
    if exchanged is not None:
        return exchanged
    variables = TOKENS[source.credential.kind]
    for variable in variables:
        issued = variable.read(source, surroundings.ambient)
        if issued is not None:
            return issued
    names = " or ".join(variable.name + variable.where for variable in variables)
    raise CredentialError(
        f'no credential for source {source.name}: credential = "{source.credential}", and none of '
        f"{', '.join(variable.name for variable in variables)} is set",
        remedy=f"Set {names}.{_what_else(source, surroundings)}",
    )


def _what_else(source: Source, surroundings: Surroundings) -> str:
    """Return what else could have opened a source, or why what is there cannot."""
    if source.credential.kind == "artifactory" and source.credential.arguments:
        return f" Or offer a proof of identity: {OFFERS}"
    if source.credential.kind == "github" and isinstance(source, GitSource):
        return f" Or give a GitHub App: {APP_ID} and {APP_KEY}."
    if source.credential.kind == "github" and APP_ID in surroundings.ambient:
        return f" {APP_ID} is set, but an App opens Git repositories, no index."
    return ""
