"""Whether a package is what the checkout would build: its lock against the lock of now."""

from __future__ import annotations

from collections.abc import Iterator

from lading.core.documents import as_document, parse_json, rows_of, text_of
from lading.core.lock import Lock, LockedFile, LockedThing

_TOLD = 3


def compare_lock(report: str, lock: Lock | None) -> tuple[str, ...]:
    """Return what a bill of lading has otherwise than the lock, a phrase for each distribution.

    Raises nothing for a report that says nothing of distributions: all of the lock differs then.
    """
    if lock is None:
        return ("its lock is gone",)
    rows = rows_of(as_document(parse_json(report)), "distributions")
    packed = {text_of(row, "name"): row for row in rows}
    locked = {thing.name: thing for thing in lock.loaded}
    return tuple(
        phrase
        for name in sorted(packed.keys() | locked.keys())
        for phrase in _differs(name, packed.get(name, {}), locked.get(name))
    )


def render_differences(differences: tuple[str, ...]) -> str:
    """Return the first differences, and how many more there are."""
    more = len(differences) - _TOLD
    shown = ", ".join(differences[:_TOLD])
    return f"{shown} and {more} more" if more > 0 else shown


def _differs(name: str, row: object, thing: LockedThing | None) -> Iterator[str]:
    document = as_document(row)
    version, sha256 = text_of(document, "version"), text_of(document, "sha256")
    if thing is None:
        yield f"{name} {version} is locked no more"
    elif not document:
        yield f"{name} {thing.version} is locked and not in it"
    elif version != thing.version:
        yield f"{name} is {version} in it and locked as {thing.version}"
    elif isinstance(thing, LockedFile) and thing.sha256 != sha256:
        yield f"{name} {version} is locked with other bytes"
