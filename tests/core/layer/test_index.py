"""A layer's index is read back as it was written."""

from __future__ import annotations

import json

from lading.core.layer import Exposed, Layer, LeftOut, Member
from lading.core.layer.index import parse_layer, render_layer
from lading.core.native import NativeFile

LAYER = Layer(
    key="k",
    name="demo",
    version="1.0",
    wheel_sha256="w",
    blob_sha256="b",
    members=(
        Member(
            name="ä/a.py",
            mode=0o755,
            size=5,
            sha256="s",
            crc=9,
            method=8,
            compressed_size=4,
            offset=35,
        ),
    ),
    left_out=(LeftOut(name="x", size=1, reason="because"),),
    pth=("a.pth",),
    tags=("py3-none-any",),
    licence="MIT",
    interpreter="3.13.0",
    data_files=("share/a",),
    uncompiled=("b.py",),
    notes=("strange",),
    native=(
        NativeFile(
            name="_x.so", kind="elf", machine="EM", asks=(("GLIBC", (2, 34)),), needed=("libc",)
        ),
    ),
    exposed=(Exposed(name="k.pem", line=3, kind="private key"),),
)


def test_an_index_is_read_back() -> None:
    assert parse_layer(render_layer(LAYER)) == LAYER


def test_an_index_of_another_version_is_not_read() -> None:
    document = json.loads(render_layer(LAYER))
    document["schema"] += 1
    assert parse_layer(json.dumps(document).encode()) is None


def test_an_index_with_other_fields_is_not_read() -> None:
    document = json.loads(render_layer(LAYER))
    more = document | {"blob_size": 1}
    del document["notes"]
    assert parse_layer(json.dumps(more).encode()) is None
    assert parse_layer(json.dumps(document).encode()) is None
