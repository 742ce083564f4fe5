"""Obtaining credentials: variables, Entra ID, exchanges, netrc and keyring, programs.

Nobody else reads a variable or a file that holds a credential.
"""

from __future__ import annotations

from dataclasses import replace

from lading.core.access.issued import Issued
from lading.core.config import Source
from lading.core.errors import CredentialError
from lading.edges.tokens.netrc_file import read_netrc
from lading.edges.tokens.programs import ask_keyring, ask_program
from lading.edges.tokens.surroundings import Surroundings
from lading.edges.tokens.variables import TOKENS, read_named_variables


def issue_credential(source: Source, url: str, *, surroundings: Surroundings) -> Issued | None:
    """Obtain what opens a URL of a source; None for `credential = "none"`.

    The first one present is used. Raises CredentialError where there is none, with what to set.
    """
    issued = _issue(source, url, surroundings)
    if issued is None:
        return None
    surroundings.keep(issued.credential.password)
    return replace(issued, obtained=surroundings.now())


def _issue(source: Source, url: str, surroundings: Surroundings) -> Issued | None:
    del url
    ambient = surroundings.ambient
    match source.credential.kind:
        case "none":
            return None
        case "env":
            return read_named_variables(source, ambient)
        case "netrc":
            return read_netrc(source, ambient)
        case "keyring":
            return ask_keyring(source, ambient)
        case "command":
            return ask_program(source, ambient)
        case "azure-devops" | "github" | "gitlab" | "bitbucket" | "artifactory":
            return _first_present(source, surroundings)


def _first_present(source: Source, surroundings: Surroundings) -> Issued:
    variables = TOKENS[source.credential.kind]
    for variable in variables:
        issued = variable.read(source, surroundings.ambient)
        if issued is not None:
            return issued
    names = " or ".join(variable.name + variable.where for variable in variables)
    raise CredentialError(
        f'no credential for source {source.name}: credential = "{source.credential}", and none of '
        f"{', '.join(variable.name for variable in variables)} is set",
        remedy=f"Set {names}.",
    )
