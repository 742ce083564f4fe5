"""An identity is one of the known ways to sign in, with what that way can be told."""

from __future__ import annotations

import pytest

from lading.core.identity import METHODS, Identity, parse_identity

CLIENT = "5f7b3c1e-52c4-4a7f-9a3d-0d5c4a5c9d11"


@pytest.mark.parametrize("method", METHODS)
def test_every_way_is_written_as_its_name(method: str) -> None:
    assert str(parse_identity(method)) == method


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("azure-pipelines:Prod Ä 1", Identity(method="azure-pipelines", argument="Prod Ä 1")),
        (f"managed-identity:{CLIENT}", Identity(method="managed-identity", argument=CLIENT)),
    ],
)
def test_two_ways_can_be_told_whom_they_stand_for(text: str, expected: Identity) -> None:
    assert parse_identity(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("azure_cli", "one of client-secret"),
        ("", "one of client-secret"),
        ("azure-cli:me", "azure-cli takes nothing after a colon"),
        ("azure-pipelines:", "the service connection's name or id"),
        ("azure-pipelines:a/b", "the service connection's name or id"),
        ("managed-identity:orders", "client id of the user-assigned identity"),
    ],
)
def test_anything_else_is_told_what_to_write(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_identity(text)
