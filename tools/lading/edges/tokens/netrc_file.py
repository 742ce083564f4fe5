"""`~/.netrc`: what pip and curl users have already."""

from __future__ import annotations

import netrc
from collections.abc import Mapping
from pathlib import Path

from lading.core.access.issued import Issued
from lading.core.access.token_text import ANY_USER, check_token, check_username
from lading.core.config import Source
from lading.core.errors import CredentialError
from lading.core.secret import Credential
from lading.core.urls import parse_url


def read_netrc(source: Source, ambient: Mapping[str, str]) -> Issued:
    """Return what `~/.netrc` has for the source's host, pip's way; raises CredentialError."""
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
    password = check_token(entry[2], source, str(path))
    return Issued(credential=Credential(username=user, password=password), origin=f"{path}")
