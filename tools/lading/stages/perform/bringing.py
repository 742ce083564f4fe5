"""A package on its way to one place: sent, sent again where that is due, waited for."""

from __future__ import annotations

from collections.abc import Callable

from lading.core.deployment.evidence import deployment_evidence
from lading.core.deployment.outcomes import StepOutcome
from lading.core.deployment.plan import Plan
from lading.core.deployment.proof import Evidence, Origin
from lading.core.deployment.reactions import Refused
from lading.core.deployment.scm_verdicts import (
    EndedWell,
    Failed,
    PollVerdict,
    Retryable,
    Running,
    Unknown,
    redeploy_after,
)
from lading.core.deployment.steps import AwaitDeployment, KeepPackage, PullPackage, Upload
from lading.stages.perform.delivery import (
    REPLACED,
    Carriage,
    Puller,
    Sent,
    Uploader,
    is_as_planned,
)
from lading.stages.perform.ending import await_pull, await_upload
from lading.stages.perform.ends import done, ended, failed, unknown
from lading.stages.perform.instances import read_instances
from lading.stages.perform.means import Means
from lading.stages.perform.room import Ration, read_room
from lading.stages.perform.scm_site import ScmSite

# Seconds. Resource Manager does not tell whether a site is back from a restart.
_RESTART_SECONDS = 30.0
# Seconds: how long somebody else's deployment is waited for.
_BUSY_SECONDS = 300.0


class Bringing:
    """One package for one place: `since` is when the app was to run it, None as long as not.

    `seen` are the instances that ran before that, None where nobody told. `evidence` is what its
    deployment's record says, once that was waited for.
    """

    def __init__(self, plan: Plan, means: Means, tell: Callable[[str], None]) -> None:
        self.since: float | None = None
        self.seen: frozenset[str] | None = None
        self.evidence: Evidence | None = None
        self._package = plan.release.package
        self._character = plan.site.plan.character or "zip-deploy"
        self._place = means.ways[plan.release.target.slot or ""]
        self._means = means
        self._azure = means.azure
        self._tell = tell
        self._sent: Sent | None = None
        self._carrier: Upload | PullPackage | None = None
        self._carriage = Carriage(azure=means.azure, transfer=means.transfer, ration=Ration())

    @property
    def site(self) -> ScmSite | None:
        """Return the SCM site of the place, None where it has none."""
        if self._place.scm is None:
            return None
        return ScmSite(self._place.scm, self._character, self._azure.patience)

    @property
    def may_be_there(self) -> bool:
        """Say whether the package was sent, and nobody has said that it was not taken."""
        return self._carriage.ration.may_be_there

    def keep(self, step: KeepPackage) -> StepOutcome:
        """Put the package into its container."""
        if not is_as_planned(self._package):
            return failed(step, REPLACED)
        return ended(step, self._puller.keep(step))

    def bring(self, step: Upload | PullPackage, *, restarted: bool) -> StepOutcome:
        """Send the package, or have it pulled; `restarted` where the site may still come back."""
        self._carrier = step
        if isinstance(step, Upload):
            self._look_for_room(step)
        if isinstance(step, PullPackage) and restarted:
            self._azure.sleep(_RESTART_SECONDS)
        sent = self._send(step)
        if isinstance(sent, Refused):
            return failed(step, sent)
        return unknown(step, sent.doubt) if sent.doubt else done(step)

    def await_end(self, step: AwaitDeployment) -> StepOutcome:
        """Wait for the end, and do it over where it came to nothing for a reason that passes."""
        verdict, done_over = self._end_of(step), 0
        while (pause := redeploy_after(verdict, done_over=done_over)) is not None:
            if not isinstance(verdict, Retryable) or self._carrier is None:
                break
            done_over += 1
            self._tell(f"{verdict.text}; once more in {pause:.0f} s")
            self._azure.sleep(pause)
            site = self.site
            refused = site.settle({}) if site is not None and not step.by_arm else None
            sent = refused or self._send(self._carrier)
            if isinstance(sent, Refused):
                return failed(step, sent)
            verdict = self._end_of(step)
        origin: Origin = "Resource Manager" if step.by_arm else "SCM"
        self.evidence = deployment_evidence(verdict, origin=origin)
        return _ended_with(step, verdict)

    def await_free(self) -> Refused | None:
        """Wait for a deployment that somebody else has begun meanwhile; return that it goes on."""
        site = self.site
        if site is not None and site.is_busy():
            self._tell("another deployment is under way; waiting for it")
            site.await_free(_BUSY_SECONDS)
            return _BUSY if site.is_busy() else None
        return None

    def _look_for_room(self, step: Upload) -> None:
        scm = self._place.scm
        if step.character != "zip-deploy" or scm is None:
            return
        room = read_room(scm)
        self._carriage.ration.confine(room)
        if room < 1:
            self._means.progress.warn(
                "the package that runs is the oldest that Azure keeps: this one takes its place, "
                "and where it is not taken nothing is left to start the app from"
            )

    @property
    def _puller(self) -> Puller:
        return Puller(
            manager=self._place.manager,
            azure=self._azure,
            transfer=self._means.transfer,
            open_container=self._azure.container,
        )

    def _send(self, step: Upload | PullPackage) -> Sent | Refused:
        site = self.site
        if self._character == "publish":
            self.seen = read_instances(self._place)
        if isinstance(step, PullPackage):
            sent = self._puller.pull(step)
        elif site is None:
            return NO_SCM
        else:
            sent = Uploader(site, self._package, self._carriage).send(step)
        if isinstance(sent, Sent):
            self._sent, self.since = sent, sent.since
        return sent

    def _end_of(self, step: AwaitDeployment) -> PollVerdict:
        sent, site = self._sent, self.site
        if sent is None or (site is None and not step.by_arm):
            return Unknown(text="nothing was sent")
        if step.by_arm or site is None:
            return await_pull(self._puller, sent, self._azure.patience)
        return await_upload(site, sent, self._means.progress)


def _ended_with(step: AwaitDeployment, verdict: PollVerdict) -> StepOutcome:
    match verdict:
        case EndedWell(partly=partly):
            return done(step, "a step after the package was stored failed" if partly else "")
        case Failed() | Retryable():
            refused = Refused(code=verdict.code, text=verdict.text, remedy=verdict.remedy)
            return failed(step, refused)
        case Running() | Unknown():
            return unknown(step, verdict.text)


NO_SCM = Refused(
    code="scm-unreachable",
    text="the app has no SCM site",
    remedy="Look at the Function App in the portal: one that was never started has none.",
)
_BUSY = Refused(
    code="busy",
    text="another deployment has begun meanwhile, and goes on",
    remedy="Deploy again once it has ended: what is there is then read anew.",
)
