"""Addresses that may be published, and what is left of those that may not."""

from __future__ import annotations

import pytest

from lading.core.statements.addresses import git_address, public_address

COMMIT = "c0ffee"


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("https://ada:hunter2@git.acme.example/a/b", "https://git.acme.example/a/b"),
        ("https://acme@dev.azure.com/Acme/p/_git/r", "https://dev.azure.com/acme/p/_git/r"),
        (
            "https://x.blob.core.windows.net/a.whl?sig=hunter2#f",
            "https://x.blob.core.windows.net/a.whl",
        ),
        ("git@github.com:acme/orders.git", "ssh://github.com/acme/orders.git"),
        ("ssh://git@git.acme.example:2222/a/b", "ssh://git.acme.example/a/b"),
        ("https://127.0.0.1:8443/simple/", ""),
        ("http://[::1]/simple/", ""),
        ("http://localhost:8080/simple/", ""),
        ("https://ada:hun/ter2@git.acme.example/a", ""),
        ("file:///home/ada/orders", ""),
        ("/home/ada/orders", ""),
        ("../orders", ""),
        ("C:/Users/ada/orders", ""),
        ("C:\\Users\\ada\\orders", ""),
        ("", ""),
    ],
)
def test_an_address_is_published_without_what_is_nobody_elses_business(
    written: str, published: str
) -> None:
    assert public_address(written) == published


def test_a_revision_stands_behind_the_address_and_alone_is_nothing() -> None:
    url = "https://git.acme.example/a/b"
    assert git_address(url, COMMIT) == f"git+{url}@{COMMIT}"
    assert git_address(url, "") == f"git+{url}"
    assert git_address("/home/ada/orders", COMMIT) == ""
