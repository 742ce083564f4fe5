"""Replies of Azure as they look on the wire, for tables of what each means."""

from __future__ import annotations

import json

from lading.core.access.asked import Answer


def reply(status: int, body: object = "", reason: str = "", **headers: str) -> Answer:
    """Return a reply; a body that is no text becomes JSON, "_" in a header's name "-"."""
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=text, reason=reason)


def assert_told(value: object, words: str) -> None:
    """Fail unless a verdict holds all words, which " … " separates."""
    told = repr(value)
    missing = [part for part in words.split(" … ") if part not in told]
    assert not missing, told
