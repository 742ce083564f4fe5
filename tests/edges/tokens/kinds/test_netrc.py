"""A netrc gives the entry of the host, or which lines to add."""

from __future__ import annotations

from pathlib import Path

import pytest

from lading.core.errors import CredentialError
from tests.edges.tokens.kinds.issuing import TOKEN, basic, issue, source


@pytest.mark.parametrize("where", ["NETRC", ".netrc", "_netrc"])
def test_netrc_gives_the_entry_of_the_host(ambient: dict[str, str], where: str) -> None:
    home = Path(ambient["HOME"])
    path = home / ("elsewhere" if where == "NETRC" else where)
    path.write_text(
        "machine evil.test login x password y\n"
        f"machine Git.Acme.Test login reader password {TOKEN}\n"
        "default login other password z\n"
    )
    named = {"NETRC": str(path)} if where == "NETRC" else {}
    assert issue(source("netrc"), ambient | named) == basic("reader")


@pytest.mark.parametrize(
    "text",
    [
        "machine acme.test login reader password p4ssword\n",
        "machine git.acme.test.evil login reader password p4ssword\n",
        "default login reader password p4ssword\n",
        "machine git.acme.test login reader p4ssword\n",
        "machine git.acme.test login reader\n",
        "",
    ],
)
def test_netrc_without_an_entry_for_the_host_says_which_lines_to_add(
    ambient: dict[str, str], text: str
) -> None:
    Path(ambient["HOME"], ".netrc").write_text(text)
    with pytest.raises(CredentialError) as caught:
        issue(source("netrc"), ambient)
    assert "p4ssword" not in str(caught.value)


def test_a_missing_netrc_is_named(ambient: dict[str, str]) -> None:
    with pytest.raises(CredentialError, match="there is no") as caught:
        issue(source("netrc"), ambient)
    assert "machine git.acme.test" in caught.value.remedy
