"""What changed between two locks, as Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lading.core.lock import Lock, LockedFile, LockedThing
from lading.core.sizes import render_size
from lading.core.wheel.licence import UNKNOWN_LICENCE

Kind = Literal["added", "removed", "changed", "replaced"]
# By name and version.
Licences = Mapping[tuple[str, str], str]
_NOTHING = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One distribution as a lock has it; `size` in bytes where known, `place` where it is from."""

    version: str
    place: str
    fingerprint: str
    size: int | None
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One distribution that differs; `for_building` where it is needed only to build others.

    "replaced" means that the version stayed and its bytes or its place did not.
    """

    name: str
    kind: Kind
    before: Side | None
    after: Side | None
    for_building: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LockDiff:
    """Everything that differs, by name."""

    changes: tuple[Change, ...]
    python: tuple[str, str] | None = None


def compare_locks(before: Lock | None, after: Lock, *, licences: Licences) -> LockDiff:
    """Return what differs; without a lock before everything is added."""
    changes = [
        *_changes(
            _sides(before.loaded if before else (), licences),
            _sides(after.loaded, licences),
            for_building=False,
        ),
        *_changes(
            _sides(before.needed if before else (), licences),
            _sides(after.needed, licences),
            for_building=True,
        ),
    ]
    moved = before is not None and before.python != after.python
    return LockDiff(
        changes=tuple(changes),
        python=(before.python, after.python) if before is not None and moved else None,
    )


def render_diff(diff: LockDiff) -> str:
    """Return the differences as Markdown; a sentence where there are none."""
    if not diff.changes and diff.python is None:
        return "The lock did not change.\n"
    lines = [f"**{_summary(diff)}**", ""]
    if diff.python is not None:
        lines += [f"Python {diff.python[0]} → {diff.python[1]}", ""]
    for title, for_building in (("In the package", False), ("Needed to build it", True)):
        rows = [change for change in diff.changes if change.for_building is for_building]
        if rows:
            lines += [f"### {title}", "", *_table(rows), ""]
    return "\n".join(lines)


def _sides(things: tuple[LockedThing, ...], licences: Licences) -> dict[tuple[str, str], Side]:
    return {
        (thing.name, thing.version): Side(
            version=thing.version,
            place=_place(thing),
            fingerprint=_fingerprint(thing),
            size=_size(thing),
            licence=licences.get((thing.name, thing.version), UNKNOWN_LICENCE),
        )
        for thing in things
    }


def _changes(
    before: dict[tuple[str, str], Side], after: dict[tuple[str, str], Side], *, for_building: bool
) -> list[Change]:
    changes = []
    for name in sorted({name for name, _ in (*before, *after)}):
        old = [side for (found, _), side in before.items() if found == name]
        new = [side for (found, _), side in after.items() if found == name]
        changes += [
            Change(
                name=name,
                kind=_kind(one, other),
                before=one,
                after=other,
                for_building=for_building,
            )
            for one, other in _pairs(old, new)
        ]
    return changes


def _pairs(old: list[Side], new: list[Side]) -> list[tuple[Side | None, Side | None]]:
    """Pair what changed. Several versions of one name occur among build requirements only."""
    gone = [side for side in old if side not in new]
    come = [side for side in new if side not in old]
    longest = max(len(gone), len(come))
    padded_gone = [*gone, *[None] * (longest - len(gone))]
    padded_come = [*come, *[None] * (longest - len(come))]
    return list(zip(padded_gone, padded_come, strict=True))


def _kind(before: Side | None, after: Side | None) -> Kind:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    return "replaced" if before.version == after.version else "changed"


def _place(thing: LockedThing) -> str:
    if isinstance(thing, LockedFile):
        return thing.source
    match thing.kind:
        case "git":
            return f"git {thing.commit[:12]}"
        case "path":
            return thing.path
        case "url":
            return thing.url
        case "archive":
            return f"{thing.file.source if thing.file else ''}, source archive"


def _fingerprint(thing: LockedThing) -> str:
    if isinstance(thing, LockedFile):
        return thing.sha256
    return thing.commit or thing.sha256 or (thing.file.sha256 if thing.file else "")


def _size(thing: LockedThing) -> int | None:
    if isinstance(thing, LockedFile):
        return thing.size
    return thing.file.size if thing.file else None


def _summary(diff: LockDiff) -> str:
    kinds = [change.kind for change in diff.changes]
    counted = [
        f"{kinds.count(kind)} {kind}"
        for kind in ("added", "removed", "changed", "replaced")
        if kind in kinds
    ]
    return f"Lock: {', '.join(counted) or 'another Python'}"


def _table(changes: list[Change]) -> list[str]:
    head = [
        "| distribution | version | from | size | licence |",
        "|---|---|---|---:|---|",
    ]
    return [*head, *(_row(change) for change in changes)]


def _row(change: Change) -> str:
    before, after = change.before, change.after
    version = _moved(*(side.version if side else None for side in (before, after)))
    if change.kind == "replaced" and before and after and before.fingerprint != after.fingerprint:
        version += " (**other bytes**)"
    cells = [
        change.name,
        version,
        _moved(*(side.place if side else None for side in (before, after))),
        _moved(*(_shown_size(side) for side in (before, after))),
        _moved(*(side.licence if side else None for side in (before, after))),
    ]
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _moved(before: str | None, after: str | None) -> str:
    if before == after:
        return after or _NOTHING
    return f"{before or _NOTHING} → {after or _NOTHING}"


def _shown_size(side: Side | None) -> str | None:
    if side is None:
        return None
    return "unknown" if side.size is None else render_size(side.size)
