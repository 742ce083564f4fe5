"""The plan of a deployment: from what is and what should be, the steps between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lading.core.deployment.preflight import PULLS_WHERE, check_deployment, tell_end_of_support
from lading.core.deployment.proof import demand_of
from lading.core.deployment.release import Package, Release
from lading.core.deployment.state import AppState, SiteState
from lading.core.deployment.steps import (
    AwaitDeployment,
    KeepPackage,
    Prove,
    PullPackage,
    SettleScm,
    Step,
    Swap,
    SyncTriggers,
    Upload,
    WriteSettings,
    WriteSticky,
)
from lading.core.hosting import RUN_FROM_PACKAGE, Character, Site
from lading.core.problems import Problem, exit_code_of
from lading.core.settings import AppSettings, DesiredSettings
from lading.core.settings.change import Ownership, SettingsChange, plan_change
from lading.core.settings.plan_rules import tell_consequences
from lading.core.settings.sticky import plan_sticky

# The one name under which the service takes a package from a container; the folder tells which.
_BLOB = "released-package.zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a deployment will do, in this order, or what keeps it from that.

    Without problems and without steps there is nothing to do.
    """

    release: Release
    site: Site
    steps: tuple[Step, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Say whether what should be is what is."""
        return not self.steps and not self.problems

    @property
    def exit_code(self) -> int:
        """Return the code of the problem to mend first, 0 where there is none."""
        return exit_code_of(self.problems)


def plan_deployment(release: Release, state: AppState, *, today: dt.date) -> Plan:
    """Return the steps that bring a release to its target, or all that keeps it from there."""
    place = state.place_of(release.target)
    sticky = frozenset(state.slot_names.app_settings)
    change = _change(release.settings, place, sticky)
    problems = check_deployment(release, state, change, today=today)
    planner = _Planner(release, state, place, change)
    steps = () if problems else tuple(planner.steps())
    return Plan(
        release=release,
        site=place.site,
        steps=steps,
        problems=problems,
        notes=tuple(_notes(release, place, change, today)),
    )


class _Planner:
    """The steps, one group after the other."""

    def __init__(
        self, release: Release, state: AppState, place: SiteState, change: SettingsChange
    ) -> None:
        self._release = release
        self._state = state
        self._place = place
        self._change = change
        self._sticky = plan_sticky(state.slot_names, release.target.sticky)
        self._pulls = place.closed is not None and place.closed.code in PULLS_WHERE

    def steps(self) -> Iterator[Step]:
        if self._is_done():
            return
        has_content = self._has_content()
        yield from self._write()
        if not has_content:
            yield from self._bring(_character(self._place.site))
        elif not _lists_all(self._place, self._release.package):
            yield SyncTriggers()
        yield self._prove(self._place, self._release.target.slot or "")
        if self._release.target.swap:
            yield Swap(slot=self._release.target.slot or "")
            yield self._prove(self._state.production, "")
        if not self._pulls and not has_content:
            yield from self._keep()

    def _is_done(self) -> bool:
        """Say whether the release runs where it is to end up, with the settings that it wants.

        What is there and does not start, or is not listed whole, is looked at once more.
        """
        end, change = self._place, self._change
        if self._release.target.swap:
            end = self._state.production
            there = frozenset(self._state.slot_names.app_settings)
            change = _change(_moving(self._release.settings, there), end, there)
        package = self._release.package
        is_same = end.runs == package.content_sha256 and not change.edits and self._sticky is None
        is_well = end.host is None or end.host.is_healthy
        return is_same and is_well and _lists_all(end, package)

    def _has_content(self) -> bool:
        # A site that is only now told to run from its package has none yet.
        is_same = self._place.runs == self._release.package.content_sha256
        return is_same and RUN_FROM_PACKAGE not in self._change.names

    def _write(self) -> Iterator[Step]:
        if self._sticky is not None:
            yield WriteSticky(change=self._sticky)
        if not self._change.edits:
            return
        yield WriteSettings(change=self._change)
        if not self._pulls and not self._has_content():
            plan = self._place.site.plan
            yield SettleScm(switches=plan.switches if plan.character == "zip-deploy" else {})

    def _bring(self, character: Character) -> Iterator[Step]:
        package = self._release.package
        if self._pulls:
            yield from self._keep()
            yield PullPackage(
                container=self._release.target.packages or "",
                blob=_blob(self._release),
                character=character,
            )
        else:
            yield Upload(path=package.path, size=package.size, character=character)
        yield AwaitDeployment(character=character, by_arm=self._pulls)
        if character == "zip-deploy":
            # Flex does it as a part of the deployment, App Service only for apps that scale.
            yield SyncTriggers()

    def _keep(self) -> Iterator[Step]:
        package, container = self._release.package, self._release.target.packages
        if container:
            yield KeepPackage(
                path=package.path, size=package.size, container=container, blob=_blob(self._release)
            )

    def _prove(self, place: SiteState, slot: str) -> Prove:
        demand = demand_of(
            _character(place.site),
            imported=self._release.package.imported,
            scm_closed=place.closed is not None,
            host_closed=place.host_closed,
        )
        functions = tuple(function.name for function in place.functions)
        return Prove(slot=slot, demand=demand, before=place.runs, functions_before=functions)


def _change(desired: DesiredSettings, place: SiteState, sticky: frozenset[str]) -> SettingsChange:
    if place.settings is None:
        return SettingsChange()
    return plan_change(desired, place.site.plan, place.settings, Ownership(sticky=sticky))


def _moving(desired: DesiredSettings, there: frozenset[str]) -> DesiredSettings:
    """Return what goes along in a swap: a setting that stays with the slot gets nowhere else."""
    stays = there | frozenset(desired.sticky)
    settings = (setting for setting in desired.settings if setting.name not in stays)
    return replace(desired, settings=tuple(settings))


def _lists_all(place: SiteState, package: Package) -> bool:
    """Say whether Azure lists the functions that verification saw, where it saw any."""
    listed = {function.name for function in place.functions}
    return not package.imported or set(package.functions) <= listed


def _character(site: Site) -> Character:
    # A site whose plan takes no package was refused before.
    return site.plan.character or "zip-deploy"


def _blob(release: Release) -> str:
    return f"{release.target.app}/{release.package.short}/{_BLOB}"


def _notes(
    release: Release, place: SiteState, change: SettingsChange, today: dt.date
) -> Iterator[str]:
    yield from release.settings.notes
    yield from tell_consequences(change, place.settings or AppSettings())
    yield from tell_end_of_support(release.package.python, today)
    if not place.site.python:
        yield "the Function App does not say which Python it runs"
    if not release.package.imported:
        yield f"the package was not imported: {release.package.unproven}"
    if place.site.plan.character == "publish" and release.target.packages is None:
        yield (
            "Azure keeps no earlier package of this app, and nothing else does: going back takes "
            'its zip (packages = "https://ACCOUNT.blob.core.windows.net/CONTAINER" on the target '
            "keeps them)"
        )
    if place.closed is not None and place.closed.code in PULLS_WHERE:
        yield f"{place.closed.text}; the package goes by way of Resource Manager"
