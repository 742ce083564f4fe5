"""The Azure CLI (`az`) and the Azure Developer CLI (`azd`), where somebody is signed in already.

azure-identity would run them with the whole environment of this process, the tokens of the CI
system included, and would leave behind what they started when they hang.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lading.core.errors import CredentialError
from lading.core.identity import Choice
from lading.core.identity.refusals import refused, shortened, unavailable
from lading.core.secret import Secret
from lading.edges.processes import Completed, ProcessError, base_environment, run_process

PROGRAMS = ("az", "azd")
# Seconds. On a busy Windows machine `az` needs ten of them; a browser that waits for somebody more.
PROGRAM_LIMIT = 40.0
# Where they keep the sign-in, and how they get out. None of them is a secret of this job.
_INHERITED = (
    *("HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
    *("AZURE_CONFIG_DIR", "AZD_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"),
    *("DBUS_SESSION_BUS_ADDRESS",),
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("https_proxy", "http_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)
_NOT_SIGNED_IN = ("az login", "az account set", "azd auth login", "not logged in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A token that a program printed, and its end in seconds since the epoch."""

    token: Secret
    expires: float


def find_programs(ambient: Mapping[str, str]) -> frozenset[str]:
    """Return which of the two are on PATH."""
    return frozenset(name for name in PROGRAMS if _find(name, ambient))


def ask_program(
    choice: Choice, audience: str, ambient: Mapping[str, str], *, limit: float = PROGRAM_LIMIT
) -> Printed:
    """Ask `az` or `azd` for a token of an audience (with its `/.default`).

    Raises UnavailableError where it is absent, nobody is signed in or it does not answer within
    `limit` seconds, CredentialError where it was refused one.
    """
    name = "azd" if choice.identity.method == "azd" else "az"
    path = _find(name, ambient)
    if path is None:
        raise unavailable(
            choice,
            f"{name} is not on PATH",
            remedy=f"Install {name}, or choose another way: identity = … in [tool.lading].",
        )
    answer = _run((path, *_words(name, audience)), choice, ambient, limit=limit)
    if answer.code:
        raise _failure(name, choice, answer)
    printed = _read(answer.stdout)
    if printed is None:
        raise CredentialError(
            f"{name} printed no token that can be read",
            remedy=f"Update {name}, and run it by hand.",
        )
    return printed


def _find(name: str, ambient: Mapping[str, str]) -> str | None:
    return shutil.which(name, path=ambient.get("PATH", ""))


def _words(name: str, audience: str) -> tuple[str, ...]:
    if name == "azd":
        return ("auth", "token", "--output", "json", "--no-prompt", "--scope", audience)
    resource = audience.removesuffix("/.default")
    return ("account", "get-access-token", "--output", "json", "--resource", resource)


def _run(
    words: tuple[str, ...], choice: Choice, ambient: Mapping[str, str], *, limit: float
) -> Completed:
    with TemporaryDirectory(prefix="lading-") as temporary:
        environment = base_environment(ambient, home=Path(temporary))
        # `az` writes the end of its token in local time, which is read here again.
        environment.pop("TZ")
        environment |= {name: ambient[name] for name in (*_INHERITED, "TZ") if name in ambient}
        environment |= {"AZURE_CORE_NO_COLOR": "true", "NO_COLOR": "true"}
        try:
            return run_process(
                words, environment=environment, timeout=limit, folder=Path(temporary)
            )
        except ProcessError as error:
            raise unavailable(choice, error.message, remedy=error.remedy) from None


def _failure(name: str, choice: Choice, answer: Completed) -> CredentialError:
    said = _messages(answer.stdout) or _messages(answer.stderr) or answer.stderr
    whole = f"{answer.stdout}\n{answer.stderr}"
    if "AADSTS" in whole:
        return refused(choice, whole[whole.index("AADSTS") :])
    if any(words in whole for words in _NOT_SIGNED_IN):
        login = "azd auth login" if name == "azd" else "az login"
        return unavailable(choice, f"{name} is not signed in", remedy=f"Sign in: {login}.")
    return CredentialError(
        f"{name} ended with {answer.code}: {shortened(said)}",
        remedy=f"Run it by hand: {name} {' '.join(answer.command[1:])}",
    )


def _messages(text: str) -> str:
    """Return what azd says in its lines of JSON, of which each version has another form."""
    found = []
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            data = row.get("data")
            told = row.get("error") or (data.get("message") if isinstance(data, dict) else None)
            found += [told] if isinstance(told, str) else []
    return " ".join(found)


def _read(text: str) -> Printed | None:
    try:
        row = json.loads(text)
        token = row.get("accessToken") or row.get("token")
        seconds = row.get("expires_on")
        end = float(seconds) if seconds else dt.datetime.fromisoformat(row["expiresOn"]).timestamp()
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return Printed(token=Secret(token), expires=end) if isinstance(token, str) and token else None
