"""A keyring is asked as pip asks it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from lading.core.config import CredentialSpec, IndexSource
from lading.core.errors import CredentialError
from tests.edges.tokens.kinds.issuing import TOKEN, Install, basic, issue, source


def test_keyring_is_asked_as_pip_asks_it(ambient: dict[str, str], install: Install) -> None:
    install(
        "keyring",
        "assert sys.argv[1:] == ['--mode=creds', '--output=json', 'get',\n"
        "    'https://git.acme.test:8443/team/'], sys.argv\n"
        f"print(json.dumps({{'username': 'reader', 'password': {TOKEN!r}}}))",
    )
    assert issue(source("keyring"), ambient) == basic("reader")


def test_the_real_keyring_gives_what_its_back_end_holds(
    ambient: dict[str, str], tmp_path: Path
) -> None:
    # A back end in the user's own configuration: this machine has no desktop to keep a store.
    (tmp_path / "acme_store.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "from keyring.credentials import SimpleCredential\n"
        "class Store(KeyringBackend):\n"
        "    priority = 1\n"
        "    def get_password(self, service, username): return None\n"
        "    def set_password(self, service, username, password): raise NotImplementedError\n"
        "    def get_credential(self, service, username):\n"
        "        if service == 'https://git.acme.test:8443/team/':\n"
        f"            return SimpleCredential('reader', {TOKEN!r})\n"
    )
    settings = Path(ambient["XDG_CONFIG_HOME"], "python_keyring")
    settings.mkdir(parents=True)
    (settings / "keyringrc.cfg").write_text(
        f"[backend]\ndefault-keyring=acme_store.Store\nkeyring-path={tmp_path}\n"
    )
    ambient["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{ambient['PATH']}"
    assert issue(source("keyring"), ambient) == basic("reader")


def test_keyring_is_asked_for_the_host_when_it_has_nothing_for_the_url(
    ambient: dict[str, str], install: Install
) -> None:
    install(
        "keyring",
        "if sys.argv[-1] != 'git.acme.test:8443': sys.exit(1)\n"
        f"print(json.dumps({{'username': 'reader', 'password': {TOKEN!r}}}))",
    )
    assert issue(source("keyring"), ambient) == basic("reader")


def test_an_old_keyring_is_told_the_user(ambient: dict[str, str], install: Install) -> None:
    install(
        "keyring",
        "if '--mode=creds' in sys.argv: sys.exit('unrecognized arguments: --mode=creds')\n"
        "assert sys.argv[1:] == ['get',\n"
        "    'https://pkgs.dev.azure.com/acme/_packaging/x/pypi/simple/', 'VssSessionToken']\n"
        f"print({TOKEN!r})",
    )
    azure = IndexSource(
        name="acme",
        url="https://pkgs.dev.azure.com/acme/_packaging/x/pypi/simple/",
        packages=("acme-*",),
        credential=CredentialSpec(kind="keyring"),
        scope="https://pkgs.dev.azure.com/acme/",
    )
    assert issue(azure, ambient) == basic("VssSessionToken")


def test_an_empty_keyring_says_what_to_store(ambient: dict[str, str], install: Install) -> None:
    install("keyring", "sys.exit('No recommended backend was available')")
    with pytest.raises(CredentialError, match="No recommended backend") as caught:
        issue(source("keyring"), ambient)
    assert "keyring set https://git.acme.test:8443/team/" in caught.value.remedy


def test_no_keyring_at_all_is_named(ambient: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="keyring cannot be started"):
        issue(source("keyring"), ambient | {"PATH": str(tmp_path)})
