"""The hash by which Poetry knows which pyproject.toml its lock was made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

_RELEVANT = ("dependencies", "source", "extras", "dev-dependencies", "group")
_RELEVANT_OF_PROJECT = ("requires-python", "dependencies", "optional-dependencies")


def content_hash(pyproject: Mapping[str, object]) -> str:
    """Return the hash by which Poetry knows that its lock was made from this pyproject.toml."""
    project = _dict(pyproject.get("project"))
    groups = _dict(pyproject.get("dependency-groups"))
    poetry = _dict(_dict(pyproject.get("tool")).get("poetry"))
    own = {key: project[key] for key in _RELEVANT_OF_PROJECT if project.get(key) is not None}
    relevant = {
        key: poetry.get(key)
        for key in _RELEVANT
        if poetry.get(key) is not None or (key != "group" and not own and not groups)
    }
    content: dict[str, object] = {}
    if own:
        content["project"] = own
    if groups:
        content["dependency-groups"] = groups
    content = {**content, "tool": {"poetry": relevant}} if content else dict(relevant)
    # What TOML has and JSON has not cannot be in a hash that Poetry made.
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def recorded_hash(table: Mapping[str, object]) -> str:
    """Return the content hash that a lock records, "" for none."""
    value = _dict(table.get("metadata")).get("content-hash")
    return value if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, dict) else {}
