"""A credential is obtained once, and what failed is not asked for again."""

from __future__ import annotations

from pathlib import Path

import pytest

from lading.core.errors import CredentialError
from lading.core.secret import Secret
from lading.edges.tokens.known_secrets import KnownSecrets
from lading.edges.tokens.wallet import Wallet
from tests.edges.tokens.kinds.issuing import TOKEN, Install, basic, source, surroundings


def test_a_credential_is_obtained_once_and_remembered_before_it_is_given(
    ambient: dict[str, str], install: Install, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    install("vault", f"open({str(count)!r}, 'a').write('x'); print({TOKEN!r})")
    told: list[Secret] = []
    known = KnownSecrets(told.append)
    wallet = Wallet(surroundings(ambient, known=known))
    command = source("command", "vault")
    assert told == []
    for url in (command.url, command.url + "other"):
        issued = wallet.issued_for(command, url)
        assert issued is not None
        assert issued.credential == basic("token")
    assert (count.read_text(), told, known.secrets) == ("x", [Secret(TOKEN)], (Secret(TOKEN),))


def test_a_failure_is_not_asked_for_again(
    ambient: dict[str, str], install: Install, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    install("vault", f"open({str(count)!r}, 'a').write('x'); sys.exit(1)")
    wallet = Wallet(surroundings(ambient))
    command = source("command", "vault")
    for _ in range(3):
        with pytest.raises(CredentialError, match="ended with 1"):
            wallet.issued_for(command, command.url)
    assert count.read_text() == "x"
