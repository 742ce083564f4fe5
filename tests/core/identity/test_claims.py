"""The object id in a token is read where it is one, and nothing else is made of a token."""

from __future__ import annotations

import base64
import json

import pytest

from lading.core.identity.claims import read_object_id
from lading.core.secret import Secret

WHO = "0b7e4a52-0000-4000-8000-0123456789ab"


def token(claims: object) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{middle}.c2lnbmVk"


@pytest.mark.parametrize("more", ["", "x", "xy", "xyz"])
def test_the_object_id_is_read(more: str) -> None:
    assert read_object_id(Secret(token({"more": more, "oid": WHO}))) == WHO


@pytest.mark.parametrize(
    "text",
    [
        *("", "opaque", "a.b.c", "a.é.c", "a.b.c.d.e"),
        *(token({}), token([]), token({"oid": "$(rm)"}), token({"oid": 7})),
    ],
)
def test_anything_else_is_nobody(text: str) -> None:
    assert read_object_id(Secret(text)) == ""
