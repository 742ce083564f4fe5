"""The steps about settings: the names that stay with a slot, the one write, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lading.core.deployment.arm_replies import may_be_done
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
# Seconds: by so much what is listed may lag behind what was written.
_LAGS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSettings:
    """What became of a write; `before` is what was there right before it, None where none was."""

    outcome: StepOutcome
    before: AppSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Once:
    """What became of one write, sent as often as it took.

    `first` and `last` are what was there before the first time and before the last, None where
    nobody told; it is `in_doubt` where one of them may have been done.
    """

    reaction: Accepted | Look | Refused
    first: AppSettings | None = None
    last: AppSettings | None = None
    in_doubt: bool = False


class SettingsWriter:
    """Writes the settings of one site, each time on top of what is there at that moment.

    `may_be_written` says that a write was sent which nobody has refused.
    """

    def __init__(self, manager: ResourceManager, patience: Patience, progress: Progress) -> None:
        self._manager = manager
        self._patience = patience
        self._progress = progress
        self.may_be_written = False

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
            once = self._write_once(change)
            first = first or once.first
            if not isinstance(once.reaction, Accepted) and not self._is_there(step, once):
                outcome = ended(step, once.reaction)
                if self.may_be_written:
                    outcome = replace(outcome, state="unknown")
                return WrittenSettings(outcome=outcome, before=first)
            self.may_be_written = True
            found = None if once.last is None else self._look(change, once.last)
            if found is None:
                text = "the settings were written, and Azure does not tell what is there now"
                return WrittenSettings(outcome=unknown(step, text), before=first)
            self._tell(found)
            if found.is_as_intended:
                return WrittenSettings(outcome=done(step), before=first)
            change = found.repair
        outcome = replace(failed(step, _CONTESTED), state="unknown")
        return WrittenSettings(outcome=outcome, before=first)

    def take_back(self, change: SettingsChange, before: AppSettings) -> bool:
        """Give the settings of a change the values of before; say whether that was done."""
        return isinstance(self._write_once(undo(change, before)).reaction, Accepted)

    def _write_once(self, change: SettingsChange) -> _Once:
        """Read, and write what was read with the change: both anew each time that it is asked."""
        held: list[AppSettings] = []
        doubts: list[Reply] = []

        def send() -> Reply:
            heard = self._read()
            settings = parse_app_settings(parse_json(heard.body))
            if settings is None:
                # Its refusal is that of the write.
                return heard.reply
            held.append(settings)
            reply = self._manager.write_settings(change.apply(settings).values)
            if may_be_done(reply):
                doubts.append(reply)
            # Whatever ends this wait from here on, it may be written.
            self.may_be_written = self.may_be_written or bool(doubts)
            return reply

        reaction = self._patience.ask_arm("write-settings", send).reaction
        if not held:
            return _Once(reaction=reaction if isinstance(reaction, Refused) else _UNREAD)
        return _Once(reaction=reaction, first=held[0], last=held[-1], in_doubt=bool(doubts))

    def _is_there(self, step: WriteSettings, once: _Once) -> bool:
        """Say whether a write was done of which no answer came; forget the doubt where it was not.

        Where only a part of it is there, or nobody tells, the doubt stays.
        """
        if not once.in_doubt or once.first is None:
            return False
        after = parse_app_settings(parse_json(self._read().body))
        if after is None:
            return False
        names = step.change.names
        there = {name for name in names if after.values.get(name) == step.change.value(name)}
        same = {name for name in names if after.values.get(name) == once.first.values.get(name)}
        if same >= names:
            self.may_be_written = False
        return there >= names

    def _look(self, change: SettingsChange, before: AppSettings) -> Written | None:
        """Look what is there, a second time where it is not as written: a list may lag behind."""
        found = self._compare(change, before)
        if found is not None and found.is_as_intended:
            return found
        self._patience.sleep(_LAGS)
        return self._compare(change, before)

    def _compare(self, change: SettingsChange, before: AppSettings) -> Written | None:
        after = parse_app_settings(parse_json(self._read().body))
        return None if after is None else check_written(change, before=before, after=after)

    def _read(self) -> Heard:
        return self._patience.ask_arm("read", self._manager.read_settings)

    def _tell(self, found: Written) -> None:
        if found.restored:
            names = ", ".join(found.restored)
            self._progress.warn(f"somebody else wrote settings at the same time: {names} come back")
        if found.vanished:
            names = ", ".join(found.vanished)
            self._progress.warn(f"somebody took settings away meanwhile: {names}")


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
