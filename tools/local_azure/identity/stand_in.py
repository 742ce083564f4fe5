"""`az` and `azd` as azure-identity starts them: what they print, and how they end.

This file is copied into a folder of its own under both names and run there, so it uses nothing but
the standard library. Signed in is who has a file where the real program has one.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import ssl
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode, urlsplit

_SECONDS = 30
_HERE = Path(sys.argv[0]).absolute().parent


class RefusedError(Exception):
    """What Entra ID said instead of giving a token."""


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Note how this program was called, and be the one of the two whose name it has."""
    name = Path(sys.argv[0]).stem
    call = {"program": name, "argv": [sys.argv[0], *arguments], "environment": dict(environ)}
    with (_HERE / "calls.jsonl").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(call) + "\n")
    return {"az": run_az, "azd": run_azd}[name](arguments, environ)


def run_az(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Print a token as `az account get-access-token --output json` does."""
    parser = _parser("az")
    parser.add_argument("words", nargs=2)
    for option in ("--output", "--resource", "--tenant", "--subscription"):
        parser.add_argument(option)
    asked = parser.parse_args(arguments)
    if asked.words != ["account", "get-access-token"] or asked.output != "json":
        parser.error(f"{asked.words} is misspelled or not recognized by the system.")
    entry = _signed_in(environ, "AZURE_CONFIG_DIR", ".azure/service_principal_entries.json")
    if entry is None:
        print("ERROR: Please run 'az login' to setup account.", file=sys.stderr)
        return 1
    try:
        token, expiry = _token(entry, f"{asked.resource}/.default", asked.tenant)
    except RefusedError as refused:
        print(f"ERROR: {refused}", file=sys.stderr)
        return 1
    answer = {
        "accessToken": token,
        "expiresOn": time.strftime("%Y-%m-%d %H:%M:%S.000000", time.localtime(expiry)),
        "expires_on": expiry,
        "tenant": entry["tenant"],
        "tokenType": "Bearer",
    }
    print(json.dumps(answer, indent=2))
    return 0


def run_azd(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Print a token as `azd auth token --output json` does."""
    parser = _parser("azd")
    parser.add_argument("words", nargs=2)
    parser.add_argument("--scope", action="append")
    parser.add_argument("--no-prompt", action="store_true")
    for option in ("--output", "--tenant-id"):
        parser.add_argument(option)
    asked = parser.parse_args(arguments)
    if asked.words != ["auth", "token"] or asked.output != "json" or not asked.scope:
        parser.error(f"unknown command {asked.words} for azd")
    entry = _signed_in(environ, "AZD_CONFIG_DIR", ".azd/auth/service_principal.json")
    if entry is None:
        return _fail("not logged in, run `azd auth login` to login")
    try:
        token, expiry = _token(entry, asked.scope[0], asked.tenant_id)
    except RefusedError as refused:
        return _fail(str(refused))
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expiry))
    print(json.dumps({"token": token, "expiresOn": stamp}))
    return 0


def _fail(reason: str) -> int:
    error = {"error": reason, "message": "Authentication with Azure failed."}
    print(json.dumps(error), file=sys.stderr)
    return 1


def _signed_in(environ: Mapping[str, str], variable: str, default: str) -> Mapping[str, str] | None:
    """Return who signed in; None for nobody, or where the file is not."""
    folder, _, file = default.partition("/")
    place = Path(environ.get(variable) or Path(environ.get("HOME", "/")) / folder)
    try:
        entries: list[dict[str, str]] = json.loads((place / file).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return entries[0] if entries else None


def _token(entry: Mapping[str, str], scope: str, tenant: str | None) -> tuple[str, int]:
    settings: dict[str, str] = json.loads((_HERE / "authority.json").read_text("utf-8"))
    url = urlsplit(settings["authority"])
    form = {
        "client_id": entry["client_id"],
        "client_secret": entry["client_secret"],
        "grant_type": "client_credentials",
        "scope": scope,
    }
    connection = http.client.HTTPSConnection(
        url.hostname or "",
        url.port,
        timeout=_SECONDS,
        context=ssl.create_default_context(cafile=settings["bundle"]),
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = f"/{tenant or entry['tenant']}/oauth2/v2.0/token"
    try:
        connection.request("POST", path, urlencode(form), headers)
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise RefusedError(f"{type(error).__name__}: {error}") from None
    finally:
        connection.close()
    if "access_token" not in answer:
        raise RefusedError(answer.get("error_description", "no token"))
    return answer["access_token"], int(time.time()) + answer["expires_in"]


def _parser(name: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(prog=name, add_help=False, allow_abbrev=False)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], os.environ))
