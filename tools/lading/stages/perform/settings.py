"""The steps about settings: the names that stay with a slot, the one write, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lading.core.deployment.outcomes import StepOutcome
from lading.core.deployment.reactions import Accepted, Look, Refused
from lading.core.deployment.steps import WriteSettings, WriteSticky
from lading.core.documents import parse_json
from lading.core.settings import AppSettings, parse_app_settings
from lading.core.settings.change import SettingsChange, Written, check_written, undo
from lading.core.settings.sticky import parse_slot_names, plan_sticky, slot_names_document
from lading.edges.azure.asking import Heard, Patience, Reply
from lading.edges.azure.resource_manager import ResourceManager
from lading.edges.terminal import Progress
from lading.stages.perform.ends import done, ended, failed, unknown

# How often what somebody else's write took away is written again.
_REPAIRS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSettings:
    """What became of a write; `before` is what was there right before it, None where none was."""

    outcome: StepOutcome
    before: AppSettings | None = None


class SettingsWriter:
    """Writes the settings of one site, each time on top of what is there at that moment."""

    def __init__(self, manager: ResourceManager, patience: Patience, progress: Progress) -> None:
        self._manager = manager
        self._patience = patience
        self._progress = progress

    def write_sticky(self, step: WriteSticky) -> StepOutcome:
        """Add names to those that stay with their slot; every list is kept."""
        heard = self._patience.ask_arm("read", self._manager.read_slot_names)
        if not isinstance(heard.reaction, Accepted):
            return ended(step, heard.reaction)
        change = plan_sticky(parse_slot_names(parse_json(heard.body)), step.change.added)
        if change is None:
            return done(step)
        document = slot_names_document(change.names)
        send = lambda: self._manager.write_slot_names(document)  # noqa: E731 - one call, once
        return ended(step, self._patience.ask_arm("write-sticky", send).reaction)

    def write(self, step: WriteSettings) -> WrittenSettings:
        """Write a change, look at what is there then, and repair what another's write has lost."""
        change, first = step.change, None
        for _ in range(1 + _REPAIRS):
            before, reaction = self._write_once(change)
            if before is None or not isinstance(reaction, Accepted):
                return WrittenSettings(
                    outcome=_half_way(ended(step, reaction), first), before=first
                )
            first = first or before
            after = parse_app_settings(parse_json(self._read().body))
            if after is None:
                text = "the settings were written, and Azure does not tell what is there now"
                return WrittenSettings(outcome=unknown(step, text), before=first)
            found = check_written(change, before=before, after=after)
            self._tell(found)
            if found.is_as_intended:
                return WrittenSettings(outcome=done(step), before=first)
            change = found.repair
        return WrittenSettings(outcome=_half_way(failed(step, _CONTESTED), first), before=first)

    def take_back(self, change: SettingsChange, before: AppSettings) -> bool:
        """Give the settings of a change the values of before; say whether that was done."""
        _, reaction = self._write_once(undo(change, before))
        return isinstance(reaction, Accepted)

    def _write_once(
        self, change: SettingsChange
    ) -> tuple[AppSettings | None, Accepted | Look | Refused]:
        """Read, and write what was read with the change: both anew each time that it is asked."""
        held: list[AppSettings] = []

        def send() -> Reply:
            heard = self._read()
            settings = parse_app_settings(parse_json(heard.body))
            if settings is None:
                # Its refusal is that of the write.
                return heard.reply
            held.append(settings)
            return self._manager.write_settings(change.apply(settings).values)

        reaction = self._patience.ask_arm("write-settings", send).reaction
        if held:
            return held[-1], reaction
        return None, reaction if isinstance(reaction, Refused) else _UNREAD

    def _read(self) -> Heard:
        return self._patience.ask_arm("read", self._manager.read_settings)

    def _tell(self, found: Written) -> None:
        if found.restored:
            names = ", ".join(found.restored)
            self._progress.warn(f"somebody else wrote settings at the same time: {names} come back")
        if found.vanished:
            names = ", ".join(found.vanished)
            self._progress.warn(f"somebody took settings away meanwhile: {names}")


def _half_way(outcome: StepOutcome, before: AppSettings | None) -> StepOutcome:
    """Say that nobody knows what is there, where a write had been taken before this one."""
    return outcome if before is None else replace(outcome, state="unknown")


_UNREAD = Refused(
    code="settings-unread",
    text="Azure does not tell the settings",
    remedy="Deploy again: nothing is written that was not read before.",
)
_CONTESTED = Refused(
    code="settings-contested",
    text="something else writes the settings at the same time, again and again",
    remedy="Find out what does (a pipeline, a policy, Terraform). Deploy again once that is over.",
)
