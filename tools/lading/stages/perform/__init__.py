"""Plan → outcome: each step done as it is written, and the truth about how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Protocol, assert_never

from lading.core.deployment.evidence import deployment_evidence, swap_evidence
from lading.core.deployment.outcomes import Outcome, StepOutcome, must_undo, outcome_of
from lading.core.deployment.plan import Plan
from lading.core.deployment.proof import Evidence, Origin, Proof
from lading.core.deployment.reactions import Accepted, Refused
from lading.core.deployment.scm_verdicts import (
    EndedWell,
    Failed,
    PollVerdict,
    Retryable,
    Running,
    Unknown,
    redeploy_after,
)
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
from lading.edges.azure.apps import Azure, Ways
from lading.edges.terminal import Progress, Transfer
from lading.edges.waiting import StoppedError
from lading.stages.perform.delivery import (
    Carriage,
    Puller,
    Ration,
    Sent,
    Uploader,
    is_as_planned,
)
from lading.stages.perform.ending import await_pull, await_upload
from lading.stages.perform.ends import done, ended, failed, unknown
from lading.stages.perform.scm_site import ScmSite
from lading.stages.perform.settings import SettingsWriter
from lading.stages.perform.switching import switch_package

# Seconds. Resource Manager does not tell whether a site is back from a restart.
_RESTART_SECONDS = 30.0
_NO_SCM = Refused(
    code="scm-unreachable",
    text="the app has no SCM site",
    remedy="Look at the Function App in the portal: one that was never started has none.",
)


class Prover(Protocol):
    """Who proves a release; the stage that does is bound to its app by the command."""

    def __call__(self, step: Prove, *, since: float, deployment: Evidence | None) -> Proof:
        """Return what the evidence comes to; `since` is when the host was to restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What performing needs: the ways to the app and its slot ("" for the app), and who proves."""

    azure: Azure
    ways: Mapping[str, Ways]
    prove: Prover
    progress: Progress
    transfer: Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """What became of a plan; `stopped` says that somebody wanted no more of it."""

    outcome: Outcome
    stopped: bool = False


def perform(plan: Plan, means: Means) -> Performed:
    """Do the steps of a plan in their order, until one ends so that no other may follow.

    Settings are taken back where the package certainly did not get there. Nothing is raised for
    what Azure does, nor where a token cannot be had any more; a stop ends it at its next wait.
    """
    performance = _Performance(plan, means)
    try:
        performance.run()
    except StoppedError:
        return Performed(outcome=performance.stopped(), stopped=True)
    except LadingError as error:
        return Performed(outcome=performance.broken_off(error))
    return Performed(outcome=performance.outcome)


class _Performance:
    """One plan on its way: what was done, and what later steps have to know of it."""

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
        self._sent: Sent | None = None
        self._carrier: Upload | PullPackage | None = None
        self._deployment: Evidence | None = None
        self._carriage = Carriage(azure=means.azure, transfer=means.transfer, ration=Ration())

    @property
    def outcome(self) -> Outcome:
        """Return what became of it so far."""
        return outcome_of(self._plan, self._begun)

    def run(self) -> None:
        """Do every step that may follow the one before it."""
        for number, step in enumerate(self._plan.steps, start=1):
            self._tell(f"{number}/{len(self._plan.steps)} {step.title}")
            self._started, self._current = self._azure.clock(), step
            end = self._do(step)
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
        # Whatever waits for an end has something on its way; all others had nothing yet.
        on_its_way = isinstance(step, AwaitDeployment | Prove | Swap | PullPackage | SwitchPackage)
        end = unknown(step, "it was interrupted while something was under way")
        if not on_its_way:
            end = failed(step, _STOPPED)
        self._close(end)
        return self.outcome

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
        package = self._plan.release.package
        if isinstance(step, Upload | KeepPackage) and not is_as_planned(package):
            return failed(step, _REPLACED)
        if isinstance(step, KeepPackage):
            return ended(step, self._puller.keep(step))
        if isinstance(step, SwitchPackage):
            return self._switch_package(step)
        return self._bring(step)

    def _finish(self, step: AwaitDeployment | SyncTriggers) -> StepOutcome:
        if isinstance(step, AwaitDeployment):
            return self._await(step)
        send = self._place.manager.sync_triggers
        return ended(step, self._azure.patience.ask_arm("sync", send).reaction)

    @property
    def _settings(self) -> SettingsWriter:
        means = self._means
        return SettingsWriter(self._place.manager, self._azure.patience, means.progress)

    @property
    def _puller(self) -> Puller:
        return Puller(
            manager=self._place.manager,
            azure=self._azure,
            transfer=self._means.transfer,
            open_container=self._azure.container,
        )

    @property
    def _site(self) -> ScmSite | None:
        scm, plan = self._place.scm, self._plan.site.plan
        if scm is None:
            return None
        return ScmSite(scm, plan.character or "zip-deploy", self._azure.patience)

    def _write(self, step: WriteSettings) -> StepOutcome:
        self._changed = self._azure.clock()
        written = self._settings.write(step)
        self._before = written.before
        return written.outcome

    def _settle(self, step: SettleScm) -> StepOutcome:
        site = self._site
        refused = _NO_SCM if site is None else site.settle(step.switches)
        return done(step) if refused is None else failed(step, refused)

    def _switch_package(self, step: SwitchPackage) -> StepOutcome:
        self._changed = self._azure.clock()
        place = self._place
        if place.scm is None:
            return failed(step, _NO_SCM)
        return switch_package(step, place.scm, place.manager, self._azure.patience)

    def _bring(self, step: Upload | PullPackage) -> StepOutcome:
        self._carrier = step
        if isinstance(step, PullPackage) and self._before is not None:
            self._azure.sleep(_RESTART_SECONDS)
        sent = self._send(step)
        if isinstance(sent, Refused):
            return failed(step, sent)
        return unknown(step, sent.doubt) if sent.doubt else done(step)

    def _send(self, step: Upload | PullPackage) -> Sent | Refused:
        site, package = self._site, self._plan.release.package
        if isinstance(step, PullPackage):
            sent = self._puller.pull(step)
        elif site is None:
            return _NO_SCM
        else:
            sent = Uploader(site, package, self._carriage).send(step)
        if isinstance(sent, Sent):
            self._sent, self._changed = sent, sent.since
        return sent

    def _await(self, step: AwaitDeployment) -> StepOutcome:
        """Wait for the end, and do it over where it came to nothing for a reason that passes."""
        verdict, done_over = self._end_of(step), 0
        while (pause := redeploy_after(verdict, done_over=done_over)) is not None:
            if not isinstance(verdict, Retryable) or self._carrier is None:
                break
            done_over += 1
            self._tell(f"{verdict.text}; once more in {pause:.0f} s")
            self._azure.sleep(pause)
            site = self._site
            refused = site.settle({}) if site is not None and not step.by_arm else None
            sent = refused or self._send(self._carrier)
            if isinstance(sent, Refused):
                return failed(step, sent)
            verdict = self._end_of(step)
        origin: Origin = "Resource Manager" if step.by_arm else "SCM"
        self._deployment = deployment_evidence(verdict, origin=origin)
        return _ended_with(step, verdict)

    def _end_of(self, step: AwaitDeployment) -> PollVerdict:
        sent, site = self._sent, self._site
        if sent is None or (site is None and not step.by_arm):
            return Unknown(text="nothing was sent")
        if step.by_arm or site is None:
            return await_pull(self._puller, sent, self._azure.patience)
        return await_upload(site, sent, self._means.progress)

    def _prove(self, step: Prove) -> StepOutcome:
        proof = self._means.prove(step, since=self._changed, deployment=self._deployment)
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
        send = lambda: manager.swap_with_production(step.slot)  # noqa: E731 - one call
        reaction = self._azure.patience.ask_arm("swap", send).reaction
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


def _ended_with(step: AwaitDeployment, verdict: PollVerdict) -> StepOutcome:
    match verdict:
        case EndedWell(partly=partly):
            return done(step, "a step after the package was stored failed" if partly else "")
        case Failed() | Retryable():
            refused = Refused(code=verdict.code, text=verdict.text, remedy=verdict.remedy)
            return failed(step, refused)
        case Running() | Unknown():
            return unknown(step, verdict.text)


_REPLACED = Refused(
    code="package-replaced",
    text="the package on this disk is not the one any more that was planned for",
    remedy="Something built it anew meanwhile. Deploy again: that one is looked at then.",
)
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
