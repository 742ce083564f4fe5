"""What stands between the settings that a target's files want and those of its app."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lading.core.config import Target
from lading.core.deployment.outcomes import StepOutcome
from lading.core.deployment.preflight import check_place
from lading.core.deployment.state import AppState, SiteState
from lading.core.deployment.steps import WriteSettings, WriteSticky
from lading.core.errors import DeploymentFailed, DeploymentUnknown
from lading.core.hosting import Site
from lading.core.problems import Problem, exit_code_of
from lading.core.settings import RECORD, AppSettings, DesiredSettings
from lading.core.settings.change import Edit, Ownership, SettingsChange, plan_change
from lading.core.settings.plan_rules import check_after, check_desired, check_together
from lading.core.settings.sticky import StickyChange, plan_sticky

# Where this ends a write, a part of it is there: somebody else's came between.
_CONTESTED = "settings-contested"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsDifference:
    """What a write would do at one target, or what forbids it; without steps nothing differs.

    `equal` are names of the files that are there with their value, `foreign` those that are in no
    file and never were. `actual` are the values that are there.
    """

    target: Target
    site: Site
    change: SettingsChange
    actual: AppSettings
    sticky: StickyChange | None = None
    equal: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[WriteSticky | WriteSettings, ...]:
        """Return what is to be done, in its order: a name stays with its slot before it is set."""
        if self.problems:
            return ()
        found: list[WriteSticky | WriteSettings] = []
        if self.sticky is not None:
            found.append(WriteSticky(change=self.sticky))
        if self.change.edits:
            found.append(WriteSettings(change=self.change))
        return tuple(found)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Return the edits that somebody asked for: all but lading's own record."""
        return tuple(edit for edit in self.change.edits if edit.name != RECORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsOutcome:
    """What became of a difference; without steps nothing was written, or was to be."""

    difference: SettingsDifference
    steps: tuple[StepOutcome, ...] = field(default=())

    @property
    def trouble(self) -> StepOutcome | None:
        """Return the step that did not end well, if any."""
        return next((one for one in self.steps if one.state != "done"), None)

    @property
    def exit_code(self) -> int:
        """Return 0, that of what forbids it, 7 where nothing was written, 8 where that is open."""
        if self.difference.problems:
            return exit_code_of(self.difference.problems)
        trouble = self.trouble
        if trouble is None:
            return 0
        is_open = trouble.state == "unknown" or trouble.code == _CONTESTED
        return DeploymentUnknown.exit_code if is_open else DeploymentFailed.exit_code


def compare_settings(
    target: Target, desired: DesiredSettings, state: AppState, *, prune: bool
) -> SettingsDifference:
    """Return the difference at one target; with `prune` what is in no file any more goes."""
    place = state.place_of(target)
    plan = place.site.plan
    actual = place.settings or AppSettings()
    sticky = frozenset(state.slot_names.app_settings)
    change = SettingsChange()
    if place.settings is not None and plan.character is not None:
        change = plan_change(desired, plan, actual, Ownership(prune=prune, sticky=sticky))
    return SettingsDifference(
        target=target,
        site=place.site,
        change=change,
        actual=actual,
        sticky=plan_sticky(state.slot_names, target.sticky) if plan.has_slots else None,
        equal=tuple(sorted((desired.names & actual.values.keys()) - change.names)),
        foreign=_foreign(desired, place, actual),
        problems=tuple(_problems(target, desired, state)),
        notes=tuple(_notes(target, desired, place, change)),
    )


def exit_code_of_settings(outcomes: Iterable[SettingsOutcome]) -> int:
    """Return the code of several targets: of the one about which the least is known."""
    return max((outcome.exit_code for outcome in outcomes), default=0)


def _foreign(desired: DesiredSettings, place: SiteState, actual: AppSettings) -> tuple[str, ...]:
    known = desired.names | actual.recorded | place.site.plan.switches.keys() | {RECORD}
    return tuple(sorted(actual.values.keys() - known))


def _problems(target: Target, desired: DesiredSettings, state: AppState) -> Iterator[Problem]:
    place = state.place_of(target)
    yield from check_place(target, state)
    if place.site.plan.character is None:
        return
    yield from check_desired(desired, place.site.plan)
    if place.settings is not None:
        yield from check_together(desired, place.settings, place.site.plan)


def _notes(
    target: Target, desired: DesiredSettings, place: SiteState, change: SettingsChange
) -> Iterator[str]:
    yield from desired.notes
    if target.swap:
        yield (
            f"these are the settings of the slot {target.slot}: production gets them, without the "
            "sticky ones, with the swap of the next deployment"
        )
    if place.settings is not None and place.site.plan.character is not None:
        after = change.apply(place.settings)
        yield from (problem.text for problem in check_after(after, place.site.plan))
