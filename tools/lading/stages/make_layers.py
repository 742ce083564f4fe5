"""Wheels → Layers: each distribution made ready once, and kept by the hash of all that made it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lading.core.layer import (
    DEFLATED,
    MODE_EXECUTABLE,
    MODE_FILE,
    SITE_PACKAGES,
    WWWROOT,
    Layer,
    Member,
)
from lading.core.layer.bytecode import bytecode_name, is_compiled
from lading.core.runtimes import Runtime
from lading.core.slimming import Stripped
from lading.core.slimming.plan import Trim
from lading.core.wheel import INSTALLER, Placed, Wheel
from lading.core.wheel.identity import wheel_tags
from lading.core.wheel.record import render_record
from lading.edges.bytecode import BytecodeCompiler, Compiled, PythonSource
from lading.edges.layers.packer import LayerPacker, deflate_library
from lading.edges.layers.shelf import read_layer, write_layer
from lading.edges.store import Store
from lading.edges.symbols import Stripper
from lading.edges.terminal import Progress
from lading.edges.wheels.contents import WheelContents, read_contents
from lading.edges.wheels.reader import WheelReader, open_wheel, refusal

# Whoever changes what a layer is made of raises this, and every layer is made again.
RULES = 3
_STEP = 1 << 18
# A thread that waits for a compiler leaves its processor to another one.
_THREADS_PER_JOB = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Slimmed:
    """What distributions are spared, by name, and what takes the symbols out of native files."""

    trims: Mapping[str, Trim]
    stripper: Stripper | None = None

    def of(self, wheel: Wheel) -> Trim:
        """Return what one distribution is spared."""
        return self.trims.get(wheel.name, _NOTHING)

    def stripper_of(self, wheel: Wheel) -> Stripper | None:
        """Return what takes the symbols out of a distribution's files, None where they stay."""
        return self.stripper if self.of(wheel).symbols else None


_NOTHING = Trim()
WHOLE = Slimmed(trims={})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Yard:
    runtime: Runtime
    store: Store
    compiler: BytecodeCompiler | None
    progress: Progress
    slimmed: Slimmed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What was made of a wheel's files: bytecode, and native files without their symbols.

    `compiled` is by the source's final name, the others by their own.
    """

    compiled: Mapping[str, Compiled]
    bytecode: Mapping[str, Compiled]
    stripped: Mapping[str, Path]


def make_layers(
    wheels: Iterable[Wheel],
    *,
    store: Store,
    compiler: BytecodeCompiler | None,
    runtime: Runtime,
    progress: Progress,
    slimmed: Slimmed = WHOLE,
    jobs: int | None = None,
) -> tuple[Layer, ...]:
    """Return a layer for each wheel, sorted by name; what was made before is only checked.

    Without a compiler there is no bytecode. `slimmed` says what each distribution is spared; by
    default it is all there. `jobs` is the number of processors to use, by default all. Raises
    BuildError when a wheel cannot be trusted or does not fit the runtime.
    """
    yard = _Yard(
        runtime=runtime, store=store, compiler=compiler, progress=progress, slimmed=slimmed
    )
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
        contents = read_contents(reader, wheel, yard.runtime, yard.slimmed.of(wheel))
        compiled = _compile(wheel, contents, yard.compiler, scratch)
        made = _Made(
            compiled=compiled,
            bytecode=_bytecode(compiled, yard.compiler),
            stripped=_strip(reader, contents, yard.slimmed.stripper_of(wheel), scratch),
        )
        packer = LayerPacker(SITE_PACKAGES)
        layer = write_layer(
            _describe(wheel, key, contents, made, yard),
            _chunks(reader, contents, made, packer),
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
        yard.slimmed.of(wheel).digest,
        stripper.label if (stripper := yard.slimmed.stripper_of(wheel)) else "no stripper",
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


def _strip(
    reader: WheelReader, contents: WheelContents, stripper: Stripper | None, scratch: Path
) -> dict[str, Path]:
    """Return native files without their symbols, by name, where that changes nothing else."""
    stripped: dict[str, Path] = {}
    for number, one in enumerate(contents.placement.placed):
        if stripper is None or not _may_be_native(one):
            continue
        folder = scratch / f"native-{number}"
        folder.mkdir()
        whole, result = folder / "whole", folder / "stripped"
        with whole.open("wb") as file:
            promise = contents.promises[one.member.name]
            reader.read(one.member, promise=promise, sink=file.write).exhaust()
        if stripper.strip(whole, result):
            stripped[one.name] = result
        whole.unlink()
    return stripped


def _may_be_native(placed: Placed) -> bool:
    base = placed.name.rpartition("/")[2]
    return base.endswith(".so") or ".so." in base or placed.member.executable


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
    made: _Made,
    yard: _Yard,
) -> Layer:
    version = yard.compiler.interpreter.version if yard.compiler else None
    return Layer(
        key=key,
        name=wheel.name,
        version=wheel.version,
        wheel_sha256=wheel.sha256,
        blob_sha256="",
        members=(),
        left_out=contents.placement.left_out,
        pth=contents.pth,
        tags=wheel_tags(wheel.filename),
        licence=contents.licence,
        interpreter=version,
        data_files=contents.placement.data_files,
        uncompiled=tuple(sorted(name for name, one in made.compiled.items() if one.problem)),
        notes=contents.placement.notes,
        kept=yard.slimmed.of(wheel).kept,
        stripped=tuple(
            Stripped(name=one.name, size=one.member.size, packed=one.member.compressed_size)
            for one in contents.placement.placed
            if one.name in made.stripped
        ),
    )


def _chunks(
    reader: WheelReader,
    contents: WheelContents,
    made: _Made,
    packer: LayerPacker,
) -> Iterator[bytes]:
    """Give the blob's bytes: files and bytecode by name, and at the end what describes them."""
    placed = {one.name: one for one in contents.placement.placed}
    for name in sorted(placed.keys() | made.bytecode.keys()):
        if name in made.stripped:
            mode = _mode(placed[name])
            yield from packer.compress(name, _read(made.stripped[name]), mode=mode)
        elif name in placed:
            yield from _copied(reader, placed[name], contents, packer)
        else:
            yield from packer.compress(name, [made.bytecode[name].read_bytes()])
    _check_left_out(reader, contents)
    dist_info = contents.placement.dist_info
    yield from packer.compress(f"{dist_info}/INSTALLER", [f"{INSTALLER}\n".encode()])
    record = render_record(packer.members, dist_info=dist_info)
    yield from packer.compress(f"{dist_info}/RECORD", [record])


def _copied(
    reader: WheelReader, placed: Placed, contents: WheelContents, packer: LayerPacker
) -> Iterator[bytes]:
    wheel_member = placed.member
    mode = _mode(placed)
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


def _mode(placed: Placed) -> int:
    return MODE_EXECUTABLE if placed.member.executable else MODE_FILE


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_STEP):
            yield chunk


def _check_left_out(reader: WheelReader, contents: WheelContents) -> None:
    """See that RECORD tells the truth about the rest of the wheel too."""
    left_out = {one.name for one in contents.placement.left_out}
    for member in reader.members:
        if member.name in left_out:
            reader.read(member, promise=contents.promises.get(member.name)).exhaust()
