"""JSON of a service that is not ours: read as far as it is what it should be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Document = Mapping[str, object]


def parse_json(text: str | bytes) -> object:
    """Return what a JSON text holds, None where it is none."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found


def as_document(value: object) -> Document:
    """Return a JSON object as it is, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def table_of(document: Document, *path: str) -> Document:
    """Return the object at the end of a path of keys, an empty one where there is none."""
    for key in path:
        document = as_document(document.get(key))
    return document


def rows_of(document: Document, key: str) -> tuple[Document, ...]:
    """Return the objects of a list."""
    value: Any = document.get(key)
    return tuple(filter(None, map(as_document, value))) if isinstance(value, list) else ()


def texts_of(document: Document, key: str) -> tuple[str, ...]:
    """Return the texts of a list."""
    value: Any = document.get(key)
    items = value if isinstance(value, list) else ()
    return tuple(item for item in items if isinstance(item, str))


def text_of(document: Document, key: str) -> str:
    """Return a text, "" where there is none."""
    value = document.get(key)
    return value if isinstance(value, str) else ""


def number_of(document: Document, key: str) -> int | None:
    """Return a whole number, also where it is written as a text; None where there is none."""
    value = document.get(key)
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii():
        return int(value)
    return None
