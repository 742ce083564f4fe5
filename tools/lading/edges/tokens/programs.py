"""Programs that know a password: keyring, and what `credential = "command:…"` names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from lading.core.access.issued import Issued
from lading.core.access.token_text import ANY_USER, check_token, check_username
from lading.core.config import Source
from lading.core.errors import CredentialError
from lading.core.secret import Credential, Secret, hide_userinfo, redact
from lading.core.urls import parse_url
from lading.edges.processes import Completed, ProcessError, base_environment, run_process

# Seconds. A program may ask a person or a vault.
_PROGRAM_LIMIT = 60.0
_ATTRIBUTES = frozenset({"username", "password", "authtype", "credential", "password_expiry_utc"})
# Digits of a second since the epoch; more are no time.
_LONGEST_TIME = 12
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


def ask_keyring(source: Source, ambient: Mapping[str, str]) -> Issued:
    """Ask pip users' keyring, in pip's own words; raises CredentialError."""
    url = parse_url(source.url)
    # What pip asks for: the index's URL, then the host.
    for service in (source.url, url.origin.removeprefix("https://")):
        words = ("keyring", "--mode=creds", "--output=json", "get", service)
        credential = _keyring_pair(_run(words, source, ambient, also=_KEYRING_VARIABLES), source)
        if credential is not None:
            return Issued(credential=credential, origin="keyring")
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
    credential = Credential(username=user, password=check_token(password, source, "keyring"))
    return Issued(credential=credential, origin="keyring")


def _keyring_pair(answer: Completed, source: Source) -> Credential | None:
    try:
        pair = json.loads(answer.stdout) if not answer.code else None
    except ValueError:
        return None
    if not isinstance(pair, dict) or not isinstance(pair.get("password"), str):
        return None
    return Credential(
        username=check_username(str(pair.get("username") or ANY_USER), source),
        password=check_token(pair["password"], source, "keyring"),
    )


def ask_program(source: Source, ambient: Mapping[str, str]) -> Issued:
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
        token = check_token(told["credential"], source, where)
        bearer = Credential(username="", password=token, scheme="Bearer")
        return Issued(credential=bearer, origin=where, expires=_expiry(told))
    password = told.get("password") or bare
    if answer.code or not password:
        outcome = f"ended with {answer.code}" if answer.code else "printed no password"
        raise CredentialError(
            f"no credential for source {source.name}: {words[0]} {outcome}"
            + _words_of(answer, ambient, source.environment, password),
            remedy="Run it by hand. It gets HOME, PATH and the variables that the source's "
            "`environment` lists.",
        )
    credential = Credential(
        username=check_username(told.get("username") or ANY_USER, source),
        password=check_token(password, source, where),
    )
    return Issued(credential=credential, origin=where, expires=_expiry(told))


def _is_attribute(line: str) -> bool:
    name, equals, _ = line.partition("=")
    return bool(equals) and name in _ATTRIBUTES


def _expiry(told: Mapping[str, str]) -> float | None:
    """Return until when a helper says its answer is good, in seconds since the epoch."""
    text = told.get("password_expiry_utc", "").strip()
    return float(text) if text.isdecimal() and len(text) <= _LONGEST_TIME else None


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
