"""An artifact of any tool, read with suspicion into layers: what lading knows of its own packages.

Every distribution that a RECORD tells of becomes a layer, and what is left of the vendored folder,
and the app's own files. Their bytes are copied as they lie in the zip, and hashed on the way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from lading.core.bundle import LABEL
from lading.core.errors import BuildError, PackageRefused, UsageError
from lading.core.layer import MODE_EXECUTABLE, MODE_FILE, SITE_PACKAGES, Layer, Member
from lading.core.wheel import Wheel, WheelMember, effective_pth_lines
from lading.core.wheel.member_names import member_name_problem
from lading.core.wheel.record import parse_record
from lading.edges.layers.packer import LayerPacker, deflate_library
from lading.edges.layers.shelf import read_layer, write_layer
from lading.edges.store import Store
from lading.edges.wheels.reader import WheelReader, open_wheel

# Whoever changes what is made of an artifact raises this.
_RULES = 1
# Who owns files in the vendored folder that no RECORD tells of.
UNRECORDED = "files of no distribution"
_DIST_INFO = ".dist-info"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedArtifact:
    """What is in a zip; `label` is its lading.json, b"" where another tool made it."""

    layers: tuple[Layer, ...]
    label: bytes
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The members that become one layer, with their names in it; `name` is the distribution's."""

    name: str
    version: str
    prefix: str
    members: tuple[tuple[str, WheelMember], ...]


def read_artifact(path: Path, *, store: Store) -> OpenedArtifact:
    """Return what is in an artifact.

    Raises UsageError where there is no such file, PackageRefused where two readers of the zip could
    see different things, or where a name in it leads elsewhere.
    """
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}",
            remedy="Name a zip: --artifact dist/orders.zip. `lading build` makes one.",
        ) from error
    whole = Wheel(
        name="", version="", filename=path.name, sha256=sha256, source="", path=path.absolute()
    )
    try:
        with open_wheel(whole) as reader:
            _check_names(path, reader.members)
            layers = tuple(
                _layer(part, reader, sha256, store) for part in _parts(reader) if part.members
            )
            label = _read(reader, LABEL)
    except BuildError as error:
        raise _refused(error.message) from error
    return OpenedArtifact(layers=layers, label=label or b"", sha256=sha256, size=size)


def _refused(message: str) -> PackageRefused:
    return PackageRefused(
        message.replace("is not a wheel", "is not a zip"),
        remedy="Tools disagree about such a zip; pack it anew.",
    )


def _check_names(path: Path, members: Iterable[WheelMember]) -> None:
    seen: set[str] = set()
    problems = []
    for member in members:
        if problem := member_name_problem(member.name):
            problems.append(problem)
        if member.name in seen:
            problems.append(f"{member.name}: twice in the zip")
        seen.add(member.name)
    if problems:
        lines = "".join(f"\n  - {problem}" for problem in problems)
        raise _refused(f"{path.name} is refused:{lines}")


def _read(reader: WheelReader, name: str) -> bytes | None:
    for member in reader.members:
        if member.name == name:
            return reader.read_text(member)
    return None


def _parts(reader: WheelReader) -> Iterator[_Part]:
    vendored = {
        member.name.removeprefix(SITE_PACKAGES): member
        for member in reader.members
        if member.name.startswith(SITE_PACKAGES)
    }
    left = dict(vendored)
    infos = {name.partition("/")[0] for name in vendored if "/" in name}
    for info in sorted(name for name in infos if name.endswith(_DIST_INFO)):
        record = vendored.get(f"{info}/RECORD")
        told = reader.read_text(record).decode("utf-8", "replace") if record else ""
        names = {name for name in left if name.startswith(f"{info}/")}
        names |= left.keys() & parse_record(told)[0].keys()
        stem, _, version = info.removesuffix(_DIST_INFO).rpartition("-")
        yield _Part(
            name=canonicalize_name(stem or version),
            version=version if stem else "",
            prefix=SITE_PACKAGES,
            members=tuple((name, left.pop(name)) for name in sorted(names)),
        )
    yield _Part(
        name=UNRECORDED, version="", prefix=SITE_PACKAGES, members=tuple(sorted(left.items()))
    )
    own = [
        (member.name, member)
        for member in reader.members
        if not member.name.startswith(SITE_PACKAGES) and member.name != LABEL
    ]
    yield _Part(name="", version="", prefix="", members=tuple(sorted(own)))


def _layer(part: _Part, reader: WheelReader, sha256: str, store: Store) -> Layer:
    identity = f"artifact {_RULES}\0{sha256}\0{part.name}\0{part.version}\0{deflate_library()}"
    key = hashlib.sha256(identity.encode()).hexdigest()
    known = read_layer(key, store=store)
    if known is not None:
        return known
    packer = LayerPacker(part.prefix)
    layer = Layer(
        key=key,
        name=part.name,
        version=part.version,
        wheel_sha256="",
        blob_sha256="",
        members=(),
        prefix=part.prefix,
        tags=_tags(part, reader),
        pth=_pth(part, reader),
    )
    return write_layer(layer, _chunks(part, reader, packer), packer=packer, store=store)


def _tags(part: _Part, reader: WheelReader) -> tuple[str, ...]:
    for name, member in part.members:
        if name.endswith(f"{_DIST_INFO}/WHEEL"):
            lines = reader.read_text(member).decode("utf-8", "replace").splitlines()
            return tuple(
                sorted(line.partition(":")[2].strip() for line in lines if line.startswith("Tag:"))
            )
    return ()


def _pth(part: _Part, reader: WheelReader) -> tuple[str, ...]:
    return tuple(
        name
        for name, member in part.members
        if part.prefix and name.endswith(".pth") and "/" not in name
        if effective_pth_lines(reader.read_text(member).decode("utf-8", "replace"))
    )


def _chunks(part: _Part, reader: WheelReader, packer: LayerPacker) -> Iterator[bytes]:
    for name, found in part.members:
        mode = MODE_EXECUTABLE if found.executable else MODE_FILE
        if not found.kept_as_it_is:
            yield from packer.compress(name, reader.read(found), mode=mode)
            continue
        member = Member(
            name=name,
            mode=mode,
            size=found.size,
            sha256="",
            crc=found.crc,
            method=found.method,
            compressed_size=found.compressed_size,
            offset=0,
        )
        with packer.examination.watch(name) as watch:
            read = reader.read(found, sink=watch.feed)
            yield from packer.copy(member, read, sha256=read.sha256)
