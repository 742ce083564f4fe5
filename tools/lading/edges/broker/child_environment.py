"""The environment that sends pip, uv and Git through the broker, and what it keeps of the old."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from lading.core.config.spellings import git_spellings

_LOOPBACK = "127.0.0.1"
# How to reach the world, which public files and undeclared Git hosts are fetched from directly.
_NETWORK = (
    "ALL_PROXY",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "all_proxy",
    "http_proxy",
    "https_proxy",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where the broker listens, and what it wants to see.

    `git_rooms` pairs the name of a room behind the door with the URL prefix that leads there.
    """

    authority: str
    index_url: str
    authorization: str
    git_rooms: tuple[tuple[str, str], ...]


def client_environment(door: Door, *, ambient: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for pip, uv and Git, to be merged over a child's other ones.

    Proxies and certificate authorities of `ambient` go through. A proxy's URL may hold user
    information: the children get it, because without it they could not reach the public hosts.
    """
    environment = {name: ambient[name] for name in _NETWORK if name in ambient}
    # pipenv takes this in the place of the public index that a Pipfile names.
    environment["PIPENV_PYPI_MIRROR"] = door.index_url
    return environment | _bypass(ambient) | _for_pip_and_uv(door) | _for_git(door)


def _bypass(ambient: Mapping[str, str]) -> dict[str, str]:
    # requests and reqwest would ask the proxy for loopback, and show it the nonce.
    others = ambient.get("no_proxy") or ambient.get("NO_PROXY") or ""
    value = f"{others},{_LOOPBACK}" if others else _LOOPBACK
    return {"NO_PROXY": value, "no_proxy": value}


def _for_pip_and_uv(door: Door) -> dict[str, str]:
    return {
        "NETRC": os.devnull,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_INDEX_URL": door.index_url,
        "PIP_KEYRING_PROVIDER": "disabled",
        "PIP_NO_INPUT": "1",
        # For public files alone: nobody asks again after what the door answers.
        "PIP_RETRIES": "1",
        "UV_DEFAULT_INDEX": door.index_url,
        "UV_KEYRING_PROVIDER": "disabled",
        "UV_NO_CONFIG": "1",
    }


def _for_git(door: Door) -> dict[str, str]:
    """Return Git's configuration by variables, which Git itself passes on to its children.

    The header is scoped to the door and is an Authorization, which Git's own traces hide.
    """
    root = f"http://{door.authority}/"
    settings = [
        # The empty value takes away every helper that was configured before.
        ("credential.helper", ""),
        (f"http.{root}.extraHeader", f"Authorization: {door.authorization}"),
        (f"http.{root}.proxy", ""),
        (f"http.{root}.followRedirects", "false"),
        ("core.autocrlf", "false"),
        # A submodule must not name a folder of this machine.
        ("protocol.file.allow", "user"),
    ]
    for room, prefix in door.git_rooms:
        settings += [
            (f"url.{root}git/{room}/.insteadOf", spelling) for spelling in git_spellings(prefix)
        ]
    environment = {
        "GIT_CONFIG_COUNT": str(len(settings)),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    for number, (key, value) in enumerate(settings):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment
