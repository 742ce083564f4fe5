"""Wheels and app files → Trims: what nothing needs at run time is found, and decided upon."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from lading.core.bundle.appfiles import AppFile
from lading.core.slimming import Rule, Slimming
from lading.core.slimming.plan import Trim, check_exemptions, plan_trims
from lading.core.slimming.references import Reference, may_refer, parse_references
from lading.core.slimming.survey import Survey
from lading.core.wheel import Wheel
from lading.edges.store import Store
from lading.edges.terminal import Progress
from lading.edges.wheels.survey import survey_wheel

# The rules that cannot decide without having looked.
_LOOKING: frozenset[Rule] = frozenset({"tests", "stubs", "headers", "static-libraries"})
# Nobody wrote a longer file by hand.
_MOST_TEXT = 4 << 20


def slim_wheels(
    wheels: Sequence[Wheel],
    app_files: Iterable[AppFile],
    slimming: Slimming,
    *,
    store: Store,
    progress: Progress,
) -> dict[str, Trim]:
    """Return what each distribution is spared, by name; a wheel is looked through only once.

    Raises BuildError when a wheel cannot be trusted.
    """
    for warning in check_exemptions(slimming, {wheel.name for wheel in wheels}):
        progress.warn(warning)
    if not _LOOKING & set(slimming.rules):
        return plan_trims([Survey(name=wheel.name) for wheel in wheels], (), slimming)
    with ThreadPoolExecutor(os.cpu_count() or 1, "lading-survey") as pool:
        surveys = tuple(pool.map(partial(survey_wheel, store=store), wheels))
    return plan_trims(surveys, _app_references(app_files), slimming)


def _app_references(app_files: Iterable[AppFile]) -> Iterator[Reference]:
    for file in app_files:
        if not file.name.endswith(".py"):
            continue
        try:
            with file.path.open("rb") as source:
                content = source.read(_MOST_TEXT)
        except OSError:
            # Whoever packs it will say so.
            continue
        if may_refer(content):
            yield from parse_references(file.name, content)
