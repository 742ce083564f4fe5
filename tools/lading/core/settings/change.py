"""The one write that brings an app's settings to what its files want, and the look afterwards.

Resource Manager takes all settings or none: a write replaces the whole map, and nothing tells it
apart from another one at the same time. So what belongs to others is read, and written back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lading.core.hosting import HostingPlan
from lading.core.secret import Secret
from lading.core.settings import RECORD, AppSettings, DesiredSettings, join_names

EditKind = Literal["add", "change", "remove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One setting to be written or, without a value, taken away; and on whose word."""

    name: str
    kind: EditKind
    value: Secret | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChange:
    """What is to be done to settings; what it does not name stays as it is.

    `orphans` are settings that came from files of earlier releases, and are in none any more.
    """

    edits: tuple[Edit, ...] = ()
    orphans: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Return the names that it touches."""
        return frozenset(edit.name for edit in self.edits)

    def value(self, name: str) -> Secret | None:
        """Return the value that a setting is to get, None where it is to go, or is not touched."""
        return next((edit.value for edit in self.edits if edit.name == name), None)

    def apply(self, actual: AppSettings) -> AppSettings:
        """Return the whole map to write: everything that is there, and the edits."""
        values = dict(actual.values)
        for edit in self.edits:
            if edit.value is None:
                values.pop(edit.name, None)
            else:
                values[edit.name] = edit.value
        return AppSettings(values=values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """What a change may take away: nothing, unless `prune`; never what stays with a slot."""

    prune: bool = False
    sticky: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was found after a write.

    `repair` is what has to be written again, without edits where all is well; `restored` are
    settings of others that it brings back, `vanished` those that somebody took away meanwhile.
    """

    repair: SettingsChange
    restored: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()

    @property
    def is_as_intended(self) -> bool:
        """Say whether nothing has to be written again."""
        return not self.repair.edits


def plan_change(
    desired: DesiredSettings,
    plan: HostingPlan,
    actual: AppSettings,
    ownership: Ownership | None = None,
) -> SettingsChange:
    """Return the edits that make an app's settings what its files and its plan want.

    The files must have passed `plan_rules.check_desired`.
    """
    ownership = ownership or Ownership()
    wanted: dict[str, tuple[Secret | None, str]] = {}
    for name, switch in plan.switches.items():
        if not switch.is_met_by(actual.text(name)):
            value = None if switch.value is None else Secret(switch.value)
            wanted[name] = (value, f"{plan.name} wants it so")
    for setting in desired.settings:
        # A file may say what the plan wants anyway.
        if setting.name not in plan.switches:
            wanted[setting.name] = (setting.value, setting.origin)
    recorded = actual.recorded & actual.values.keys()
    orphans = recorded - desired.names - plan.switches.keys() - ownership.sticky
    if ownership.prune:
        wanted |= dict.fromkeys(sorted(orphans), (None, "no file has it any more"))
    own = desired.names - plan.switches.keys() - frozenset(desired.sticky) - ownership.sticky
    kept = own if ownership.prune else own | (recorded - ownership.sticky)
    record = Secret(join_names(kept)) if kept else None
    edits = _edits(wanted, actual)
    if edits:
        # For the record alone no app is restarted; the next change writes it.
        edits = _edits(wanted | {RECORD: (record, "the names that came from files")}, actual)
    return SettingsChange(
        edits=edits,
        orphans=() if ownership.prune else tuple(sorted(orphans)),
    )


def undo(change: SettingsChange, before: AppSettings) -> SettingsChange:
    """Return what gives the settings of a change the values that they had before it."""
    wanted = {name: (before.values.get(name), "as it was") for name in change.names}
    return SettingsChange(edits=_edits(wanted, change.apply(before)))


def check_written(change: SettingsChange, *, before: AppSettings, after: AppSettings) -> Written:
    """Compare what is there after a write with what was there right before it.

    An edit that is not there was overwritten by somebody who had read the settings before it was
    written. Whatever else vanished then was lost in the same way, and comes back. Where all edits
    are there, somebody took it away knowingly.
    """
    lost = [edit for edit in change.edits if after.values.get(edit.name) != edit.value]
    gone = sorted(before.values.keys() - after.values.keys() - change.names)
    if not lost:
        return Written(repair=SettingsChange(), vanished=tuple(gone))
    wanted = {edit.name: (edit.value, edit.reason) for edit in lost}
    wanted |= {name: (before.values[name], "lost in another's write") for name in gone}
    return Written(repair=SettingsChange(edits=_edits(wanted, after)), restored=tuple(gone))


def _edits(
    wanted: Mapping[str, tuple[Secret | None, str]], actual: AppSettings
) -> tuple[Edit, ...]:
    found = []
    for name in sorted(wanted):
        value, reason = wanted[name]
        there = actual.values.get(name)
        if there == value:
            continue
        kind: EditKind = "remove" if value is None else "add" if there is None else "change"
        found.append(Edit(name=name, kind=kind, value=value, reason=reason))
    return tuple(found)
