"""Obtaining credentials: variables, pip users' netrc and keyring, programs.

Nobody else reads a variable or a file that holds a credential.
"""

from __future__ import annotations

import netrc
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lading.core.access.scope import parse_url
from lading.core.access.token_text import ANY_USER, check_token, check_username
from lading.core.config import CredentialKind, Source
from lading.core.errors import CredentialError
from lading.core.secret import Credential, Secret
from lading.edges.tokens.programs import ask_keyring, ask_program


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variable:
    """A variable that holds a token, and the user name that goes with it."""

    name: str
    username: str
    where: str = ""


# In the order in which they are looked for; sources: facts of each host's documentation.
_TOKENS: dict[CredentialKind, tuple[_Variable, ...]] = {
    "azure-devops": (
        _Variable(
            name="SYSTEM_ACCESSTOKEN",
            username="build",
            where=" (in Azure Pipelines, on this step: env: SYSTEM_ACCESSTOKEN: "
            "$(System.AccessToken))",
        ),
        _Variable(name="AZURE_DEVOPS_EXT_PAT", username="build", where=" (a PAT)"),
    ),
    "github": (
        _Variable(name="GH_TOKEN", username="x-access-token"),
        _Variable(
            name="GITHUB_TOKEN",
            username="x-access-token",
            where=" (in GitHub Actions, on this step: env: GITHUB_TOKEN: ${{ github.token }})",
        ),
    ),
    "gitlab": (
        _Variable(name="CI_JOB_TOKEN", username="gitlab-ci-token"),
        _Variable(name="GITLAB_TOKEN", username="__token__"),
    ),
    "bitbucket": (_Variable(name="BITBUCKET_TOKEN", username="x-token-auth"),),
    "artifactory": (_Variable(name="ARTIFACTORY_TOKEN", username=""),),
}
_ARTIFACTORY_USER = "ARTIFACTORY_USER"


def credential_variables(source: Source) -> tuple[str, ...]:
    """Return the names of all variables that may hold this source's credential."""
    spec = source.credential
    if spec.kind == "env":
        return spec.arguments
    names = tuple(variable.name for variable in _TOKENS.get(spec.kind, ()))
    user = (_ARTIFACTORY_USER,) if spec.kind == "artifactory" else ()
    return (*names, *user, *source.environment)


def read_ambient_secrets(
    sources: Iterable[Source], ambient: Mapping[str, str]
) -> tuple[Secret, ...]:
    """Return the values of all variables that may hold a credential of these sources.

    They are what must not be found in a package, whether this run uses them or not.
    """
    names: set[str] = set()
    for source in sources:
        kind = source.credential.kind
        # The last variable of `env` is the password's; a user name before it is no secret.
        names |= set(source.credential.arguments[-1:]) if kind == "env" else set()
        names |= {variable.name for variable in _TOKENS.get(kind, ())}
    return tuple(Secret(ambient[name]) for name in sorted(names) if ambient.get(name))


def issue_credential(source: Source, *, ambient: Mapping[str, str]) -> Credential | None:
    """Obtain the credential that a source declares; None for `credential = "none"`.

    The first one present is used. Raises CredentialError where there is none, with what to set.
    """
    kind = source.credential.kind
    match kind:
        case "none":
            return None
        case "env":
            return _from_variables(source, ambient)
        case "netrc":
            return _from_netrc(source, ambient)
        case "keyring":
            return ask_keyring(source, ambient)
        case "command":
            return ask_program(source, ambient)
        case "azure-devops" | "github" | "gitlab" | "bitbucket" | "artifactory":
            return _from_token(source, ambient)


def _from_token(source: Source, ambient: Mapping[str, str]) -> Credential:
    variables = _TOKENS[source.credential.kind]
    for variable in variables:
        token = ambient.get(variable.name, "").strip()
        if not token:
            continue
        password = check_token(token, source, f"the variable {variable.name}")
        if source.credential.kind == "artifactory":
            user = ambient.get(_ARTIFACTORY_USER, "").strip()
            return Credential(
                username=user, password=password, scheme="Basic" if user else "Bearer"
            )
        return Credential(username=variable.username, password=password)
    names = " or ".join(variable.name + variable.where for variable in variables)
    raise CredentialError(
        f'no credential for source {source.name}: credential = "{source.credential}", and none of '
        f"{', '.join(variable.name for variable in variables)} is set",
        remedy=f"Set {names}.",
    )


def _from_variables(source: Source, ambient: Mapping[str, str]) -> Credential:
    names = source.credential.arguments
    unset = [name for name in names if not ambient.get(name, "").strip()]
    if unset:
        raise CredentialError(
            f'no credential for source {source.name}: credential = "{source.credential}", and '
            f"{' and '.join(unset)} is not set",
            remedy=f"Set {' and '.join(unset)} in the environment, or in .env at the project's "
            "root.",
        )
    values = [ambient[name].strip() for name in names]
    password = check_token(values[-1], source, f"the variable {names[-1]}")
    if len(values) == 1:
        return Credential(username=ANY_USER, password=password)
    return Credential(username=check_username(values[0], source), password=password)


def _from_netrc(source: Source, ambient: Mapping[str, str]) -> Credential:
    host = parse_url(source.url).host
    home = Path(ambient.get("HOME") or ambient.get("USERPROFILE") or ".")
    named = ambient.get("NETRC")
    candidates = (Path(named),) if named else (home / ".netrc", home / "_netrc")
    path = next((candidate for candidate in candidates if candidate.is_file()), None)
    told = " or ".join(str(candidate) for candidate in candidates)
    remedy = f"Add the lines `machine {host}`, `login …` and `password …` to {path or told}."
    if path is None:
        raise CredentialError(
            f"no credential for source {source.name}: there is no {told}", remedy=remedy
        )
    try:
        entries = netrc.netrc(str(path)).hosts
    except (netrc.NetrcParseError, OSError, UnicodeDecodeError) as error:
        # The parser's own words may quote a password.
        line = f" in line {error.lineno}" if isinstance(error, netrc.NetrcParseError) else ""
        raise CredentialError(
            f"no credential for source {source.name}: {path} cannot be read{line}",
            remedy="Correct the file.",
        ) from None
    # The entry `default` is for hosts that nobody thought of; a private source deserves its own.
    entry = next(
        (entries[key] for key in entries if key != "default" and key.lower() == host), None
    )
    if entry is None or not entry[2]:
        raise CredentialError(
            f"no credential for source {source.name}: {path} has no entry for {host}",
            remedy=remedy,
        )
    user = check_username(entry[0] or ANY_USER, source)
    return Credential(username=user, password=check_token(entry[2], source, str(path)))
