"""One plan on its way: its steps in their order, and what later ones have to know of it."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import assert_never

from lading.core.deployment.evidence import swap_evidence
from lading.core.deployment.outcomes import Outcome, StepOutcome, must_undo, outcome_of
from lading.core.deployment.plan import Plan
from lading.core.deployment.proof import Evidence
from lading.core.deployment.reactions import Accepted, Refused
from lading.core.deployment.steps import (
    AwaitDeployment,
    KeepPackage,
    Prove,
    PullPackage,
    SettleScm,
    Step,
    Swap,
    SwitchPackage,
    SyncTriggers,
    Upload,
    WriteSettings,
    WriteSticky,
)
from lading.core.errors import LadingError
from lading.core.settings import AppSettings
from lading.stages.perform.bringing import NO_SCM, Bringing
from lading.stages.perform.ends import done, ended, failed, unknown
from lading.stages.perform.means import Means
from lading.stages.perform.settings import SettingsWriter
from lading.stages.perform.swapping import swap
from lading.stages.perform.switching import switch_package


class Performance:
    """One plan on its way: what was done, and what became of it so far."""

    def __init__(self, plan: Plan, means: Means) -> None:
        self._plan = plan
        self._means = means
        self._azure = means.azure
        self._place = means.ways[plan.release.target.slot or ""]
        self._begun: list[StepOutcome] = []
        self._current: Step | None = None
        self._started = self._azure.clock()
        # When the host was to restart: where nothing restarts it, it may be as old as it likes.
        self._changed = -inf
        self._before: AppSettings | None = None
        self._is_free = False
        self._deployment: Evidence | None = None
        self._bringing = Bringing(plan, means, self._tell)
        patience, progress = means.azure.patience, means.progress
        self._settings = SettingsWriter(self._place.manager, patience, progress)

    @property
    def outcome(self) -> Outcome:
        """Return what became of it so far."""
        return outcome_of(self._plan, self._begun)

    def run(self) -> None:
        """Do every step that may follow the one before it."""
        for number, step in enumerate(self._plan.steps, start=1):
            self._tell(f"{number}/{len(self._plan.steps)} {step.brief}")
            self._started, self._current = self._azure.clock(), step
            end = self._await_free(step) or self._do(step)
            self._close(end)
            if end.text and end.state != "done":
                self._tell(end.text)
            if not _goes_on(end):
                break
        if must_undo(self.outcome):
            self._undo()

    def stopped(self) -> Outcome:
        """Return the outcome where it was stopped within a step."""
        step = self._current
        if step is None:
            return self.outcome
        end = failed(step, _STOPPED)
        if self._is_on_its_way(step):
            end = unknown(step, "it was interrupted while something was under way")
        self._close(end)
        return self.outcome

    def _is_on_its_way(self, step: Step) -> bool:
        """Say whether a step that has not ended may have changed something."""
        match step:
            case WriteSettings():
                return self._settings.may_be_written
            case Upload():
                return self._bringing.may_be_there
            case WriteSticky() | SettleScm() | KeepPackage() | SyncTriggers():
                return False
            case _:
                return True

    def broken_off(self, error: LadingError) -> Outcome:
        """Return the outcome where nothing could be asked any more, in the middle of a step."""
        step = self._current
        if step is None:
            return self.outcome
        # None of these has changed anything before it is over; all others may have.
        is_harmless = isinstance(step, SettleScm | KeepPackage | SyncTriggers)
        refused = Refused(code=error.code, text=error.message, remedy=error.remedy)
        end = failed(step, refused) if is_harmless else unknown(step, error.message)
        self._close(replace(end, remedy=error.remedy))
        return self.outcome

    def _close(self, end: StepOutcome) -> None:
        self._begun.append(replace(end, seconds=self._azure.clock() - self._started))
        self._current = None

    def _await_free(self, step: Step) -> StepOutcome | None:
        """Let a deployment end that began since the app was read: a write would break it off."""
        pulls = any(isinstance(one, PullPackage) for one in self._plan.steps)
        changes = isinstance(step, WriteSettings | Upload | SwitchPackage)
        if pulls or not changes or self._is_free:
            return None
        self._is_free = True
        refused = self._bringing.await_free()
        return None if refused is None else failed(step, refused)

    def _do(self, step: Step) -> StepOutcome:
        match step:
            case WriteSticky() | WriteSettings() | SettleScm():
                return self._prepare(step)
            case Upload() | PullPackage() | KeepPackage() | SwitchPackage():
                return self._deliver(step)
            case AwaitDeployment() | SyncTriggers():
                return self._finish(step)
            case Prove():
                return self._prove(step)
            case Swap():
                return self._swap(step)
            case _:
                assert_never(step)

    def _prepare(self, step: WriteSticky | WriteSettings | SettleScm) -> StepOutcome:
        match step:
            case WriteSticky():
                return self._settings.write_sticky(step)
            case WriteSettings():
                return self._write(step)
            case SettleScm():
                return self._settle(step)

    def _deliver(self, step: Upload | PullPackage | KeepPackage | SwitchPackage) -> StepOutcome:
        match step:
            case KeepPackage():
                return self._bringing.keep(step)
            case SwitchPackage():
                return self._switch_package(step)
            case Upload() | PullPackage():
                return self._bring(step)

    def _finish(self, step: AwaitDeployment | SyncTriggers) -> StepOutcome:
        if isinstance(step, AwaitDeployment):
            end = self._bringing.await_end(step)
            self._note_arrival()
            return end
        send = self._place.manager.sync_triggers
        return ended(step, self._azure.patience.ask_arm("sync", send).reaction)

    def _write(self, step: WriteSettings) -> StepOutcome:
        self._changed = self._azure.clock()
        written = self._settings.write(step)
        self._before = written.before
        return written.outcome

    def _settle(self, step: SettleScm) -> StepOutcome:
        site = self._bringing.site
        refused = NO_SCM if site is None else site.settle(step.switches)
        return done(step) if refused is None else failed(step, refused)

    def _switch_package(self, step: SwitchPackage) -> StepOutcome:
        self._changed = self._azure.clock()
        place = self._place
        if place.scm is None:
            return failed(step, NO_SCM)
        return switch_package(step, place.scm, place.manager, self._azure.patience)

    def _bring(self, step: Upload | PullPackage) -> StepOutcome:
        end = self._bringing.bring(step, restarted=self._before is not None)
        self._note_arrival()
        return end

    def _note_arrival(self) -> None:
        since = self._bringing.since
        self._changed = self._changed if since is None else since
        self._deployment = self._bringing.evidence

    def _prove(self, step: Prove) -> StepOutcome:
        seen = self._bringing.seen
        proof = self._means.prove(step, since=self._changed, deployment=self._deployment, seen=seen)
        match proof.verdict:
            case "proven":
                return replace(done(step), proof=proof)
            case "contradicted":
                return replace(failed(step, _NOT_PROVEN), proof=proof)
            case "unknown":
                return replace(unknown(step, ""), proof=proof, remedy=_NOT_PROVEN.remedy)

    def _swap(self, step: Swap) -> StepOutcome:
        # What runs after it is what was proven before: it need not have been restarted.
        self._changed = -inf
        manager = self._means.ways[""].manager
        reaction = swap(step, manager, self._azure.patience)
        self._deployment = swap_evidence(swapped=isinstance(reaction, Accepted))
        return ended(step, reaction)

    def _undo(self) -> None:
        """Take back the settings that were written, so that the app runs as before."""
        for number, one in enumerate(self._begun):
            if not isinstance(one.step, WriteSettings) or self._before is None:
                continue
            if self._settings.take_back(one.step.change, self._before):
                self._begun[number] = replace(one, state="undone")
                self._tell("the settings are as they were")

    def _tell(self, text: str) -> None:
        self._means.progress.note(f"{self._plan.release.target.name}: {text}")


def _goes_on(end: StepOutcome) -> bool:
    """Say whether the next step may follow: what is not known is for the proof to find out."""
    if end.state == "done" or isinstance(end.step, SyncTriggers):
        return True
    if isinstance(end.step, Prove):
        return False
    brings = isinstance(end.step, Upload | PullPackage | SwitchPackage | AwaitDeployment | Swap)
    return end.state == "unknown" and brings


_STOPPED = Refused(
    code="interrupted",
    text="it was interrupted",
    remedy="Deploy again: it goes on from there.",
)
_NOT_PROVEN = Refused(
    code="not-proven",
    text="",
    remedy="See the app's log (Log stream, or Diagnose and solve problems in the portal). Deploy "
    "again, or the package before.",
)
