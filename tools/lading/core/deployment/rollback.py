"""The release before the one that runs: where it is kept, and the plan that brings it back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lading.core.access.asked import Answer
from lading.core.config import Target
from lading.core.deployment.history import History
from lading.core.deployment.plan import Plan
from lading.core.deployment.preflight import check_deployment, tell_end_of_support
from lading.core.deployment.proof import demand_of
from lading.core.deployment.reactions import Accepted, Again, NoAnswer, Refused, quoted
from lading.core.deployment.release import Package, Release
from lading.core.deployment.scm_records import content_of
from lading.core.deployment.state import AppState, SiteState
from lading.core.deployment.steps import Prove, Step, Swap, SwitchPackage, SyncTriggers
from lading.core.deployment.uploads import forbidden
from lading.core.documents import as_document, number_of, parse_json, text_of
from lading.core.problems import Problem
from lading.core.settings import DesiredSettings
from lading.core.settings.change import SettingsChange
from lading.core.verification import Label

# Where App Service keeps the packages that a site was run from, and which one of them it runs.
SITE_PACKAGES = "data/SitePackages"
POINTER = f"{SITE_PACKAGES}/packagename.txt"
_ZIP = ".zip"
# Of a content's hash, in names.
_DIGITS = 12
_UNAUTHORIZED, _FORBIDDEN = 401, 403
_GOOD, _BROKEN = range(200, 300), range(500, 600)
_RAN_BEFORE = "it was brought there before, and is not loaded again"
STAY = "the package alone comes back: the settings stay as they are now"
COME_BACK = "the settings come back too, with the slot: all but those that stay with their slot"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPackage:
    """A package that is kept: its name, its size in bytes, and since when, where that is told."""

    name: str
    size: int = 0
    stored: dt.datetime | None = None


def parse_site_packages(body: str) -> tuple[StoredPackage, ...]:
    """Return the zips in a listing of a folder, the newest first: their names are times."""
    rows = parse_json(body)
    found = (
        StoredPackage(name=text_of(row, "name"), size=number_of(row, "size") or 0)
        for row in map(as_document, rows if isinstance(rows, list) else [])
        if text_of(row, "name").lower().endswith(_ZIP)
    )
    return tuple(sorted(found, key=lambda one: one.name, reverse=True))


def older_packages(stored: Iterable[StoredPackage], current: str) -> tuple[StoredPackage, ...]:
    """Return the packages that came before the one of that name, in the order they are in."""
    return tuple(one for one in stored if one.name < current)


def earlier_kept(kept: Sequence[StoredPackage], *, app: str, runs: str) -> StoredPackage | None:
    """Return the copy that was kept before that of what runs, None where there is none.

    `runs` has at least 12 digits. A copy is kept once a release was proven, under APP/CONTENT/.
    """
    # Whatever else lies there was not kept by lading, and its name would become that of a file.
    shape = re.compile(rf"{re.escape(app)}/[0-9a-f]{{{_DIGITS}}}/[^/]+", re.ASCII)
    own = [one for one in kept if shape.fullmatch(one.name) and one.stored is not None]
    current = next((one for one in own if one.name.split("/")[1] == runs[:_DIGITS]), None)
    others = [one for one in own if one is not current]
    if current is not None:
        others = [one for one in others if _time(one) < _time(current)]
    return max(others, key=_time, default=None)


def kept_package(stored: StoredPackage, label: Label) -> Package:
    """Return what is known of a package that a site has kept, by what it says of itself."""
    return Package(
        path=f"{SITE_PACKAGES}/{stored.name}",
        sha256="",
        content_sha256=label.content_sha256,
        size=stored.size,
        python=label.python,
        unproven=_RAN_BEFORE,
    )


def fetched_package(path: str, label: Label, *, sha256: str, size: int) -> Package:
    """Return what is known of a copy that was fetched, by what it says of itself."""
    return Package(
        path=path,
        sha256=sha256,
        content_sha256=label.content_sha256,
        size=size,
        python=label.python,
        unproven=_RAN_BEFORE,
    )


def slot_package(target: Target, slot: SiteState) -> Package:
    """Return what is known of the package that a slot runs."""
    return Package(
        path=f"in the slot {target.slot}",
        sha256="",
        content_sha256=slot.runs,
        size=0,
        python=slot.site.python,
        unproven=_RAN_BEFORE,
    )


def is_newer(one: SiteState, other: SiteState, histories: Iterable[History]) -> bool:
    """Say whether what one place runs was brought after what another one runs.

    Where the deployments of either are not on record nobody can say so.
    """
    records = [record for history in histories for record in history.records]
    times = []
    for place in (one, other):
        found = (
            record.received
            for record in records
            if place.runs.startswith(content_of(record) or "?") and record.received is not None
        )
        times.append(max(found, default=None))
    first, second = times
    return first is not None and second is not None and first > second


def rollback_release(target: Target, package: Package, *, note: str = STAY) -> Release:
    """Return an earlier release: its package, with no setting of its own; `note` says so."""
    return Release(target=target, package=package, settings=DesiredSettings(notes=(note,)))


def plan_switch(release: Release, state: AppState, stored: str, *, today: dt.date) -> Plan:
    """Return the steps that let a site run again a package that it has kept."""
    place = state.place_of(release.target)
    steps = (
        SwitchPackage(package=stored),
        SyncTriggers(),
        _prove(place, release.target.slot or ""),
    )
    problems = check_deployment(release, state, SettingsChange(), today=today)
    return _plan(release, state.place_of(release.target), (steps, problems), today=today)


def plan_swap_back(release: Release, state: AppState, *, today: dt.date) -> Plan:
    """Return the steps that bring back what a slot got in the last swap."""
    steps = (Swap(slot=release.target.slot or ""), _prove(state.production, ""))
    place = state.place_of(release.target)
    problems = (*check_deployment(release, state, SettingsChange(), today=today), *_ill(place))
    return _plan(release, place, (steps, problems), today=today)


def judge_written(reply: Answer | NoAnswer) -> Accepted | Again | Refused:
    """Return what to do about the reply to a file that was written: twice does no harm."""
    if isinstance(reply, NoAnswer):
        return _again(f"the SCM site gave no answer: {reply.reason}")
    if reply.status in _GOOD:
        return Accepted(finished=True)
    if reply.status == _UNAUTHORIZED or reply.status in _BROKEN:
        return _again(f"the SCM site answered {reply.status}{quoted(reply)}")
    if reply.status == _FORBIDDEN:
        return forbidden(reply)
    return Refused(
        code="scm-refused",
        text=f"the SCM site does not take the file ({reply.status}){quoted(reply)}",
        remedy="Deploy the earlier package itself: lading rollback --target … --artifact ZIP.",
    )


def _plan(
    release: Release,
    place: SiteState,
    found: tuple[tuple[Step, ...], tuple[Problem, ...]],
    *,
    today: dt.date,
) -> Plan:
    steps, problems = found
    return Plan(
        release=release,
        site=place.site,
        steps=() if problems else steps,
        problems=problems,
        notes=(*release.settings.notes, *tell_end_of_support(release.package.python, today)),
    )


def _ill(place: SiteState) -> tuple[Problem, ...]:
    """Tell of a slot that would be swapped and does not start."""
    if place.host is None or not place.host.errors:
        return ()
    return (
        Problem(
            code="slot-ill",
            text=f"the host of {place.site.name} does not start: {'; '.join(place.host.errors)}",
            remedy="Deploy the earlier package itself: lading rollback --target … --artifact ZIP.",
        ),
    )


def _prove(place: SiteState, slot: str) -> Prove:
    demand = demand_of(
        place.site.plan.character or "zip-deploy",
        imported=False,
        scm_closed=place.closed is not None,
        host_closed=place.host_closed,
    )
    functions = tuple(function.name for function in place.functions)
    return Prove(slot=slot, demand=demand, before=place.runs, functions_before=functions)


def _again(text: str) -> Again:
    return Again(
        code="scm-unreachable",
        text=text,
        remedy="Try again once the SCM site answers.",
        need="fresh-token",
        at_most=3,
    )


def _time(one: StoredPackage) -> dt.datetime:
    return one.stored or dt.datetime.min.replace(tzinfo=dt.UTC)
