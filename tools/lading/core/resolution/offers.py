"""Which one file of each version a machine gets, and what a resolver is shown of an index.

A resolver that sees one file per version cannot choose a version for a file that lading would not
take, and it cannot pass over a version that has only a source archive: that one is shown as the
wheel which it will be built into.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.version import InvalidVersion, Version

from lading.core.index import IndexFile
from lading.core.machine import Machine

# A wheel's name: NAME-VERSION, perhaps -BUILD, then -INTERPRETER-ABI-PLATFORM.
_PARTS_WITH_BUILD = 6
_TAG_PARTS = 3
_UNUSABLE = 1 << 30
# Where each tag stands among those of a machine. Made once for a page: hashing all tags takes
# longer than judging a file.
Positions = Mapping[str, int]
_Rank = tuple[bool, bool, int, tuple[int, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One version: the file that stands for it, and what the resolver is told that it is.

    For a version that must be built `file` is the source archive and `shown` the wheel that it
    will be; otherwise they are the same wheel. `usable` is False where no file fits the machine:
    it is shown as it is, so that the resolver can say so.
    """

    version: str
    file: IndexFile
    shown: IndexFile
    usable: bool = True

    @property
    def must_be_built(self) -> bool:
        """Say whether a source archive stands behind the wheel that is shown."""
        return self.usable and not self.file.is_wheel


def choose_offers(files: Iterable[IndexFile], machine: Machine) -> tuple[Offer, ...]:
    """Return one offer for each version, the newest last."""
    versions: dict[Version, list[IndexFile]] = {}
    for file in files:
        version = _version(file.version)
        if version is not None:
            versions.setdefault(version, []).append(file)
    positions = _positions(machine.tags)
    return tuple(_offer(versions[version], machine, positions) for version in sorted(versions))


def choose_offer(files: Iterable[IndexFile], version: str, machine: Machine) -> Offer | None:
    """Return the offer of one version, or None where the index does not have it."""
    wanted = _version(version)
    matching = [file for file in files if _version(file.version) == wanted]
    return _offer(matching, machine, _positions(machine.tags)) if matching else None


def stand_in(name: str, version: str, *, source: str) -> IndexFile:
    """Return the wheel that something to be built will be, as a resolver is shown it."""
    filename = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    return IndexFile(
        name=name,
        version=version,
        filename=filename,
        # Nobody fetches it: only its metadata is asked for, by its name.
        url=f"https://stand-in.invalid/{filename}",
        source=source,
        has_metadata=True,
    )


def fits(filename: str, machine: Machine) -> bool:
    """Say whether a wheel runs on a machine, judged by its name."""
    return _tag_rank(filename, _positions(machine.tags)) != _UNUSABLE


def _choose(files: Iterable[IndexFile], machine: Machine, positions: Positions) -> IndexFile | None:
    best: tuple[_Rank, IndexFile] | None = None
    for file in files:
        place = _tag_rank(file.filename, positions) if file.is_wheel else _UNUSABLE
        if place == _UNUSABLE:
            continue
        rank = _rank(file, machine, place)
        if best is None or rank < best[0]:
            best = rank, file
    return best[1] if best else None


def _offer(files: list[IndexFile], machine: Machine, positions: Positions) -> Offer:
    wheel = _choose(files, machine, positions)
    archive = min(
        (file for file in files if not file.is_wheel),
        key=lambda file: (file.yanked is not None, not file.filename.endswith(".tar.gz")),
        default=None,
    )
    if wheel is not None and not (archive and wheel.yanked is not None and archive.yanked is None):
        return Offer(version=wheel.version, file=wheel, shown=replace(wheel, has_metadata=True))
    if archive is not None:
        shown = replace(
            stand_in(archive.name, archive.version, source=archive.source),
            requires_python=archive.requires_python,
            yanked=archive.yanked,
        )
        return Offer(version=archive.version, file=archive, shown=shown)
    first = min(files, key=lambda file: file.filename)
    return Offer(version=first.version, file=first, shown=first, usable=False)


def _rank(file: IndexFile, machine: Machine, place: int) -> _Rank:
    build, suffix = _build_number(file.filename)
    return (
        file.yanked is not None,
        not _admits(file.requires_python, machine.python),
        place,
        (-build, suffix),
        file.filename,
    )


def _tag_rank(filename: str, positions: Positions) -> int:
    parts = filename.removesuffix(".whl").split("-")
    if len(parts) < _TAG_PARTS + 2:
        return _UNUSABLE
    interpreters, abis, platforms = (part.lower().split(".") for part in parts[-_TAG_PARTS:])
    return min(
        positions.get(f"{interpreter}-{abi}-{platform}", _UNUSABLE)
        for interpreter in interpreters
        for abi in abis
        for platform in platforms
    )


def _build_number(filename: str) -> tuple[int, str]:
    parts = filename.split("-")
    if len(parts) != _PARTS_WITH_BUILD:
        return 0, ""
    digits = len(parts[2]) - len(parts[2].lstrip("0123456789"))
    return int(parts[2][:digits] or 0), parts[2][digits:]


@lru_cache(maxsize=8)
def _positions(tags: tuple[Tag, ...]) -> Positions:
    return {str(tag): position for position, tag in enumerate(tags)}


@lru_cache(maxsize=4096)
def _admits(requires_python: str | None, python: str) -> bool:
    try:
        return SpecifierSet(requires_python or "").contains(python, prereleases=True)
    except InvalidSpecifier:
        return True


@lru_cache(maxsize=65536)
def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
