"""What `lock` did, as text and JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass

from lading.core.lock import Lock
from lading.core.lock.diff import LockDiff, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOutcome:
    """What `lock` did: the lock, the files it is in, whether they changed, and how."""

    app: str
    lock: Lock
    files: tuple[str, ...]
    changed: bool
    diff: LockDiff
    warnings: tuple[str, ...]


def render_lock_text(outcome: LockOutcome) -> str:
    """Return the outcome for people, in two lines."""
    lock = outcome.lock
    built = sum(not source.is_wheel for source in lock.sources)
    counts = [_count(len(lock.loaded) - built, "wheel"), _count(built, "source") + " to build"]
    if lock.needed:
        counts.append(_count(len(lock.needed), "distribution") + " to build with")
    written = "written" if outcome.changed else "unchanged"
    return (
        f"{outcome.app}: {', '.join(counts)} for Python {lock.python} on {lock.platform}\n"
        f"{' and '.join(outcome.files)}: {written}\n"
    )


def render_lock_json(outcome: LockOutcome) -> str:
    """Return the outcome as a JSON document, field by field."""
    document = {
        "schema": "lading/lock/1",
        "app": outcome.app,
        "python": outcome.lock.python,
        "platform": outcome.lock.platform,
        "fingerprint": outcome.lock.fingerprint,
        "files": list(outcome.files),
        "changed": outcome.changed,
        "warnings": list(outcome.warnings),
        "distributions": [
            {"name": thing.name, "version": thing.version, "required_by": list(thing.required_by)}
            for thing in outcome.lock.loaded
        ],
        "changes": [
            {
                "name": change.name,
                "kind": change.kind,
                "for_building": change.for_building,
                "before": _side_document(change.before),
                "after": _side_document(change.after),
            }
            for change in outcome.diff.changes
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _side_document(side: Side | None) -> dict[str, object] | None:
    if side is None:
        return None
    return {
        "version": side.version,
        "from": side.place,
        "size": side.size,
        "licence": side.licence,
    }
