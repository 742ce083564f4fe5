"""Wheels looked through for what could be spared: their text is read, none of it is run."""

from __future__ import annotations

from lading.core.slimming.notes import Notes
from lading.core.slimming.survey import Survey, parse_survey, render_survey
from lading.core.wheel import Wheel, plan_placement
from lading.core.wheel.identity import dist_info_folder
from lading.edges.store import Store
from lading.edges.wheels.reader import open_wheel

# Whoever changes what is noted raises this, and every wheel is looked through again.
RULES = 1
_KIND = "survey"
# Larger ones are libraries in other languages; no extension module has that size.
_MOST_BYTES = 64 << 20


def survey_wheel(wheel: Wheel, *, store: Store) -> Survey:
    """Return what a wheel has that could be spared; one that was looked through is remembered.

    Raises BuildError where it is no sound zip.
    """
    key = f"rules {RULES}, {wheel.filename}, {wheel.sha256}"
    kept = store.read_record(_KIND, key)
    if kept is not None:
        return parse_survey(kept)
    with open_wheel(wheel) as reader:
        folders = dist_info_folder({member.name: member for member in reader.members})
        placement = plan_placement(reader.members, dist_info=folders[0] if folders else "")
        notes = Notes(wheel.name, {one.name for one in placement.placed})
        for one in placement.placed:
            if notes.wants(one.name, one.member.size) and one.member.size <= _MOST_BYTES:
                notes.note(one.name, reader.read_text(one.member))
    survey = notes.close()
    store.write_record(_KIND, key, render_survey(survey))
    return survey
