"""A layer's index as the store keeps it: layer → bytes → layer, quick for thousands of members."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from lading.core.layer import Exposed, Layer, LeftOut, Member
from lading.core.native import NativeFile
from lading.core.slimming import Kept, Stripped

# Whoever changes what is in a field raises this; a field more or less is seen without it.
_SCHEMA = 3
_FIELDS = {field.name for field in fields(Layer)}


def render_layer(layer: Layer) -> bytes:
    """Return a layer's index as bytes that `parse_layer` reads."""
    document: dict[str, Any] = {
        field.name: getattr(layer, field.name)
        for field in fields(Layer)
        if field.name not in {"members", "left_out", "native", "exposed", "kept", "stripped"}
    }
    document["schema"] = _SCHEMA
    document["left_out"] = [
        (left.name, left.size, left.reason, left.rule, left.packed) for left in layer.left_out
    ]
    document["native"] = [asdict(file) for file in layer.native]
    document["exposed"] = [asdict(place) for place in layer.exposed]
    document["kept"] = [asdict(kept) for kept in layer.kept]
    document["stripped"] = [asdict(stripped) for stripped in layer.stripped]
    document["members"] = [
        (
            member.name,
            member.mode,
            member.size,
            member.sha256,
            member.crc,
            member.method,
            member.compressed_size,
            member.offset,
        )
        for member in layer.members
    ]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def parse_layer(data: bytes) -> Layer | None:
    """Return the layer of an index, None where it was written by another version of lading."""
    document: dict[str, Any] = json.loads(data)
    if document.pop("schema", None) != _SCHEMA or document.keys() != _FIELDS:
        return None
    members = tuple(_member(*row) for row in document.pop("members"))
    left_out = tuple(
        LeftOut(name=name, size=size, reason=reason, rule=rule, packed=packed)
        for name, size, reason, rule, packed in document.pop("left_out")
    )
    native = tuple(_native(row) for row in document.pop("native"))
    exposed = tuple(Exposed(**row) for row in document.pop("exposed"))
    kept = tuple(Kept(**row) for row in document.pop("kept"))
    stripped = tuple(Stripped(**row) for row in document.pop("stripped"))
    plain: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in document.items()
    }
    return Layer(
        **plain,
        members=members,
        left_out=left_out,
        native=native,
        exposed=exposed,
        kept=kept,
        stripped=stripped,
    )


def _native(row: dict[str, Any]) -> NativeFile:
    asks = tuple((word, tuple(version)) for word, version in row.pop("asks"))
    return NativeFile(**row | {"asks": asks, "needed": tuple(row["needed"])})


def _member(
    name: str,
    mode: int,
    size: int,
    sha256: str,
    crc: int,
    method: int,
    compressed_size: int,
    offset: int,
) -> Member:
    return Member(
        name=name,
        mode=mode,
        size=size,
        sha256=sha256,
        crc=crc,
        method=method,
        compressed_size=compressed_size,
        offset=offset,
    )
