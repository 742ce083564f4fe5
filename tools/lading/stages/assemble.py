"""App files + Layers → Bundle: the app's files made ready as a distribution's are, put together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lading.core.bundle import Bundle, assemble_layers
from lading.core.bundle.appfiles import AppFile
from lading.core.errors import BuildError
from lading.core.layer import MODE_EXECUTABLE, MODE_FILE, WWWROOT, Layer
from lading.core.layer.bytecode import bytecode_name, is_compiled
from lading.edges.bytecode import BytecodeCompiler, Compiled, PythonSource
from lading.edges.layers.packer import LayerPacker, deflate_library
from lading.edges.layers.shelf import read_layer, write_layer
from lading.edges.store import Store

# Whoever changes what is made of an app's files raises this.
RULES = 3
_STEP = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """An app file when it was looked at first."""

    file: AppFile
    sha256: str
    size: int


def assemble_bundle(
    app_files: Sequence[AppFile],
    layers: Sequence[Layer],
    *,
    store: Store,
    compiler: BytecodeCompiler | None,
) -> Bundle:
    """Put the app's files and the layers of its distributions together.

    What several of them claim is in the bundle's `collisions`. Raises BuildError when a file of the
    app cannot be read, or changes meanwhile.
    """
    seen = [_look_at(file) for file in app_files]
    key = _key(seen, compiler)
    app = read_layer(key, store=store) or _make_app_layer(seen, key, store, compiler)
    return assemble_layers((app, *layers))


def _look_at(file: AppFile) -> _Seen:
    try:
        with file.path.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            return _Seen(file=file, sha256=sha256, size=content.tell())
    except OSError as error:
        raise BuildError(
            f"{file.name} cannot be read: {error.strerror}",
            remedy="Make it readable, or leave it out with a line in .funcignore.",
        ) from error


def _key(seen: Sequence[_Seen], compiler: BytecodeCompiler | None) -> str:
    parts = [
        f"app rules {RULES}",
        compiler.label if compiler else "no bytecode",
        deflate_library(),
        *sorted([one.file.name, one.file.executable, one.sha256] for one in seen),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _make_app_layer(
    seen: Sequence[_Seen], key: str, store: Store, compiler: BytecodeCompiler | None
) -> Layer:
    packer = LayerPacker("")
    with store.scratch() as scratch:
        compiled = _compile(seen, compiler, scratch)
        layer = Layer(
            key=key,
            name="",
            version="",
            wheel_sha256="",
            blob_sha256="",
            members=(),
            interpreter=compiler.interpreter.version if compiler else None,
            prefix="",
            uncompiled=tuple(sorted(name for name, one in compiled.items() if one.problem)),
        )
        tag = compiler.interpreter.cache_tag if compiler else ""
        chunks = _chunks(seen, compiled, tag, packer)
        return write_layer(layer, chunks, packer=packer, store=store)


def _compile(
    seen: Sequence[_Seen], compiler: BytecodeCompiler | None, scratch: Path
) -> dict[str, Compiled]:
    sources = [one for one in seen if is_compiled(one.file.name, one.size)]
    if compiler is None or not sources:
        return {}
    compiled = compiler.compile([_source(one) for one in sources], scratch=scratch)
    return dict(zip((one.file.name for one in sources), compiled, strict=True))


def _source(seen: _Seen) -> PythonSource:
    return PythonSource(
        path=seen.file.path,
        offset=0,
        compressed_size=seen.size,
        deflated=False,
        size=seen.size,
        filename=f"{WWWROOT}{seen.file.name}",
    )


def _chunks(
    seen: Sequence[_Seen], compiled: Mapping[str, Compiled], cache_tag: str, packer: LayerPacker
) -> Iterator[bytes]:
    for one in sorted(seen, key=lambda one: one.file.name):
        mode = MODE_EXECUTABLE if one.file.executable else MODE_FILE
        yield from packer.compress(one.file.name, _read(one.file.path), mode=mode)
        member = packer.members[-1]
        result = compiled.get(one.file.name)
        same_source = result is None or result.problem or result.crc == member.crc
        if member.sha256 != one.sha256 or not same_source:
            raise BuildError(
                f"{one.file.name} changed while it was packed",
                remedy="Build again when nothing writes there.",
            )
        if result is not None and not result.problem:
            name = bytecode_name(one.file.name, cache_tag)
            yield from packer.compress(name, [result.read_bytes()])


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_STEP):
            yield chunk
