"""Files in which other tools keep credentials in the clear: that they do, never what is in them."""

from __future__ import annotations

import configparser
import netrc
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from lading.core.diagnosis.facts import KeptCredential, NetrcFile

_POSIX = os.name == "posix"


def read_netrc_hosts(ambient: Mapping[str, str]) -> NetrcFile | None:
    """Return which hosts pip finds in its `.netrc`; None without one, or where it is damaged."""
    home = _home(ambient)
    named = ambient.get("NETRC")
    candidates = (Path(named),) if named else (home / ".netrc", home / "_netrc")
    path = next((candidate for candidate in candidates if candidate.is_file()), None)
    if path is None:
        return None
    try:
        hosts = netrc.netrc(str(path)).hosts
        others = _POSIX and bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except (netrc.NetrcParseError, OSError, UnicodeDecodeError):
        # pip then goes without it.
        return None
    return NetrcFile(
        path=str(path),
        hosts=tuple(sorted({host.lower() for host, entry in hosts.items() if entry[2]})),
        read_by_others=others,
    )


def scan_kept_credentials(ambient: Mapping[str, str]) -> tuple[KeptCredential, ...]:
    """Return the files of upload tools and of uv that hold a credential."""
    home = _home(ambient)
    uploads = home / ".pypirc"
    found = [KeptCredential(path=str(uploads), tool="uploads")] if _has_password(uploads) else []
    found += [KeptCredential(path=str(path), tool="uv") for path in _uv_stores(ambient, home)]
    return tuple(found)


def _has_password(path: Path) -> bool:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError):
        return False
    return any(parser.get(section, "password", fallback="") for section in parser.sections())


def _uv_stores(ambient: Mapping[str, str], home: Path) -> Iterator[Path]:
    data = Path(ambient.get("XDG_DATA_HOME") or home / ".local" / "share")
    folder = Path(ambient.get("UV_CREDENTIALS_DIR") or data / "uv" / "credentials")
    path = folder / "credentials.toml"
    try:
        if "password" in path.read_text(encoding="utf-8"):
            yield path
    except (OSError, UnicodeDecodeError):
        return


def _home(ambient: Mapping[str, str]) -> Path:
    return Path(ambient.get("HOME") or ambient.get("USERPROFILE") or ".")
