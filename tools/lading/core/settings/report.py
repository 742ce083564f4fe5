"""Changes of settings as text and JSON: names and reasons, never values."""

from __future__ import annotations

from collections.abc import Iterator

from lading.core.settings import RECORD
from lading.core.settings.change import EditKind, SettingsChange

_SIGNS: dict[EditKind, str] = {"add": "+", "change": "~", "remove": "-"}
_DONE: dict[EditKind, str] = {"add": "new", "change": "changed", "remove": "taken away"}


def render_change(change: SettingsChange) -> Iterator[str]:
    """Give a line for each edit that somebody asked for; lading's own record is not worth one."""
    told = [edit for edit in change.edits if edit.name != RECORD]
    width = max((len(edit.name) for edit in told), default=0)
    for edit in told:
        yield f"{_SIGNS[edit.kind]} {edit.name.ljust(width)}  {edit.reason}"
    if change.orphans:
        names = ", ".join(change.orphans)
        yield f"(in no file any more, and kept until lading settings --prune: {names})"


def count_changes(change: SettingsChange) -> str:
    """Return how many settings are new, changed, and taken away; those that somebody asked for."""
    kinds = [edit.kind for edit in change.edits if edit.name != RECORD]
    counts = ((kinds.count(kind), word) for kind, word in _DONE.items())
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    return told or "only lading's list of them"


def change_document(change: SettingsChange) -> dict[str, object]:
    """Return a change as JSON has it: `edits` with name, change and reason, and `orphans`."""
    return {
        "edits": [
            {"name": edit.name, "change": edit.kind, "reason": edit.reason} for edit in change.edits
        ],
        "orphans": list(change.orphans),
    }
