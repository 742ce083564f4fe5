"""Obtaining credentials: variables, pip users' netrc and keyring, programs.

Nobody else reads a variable or a file that holds a credential.
"""

from __future__ import annotations

import json
import netrc
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lading.core.config import CredentialKind, Source
from lading.core.errors import CredentialError
from lading.core.scope import parse_url
from lading.core.secret import Credential, Secret, hide_userinfo, redact
from lading.edges.processes import Completed, ProcessError, base_environment, run_process

# Seconds. A program may ask a person or a vault.
_PROGRAM_LIMIT = 60.0
_UNEXPANDED = re.compile(r"\$\(.*\)|\$\{\{.*\}\}|\$\{.*\}", re.DOTALL)
# What keyring's back ends need to find the user's store.
_KEYRING_VARIABLES = (
    "APPDATA",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "LOCALAPPDATA",
    "PYTHON_KEYRING_BACKEND",
    "WAYLAND_DISPLAY",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
)


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
# Basic needs a user name; where only a password is declared the hosts take any.
_ANY_USER = "token"


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
            return _from_keyring(source, ambient)
        case "command":
            return _from_program(source, ambient)
        case "azure-devops" | "github" | "gitlab" | "bitbucket" | "artifactory":
            return _from_token(source, ambient)


def _from_token(source: Source, ambient: Mapping[str, str]) -> Credential:
    variables = _TOKENS[source.credential.kind]
    for variable in variables:
        token = ambient.get(variable.name, "").strip()
        if not token:
            continue
        password = _checked(token, source, f"the variable {variable.name}")
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
    password = _checked(values[-1], source, f"the variable {names[-1]}")
    if len(values) == 1:
        return Credential(username=_ANY_USER, password=password)
    return Credential(username=_checked_user(values[0], source), password=password)


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
    user = _checked_user(entry[0] or _ANY_USER, source)
    return Credential(username=user, password=_checked(entry[2], source, str(path)))


def _from_keyring(source: Source, ambient: Mapping[str, str]) -> Credential:
    url = parse_url(source.url)
    # What pip asks for: the index's URL, then the host.
    for service in (source.url, url.origin.removeprefix("https://")):
        words = ("keyring", "--mode=creds", "--output=json", "get", service)
        credential = _keyring_pair(_run(words, source, ambient, also=_KEYRING_VARIABLES), source)
        if credential is not None:
            return credential
    # keyring before 25.2 knows no --mode and must be told the user; Azure's is always this one.
    azure = url.host.endswith((".azure.com", ".visualstudio.com"))
    user = "VssSessionToken" if azure else "__token__"
    answer = _run(("keyring", "get", source.url, user), source, ambient, also=_KEYRING_VARIABLES)
    password = answer.stdout.strip()
    if answer.code or not password:
        raise CredentialError(
            f"no credential for source {source.name}: keyring has none for {source.url}"
            + _words_of(answer, ambient),
            remedy=f"Store one: keyring set {source.url} USER",
        )
    return Credential(username=user, password=_checked(password, source, "keyring"))


def _keyring_pair(answer: Completed, source: Source) -> Credential | None:
    try:
        pair = json.loads(answer.stdout) if not answer.code else None
    except ValueError:
        return None
    if not isinstance(pair, dict) or not isinstance(pair.get("password"), str):
        return None
    return Credential(
        username=_checked_user(str(pair.get("username") or _ANY_USER), source),
        password=_checked(pair["password"], source, "keyring"),
    )


def _from_program(source: Source, ambient: Mapping[str, str]) -> Credential:
    """Ask a program as Git asks its helpers (gitcredentials(7)).

    Nothing is appended to the words that were declared: a helper is declared with its `get`
    (`command:git-credential-manager get`), any other program prints the password and no more.
    """
    url = parse_url(source.url)
    host = url.origin.removeprefix("https://")
    question = f"protocol=https\nhost={host}\npath={url.path.strip('/')}\n\n"
    words = source.credential.arguments
    answer = _run(words, source, ambient, also=source.environment, question=question)
    told = dict(line.split("=", 1) for line in answer.stdout.splitlines() if _is_attribute(line))
    first = answer.stdout.strip().partition("\n")[0].strip()
    bare = "" if told else first
    where = f"the program {words[0]}"
    if not answer.code and told.get("credential") and told.get("authtype", "").lower() == "bearer":
        token = _checked(told["credential"], source, where)
        return Credential(username="", password=token, scheme="Bearer")
    password = told.get("password") or bare
    if answer.code or not password:
        outcome = f"ended with {answer.code}" if answer.code else "printed no password"
        raise CredentialError(
            f"no credential for source {source.name}: {words[0]} {outcome}"
            + _words_of(answer, ambient, source.environment, password),
            remedy="Run it by hand. It gets HOME, PATH and the variables that the source's "
            "`environment` lists.",
        )
    return Credential(
        username=_checked_user(told.get("username") or _ANY_USER, source),
        password=_checked(password, source, where),
    )


def _is_attribute(line: str) -> bool:
    return line.partition("=")[0] in {"username", "password", "authtype", "credential"} and (
        "=" in line
    )


def _run(
    words: tuple[str, ...],
    source: Source,
    ambient: Mapping[str, str],
    *,
    also: tuple[str, ...],
    question: str = "",
) -> Completed:
    with TemporaryDirectory(prefix="lading-") as temporary:
        environment = base_environment(ambient, home=Path(temporary))
        for name in ("HOME", "USERPROFILE", *also):
            if name in ambient:
                environment[name] = ambient[name]
        try:
            return run_process(
                words, environment=environment, timeout=_PROGRAM_LIMIT, standard_input=question
            )
        except ProcessError as error:
            raise CredentialError(
                f"no credential for source {source.name}: {error.message}", remedy=error.remedy
            ) from error


def _words_of(
    answer: Completed, ambient: Mapping[str, str], variables: tuple[str, ...] = (), *also: str
) -> str:
    """Return what a program complained about, without anything that it may have quoted."""
    secrets = [Secret(value) for name in variables if (value := ambient.get(name, ""))]
    secrets += [Secret(text) for text in also if text]
    lines = hide_userinfo(redact(answer.stderr, secrets)).strip().splitlines()
    return f": {' / '.join(lines[-3:])[:400]}" if lines else ""


def _checked(text: str, source: Source, where: str) -> Secret:
    if _UNEXPANDED.fullmatch(text):
        raise CredentialError(
            f"no credential for source {source.name}: {where} holds a macro that the CI system "
            "did not replace",
            remedy="Check the variable's name in the pipeline; a secret must be mapped to the "
            "step with `env:`.",
        )
    if not text.isprintable():
        raise CredentialError(
            f"no credential for source {source.name}: {where} holds a line break or a control "
            "character",
            remedy="Set it again, on one line.",
        )
    return Secret(text)


def _checked_user(text: str, source: Source) -> str:
    if ":" in text or not text.isprintable():
        raise CredentialError(
            f"no credential for source {source.name}: its user name holds a colon or a control "
            "character, which Basic authentication cannot carry",
            remedy="Correct the user name.",
        )
    return text
