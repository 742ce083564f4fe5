"""Wheels → Layers: each distribution made ready once, and kept by the hash of all that made it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lading.core.bundle.zip_format import DEFLATED
from lading.core.layer import MODE_EXECUTABLE, MODE_FILE, SITE_PACKAGES, WWWROOT, Layer, Member
from lading.core.layer.bytecode import bytecode_name, is_compiled
from lading.core.runtimes import Runtime
from lading.core.wheel import INSTALLER, Placed, Wheel
from lading.core.wheel.identity import wheel_tags
from lading.core.wheel.record import render_record
from lading.edges.bytecode import BytecodeCompiler, Compiled, PythonSource
from lading.edges.layers.packer import LayerPacker, deflate_library
from lading.edges.layers.shelf import read_layer, write_layer
from lading.edges.store import Store
from lading.edges.terminal import Progress
from lading.edges.wheels.contents import WheelContents, read_contents
from lading.edges.wheels.reader import WheelReader, open_wheel, refusal

# Whoever changes what a layer is made of raises this, and every layer is made again.
RULES = 2
# A thread that waits for a compiler leaves its processor to another one.
_THREADS_PER_JOB = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Yard:
    runtime: Runtime
    store: Store
    compiler: BytecodeCompiler | None
    progress: Progress


def make_layers(
    wheels: Iterable[Wheel],
    *,
    store: Store,
    compiler: BytecodeCompiler | None,
    runtime: Runtime,
    progress: Progress,
    jobs: int | None = None,
) -> tuple[Layer, ...]:
    """Return a layer for each wheel, sorted by name; what was made before is only checked.

    Without a compiler there is no bytecode. `jobs` is the number of processors to use, by default
    all. Raises BuildError when a wheel cannot be trusted or does not fit the runtime.
    """
    yard = _Yard(runtime=runtime, store=store, compiler=compiler, progress=progress)
    # The large ones first, so that none of them is left for the end.
    ordered = sorted(wheels, key=lambda wheel: (-wheel.path.stat().st_size, wheel.name))
    threads = _THREADS_PER_JOB * (jobs or os.cpu_count() or 1)
    with ThreadPoolExecutor(threads, "lading-layer") as pool:
        layers = list(pool.map(partial(_make_layer, yard=yard), ordered))
    return tuple(sorted(layers, key=lambda layer: layer.name))


def _make_layer(wheel: Wheel, *, yard: _Yard) -> Layer:
    key = _key(wheel, yard)
    layer = read_layer(key, store=yard.store)
    if layer is not None:
        return layer
    with open_wheel(wheel) as reader, yard.store.scratch() as scratch:
        contents = read_contents(reader, wheel, yard.runtime)
        compiled = _compile(wheel, contents, yard.compiler, scratch)
        packer = LayerPacker(SITE_PACKAGES)
        layer = write_layer(
            _describe(wheel, key, contents, compiled, yard),
            _chunks(reader, contents, _bytecode(compiled, yard.compiler), packer),
            packer=packer,
            store=yard.store,
        )
    yard.progress.detail(f"{wheel.name} {wheel.version}: made ready, {len(layer.members)} files")
    return layer


def _key(wheel: Wheel, yard: _Yard) -> str:
    parts = (
        f"rules {RULES}",
        wheel.filename,
        wheel.sha256,
        yard.runtime.python,
        yard.compiler.label if yard.compiler else "no bytecode",
        deflate_library(),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _compile(
    wheel: Wheel, contents: WheelContents, compiler: BytecodeCompiler | None, scratch: Path
) -> dict[str, Compiled]:
    """Return what became of each Python file, by its final name."""
    placed = [
        placed
        for placed in contents.placement.placed
        if is_compiled(placed.name, placed.member.size) and placed.member.kept_as_it_is
    ]
    if compiler is None or not placed:
        return {}
    sources = [_source(wheel.path, one) for one in placed]
    compiled = compiler.compile(sources, scratch=scratch)
    results = dict(zip((one.name for one in placed), compiled, strict=True))
    changed = [
        one.name
        for one in placed
        if not results[one.name].problem and results[one.name].crc != one.member.crc
    ]
    if changed:
        raise refusal(wheel.filename, [f"{name}: its CRC is wrong" for name in changed])
    return results


def _source(path: Path, placed: Placed) -> PythonSource:
    member = placed.member
    return PythonSource(
        path=path,
        offset=member.offset,
        compressed_size=member.compressed_size,
        deflated=member.method == DEFLATED,
        size=member.size,
        filename=f"{WWWROOT}{SITE_PACKAGES}{placed.name}",
    )


def _bytecode(
    compiled: Mapping[str, Compiled], compiler: BytecodeCompiler | None
) -> dict[str, Compiled]:
    """Return the bytecode that there is, by the name under which Python looks for it."""
    tag = compiler.interpreter.cache_tag if compiler else ""
    return {bytecode_name(name, tag): one for name, one in compiled.items() if not one.problem}


def _describe(
    wheel: Wheel,
    key: str,
    contents: WheelContents,
    compiled: Mapping[str, Compiled],
    yard: _Yard,
) -> Layer:
    version = yard.compiler.interpreter.version if yard.compiler else None
    return Layer(
        key=key,
        name=wheel.name,
        version=wheel.version,
        wheel_sha256=wheel.sha256,
        blob_sha256="",
        blob_size=0,
        members=(),
        left_out=contents.placement.left_out,
        pth=contents.pth,
        tags=wheel_tags(wheel.filename),
        licence=contents.licence,
        interpreter=version,
        data_files=contents.placement.data_files,
        uncompiled=tuple(sorted(name for name, one in compiled.items() if one.problem)),
        notes=contents.placement.notes,
    )


def _chunks(
    reader: WheelReader,
    contents: WheelContents,
    bytecode: Mapping[str, Compiled],
    packer: LayerPacker,
) -> Iterator[bytes]:
    """Give the blob's bytes: files and bytecode by name, and at the end what describes them."""
    placed = {one.name: one for one in contents.placement.placed}
    for name in sorted(placed.keys() | bytecode.keys()):
        if name in placed:
            yield from _copied(reader, placed[name], contents, packer)
        else:
            yield from packer.compress(name, [bytecode[name].read_bytes()])
    _check_left_out(reader, contents)
    dist_info = contents.placement.dist_info
    yield from packer.compress(f"{dist_info}/INSTALLER", [f"{INSTALLER}\n".encode()])
    record = render_record(packer.members, dist_info=dist_info)
    yield from packer.compress(f"{dist_info}/RECORD", [record])


def _copied(
    reader: WheelReader, placed: Placed, contents: WheelContents, packer: LayerPacker
) -> Iterator[bytes]:
    wheel_member = placed.member
    mode = MODE_EXECUTABLE if wheel_member.executable else MODE_FILE
    promise = contents.promises[wheel_member.name]
    if not wheel_member.kept_as_it_is:
        read = reader.read(wheel_member, promise=promise)
        yield from packer.compress(placed.name, read, mode=mode)
        return
    member = Member(
        name=placed.name,
        mode=mode,
        size=wheel_member.size,
        sha256="",
        crc=wheel_member.crc,
        method=wheel_member.method,
        compressed_size=wheel_member.compressed_size,
        offset=0,
    )
    with packer.examination.watch(placed.name) as watch:
        read = reader.read(wheel_member, promise=promise, sink=watch.feed)
        yield from packer.copy(member, read, sha256=read.sha256)


def _check_left_out(reader: WheelReader, contents: WheelContents) -> None:
    """See that RECORD tells the truth about the rest of the wheel too."""
    left_out = {one.name for one in contents.placement.left_out}
    for member in reader.members:
        if member.name in left_out:
            reader.read(member, promise=contents.promises.get(member.name)).exhaust()
