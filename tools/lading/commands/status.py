"""`status`: what runs at targets, on what evidence, whether it drifted, and what is left open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from lading.commands import Edges
from lading.core.config import Project, Target
from lading.core.deployment.history import advise, release_evidence, tell_ways, what_runs
from lading.core.deployment.preflight import check_slot
from lading.core.deployment.release import Package, parse_report
from lading.core.deployment.state import AppState, SiteState
from lading.core.deployment.status import Drift, Expected, Status, Unread, find_drifts
from lading.core.errors import ConfigError, DeploymentFailed, LadingError, UsageError
from lading.core.settings import DesiredSettings
from lading.edges.side_by_side import side_by_side
from lading.edges.target_settings import read_target_settings
from lading.stages.read_history import read_history
from lading.stages.read_state import Reached, read_state

_DIST = "dist"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What should be at a target; `settings` is None where its files cannot be read here."""

    target: Target
    package: Package | None
    settings: DesiredSettings | None
    notes: tuple[str, ...] = ()


def status(
    project: Project, targets: Sequence[Target], *, edges: Edges, now: dt.datetime
) -> tuple[Status | Unread, ...]:
    """Return what is known of every target, all at the same time; nothing is changed or waited for.

    Of a target that is swapped, production comes before its slot. Whatever cannot be read is told
    there, and keeps nothing else from being seen.
    """
    found = side_by_side(partial(_look, project, edges, now), targets, stop=edges.waiting.stop)
    return tuple(one for some in found for one in some)


def _look(
    project: Project, edges: Edges, now: dt.datetime, target: Target
) -> tuple[Status | Unread, ...]:
    try:
        wanted = _wanted(project, target, edges)
        azure = edges.open_azure(project, target)
        reached = read_state(target, azure=azure, progress=edges.progress, purpose="status")
        for problem in check_slot(target, reached.state):
            raise DeploymentFailed(problem.text, remedy=problem.remedy)
        found = []
        for one, place in _places(wanted, reached.state):
            ways = reached.ways[one.target.slot or ""]
            history = read_history(place, ways, azure=azure)
            runs = what_runs(place, history)
            found.append(
                Status(
                    target=one.target,
                    place=place,
                    at=now,
                    evidence=release_evidence(place, history, one.package),
                    drifts=_drifts(one, replace(place, runs=runs), reached, edges),
                    latest=history.newest,
                    runs=runs,
                    advice=tuple(advise(place, history, now=now)),
                    notes=(*one.notes, *tell_ways(place)),
                )
            )
    except LadingError as error:
        return (Unread(target=target, error=error),)
    return tuple(found)


def _places(wanted: _Wanted, state: AppState) -> Iterator[tuple[_Wanted, SiteState]]:
    """Give the places of a target, and what should be at each."""
    target = wanted.target
    if not target.swap or state.slot is None:
        yield wanted, state.place_of(target)
        return
    # A setting that stays with its slot gets nowhere else in a swap.
    stays = frozenset(state.slot_names.app_settings) | frozenset(target.sticky)
    moved = wanted.settings and replace(
        wanted.settings,
        settings=tuple(one for one in wanted.settings.settings if one.name not in stays),
    )
    production = replace(target, slot=None, swap=False)
    yield replace(wanted, target=production, settings=moved), state.production
    # What the slot has after a swap is what production had before it.
    yield replace(wanted, package=None, settings=None, notes=()), state.slot


def _drifts(wanted: _Wanted, place: SiteState, reached: Reached, edges: Edges) -> tuple[Drift, ...]:
    expected = Expected(
        settings=wanted.settings or DesiredSettings(),
        package=wanted.package,
        sticky=frozenset(reached.state.slot_names.app_settings),
    )
    compared = place if wanted.settings is not None else replace(place, settings=None)
    return find_drifts(compared, expected, today=edges.today)


def _wanted(project: Project, target: Target, edges: Edges) -> _Wanted:
    package, notes = None, []
    path = project.root / _DIST / f"{target.app}.json"
    try:
        package = parse_report(path.read_text("utf-8"), name=f"{_DIST}/{path.name}")
    except (OSError, ValueError, UsageError):
        notes.append(f"no package of {target.app} was built here: nothing to compare it with")
    settings = None
    try:
        settings = read_target_settings(
            project, target, ambient=edges.ambient, remember=edges.remember
        )
    except ConfigError as error:
        problems = "; ".join(error.problems)
        notes.append(f"its settings are not compared, as the files cannot be read: {problems}")
    return _Wanted(target=target, package=package, settings=settings, notes=tuple(notes))
