"""Whatever goes wrong in a deployment, its ending is true of the app that it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from lading.core.deployment.outcomes import Outcome, StepOutcome, StepState, must_undo, outcome_of
from lading.core.deployment.plan import Plan
from lading.core.deployment.proof import Evidence, Proof, Says, weigh
from lading.core.deployment.steps import (
    AwaitDeployment,
    Prove,
    Step,
    Swap,
    WriteSettings,
)
from tests.deployments import ON_SLOT, TARGET, app_state, plan_of, release, site_state

SLOT = site_state(name="orders-prod/staging")
PLANS = (
    plan_of(release(), app_state()),
    plan_of(release(MODE="x"), app_state()),
    plan_of(release(ON_SLOT), app_state(slot=SLOT)),
    plan_of(release(ON_SLOT, MODE="x"), app_state(slot=SLOT)),
)
# What whoever performs does not stop at: that it is not known is found out afterwards.
GOES_ON = frozenset({"upload", "await-deployment", "swap"})
# It may fail without anybody's harm.
HARMLESS = frozenset({"sync-triggers"})
ENDS: dict[str, StepState] = {"proven": "done", "contradicted": "failed", "unknown": "unknown"}


@dataclass
class Place:
    """What a site really has: a new package, new settings, a host that starts."""

    content: bool = False
    settings: bool = False


@dataclass(frozen=True)
class Luck:
    """What happens at one step: how it is told to end, and whether it really was done.

    `visible` says whether anybody can see the package, `starts` whether the host starts with it.
    """

    told: StepState
    really: bool
    visible: bool
    starts: bool


class Azure:
    """An app with a slot, to which steps are done as luck has it."""

    def __init__(self, plan: Plan) -> None:
        self.production, self.slot = Place(), Place()
        self.place = self.slot if plan.release.target.slot else self.production
        self.end = self.production if plan.release.target.swap else self.place

    def do(self, step: Step, luck: Luck) -> StepOutcome:
        """Do a step, and return what is told of it."""
        if isinstance(step, Prove):
            return self._prove(step, luck)
        happens = luck.told == "done" or (luck.told == "unknown" and luck.really)
        match step:
            case WriteSettings():
                self.place.settings |= happens
            case AwaitDeployment():
                # A deployment may succeed, and the app go on with what it ran.
                self.place.content |= happens and luck.really
            case Swap() if happens:
                self.production.content, self.slot.content = self.slot.content, False
                self.production.settings, self.slot.settings = self.slot.settings, False
            case _:
                pass
        return StepOutcome(step=step, state=luck.told)

    def _prove(self, step: Prove, luck: Luck) -> StepOutcome:
        place = self.slot if step.slot else self.production
        content: Says = "new" if place.content else "old"
        host: Says = "new" if luck.starts else "broken"
        label = content if luck.visible else "nothing"
        proof: Proof = weigh(
            (
                Evidence(kind="label", says=label, text="l", origin="SCM"),
                Evidence(kind="functions", says="new", text="f", origin="Resource Manager"),
                Evidence(kind="host", says=host, text="h", origin="the app"),
            ),
            step.demand,
        )
        return StepOutcome(step=step, state=ENDS[proof.verdict], proof=proof)


def perform(plan: Plan, lucks: list[Luck]) -> tuple[Outcome, Azure]:
    """Return the outcome that is told, and the app as it really is."""
    azure = Azure(plan)
    begun: list[StepOutcome] = []
    for step, luck in zip(plan.steps, lucks, strict=False):
        one = azure.do(step, luck)
        begun.append(one)
        stops = one.state == "failed" and step.name not in HARMLESS
        if stops or (one.state == "unknown" and step.name not in GOES_ON):
            break
    outcome = outcome_of(plan, begun)
    if must_undo(outcome):
        azure.place.settings = False
        undone = [
            StepOutcome(step=one.step, state="undone", proof=one.proof)
            if isinstance(one.step, WriteSettings)
            else one
            for one in outcome.steps
        ]
        outcome = Outcome(plan=plan, steps=tuple(undone))
    return outcome, azure


lucks = st.lists(
    st.builds(
        Luck,
        told=st.sampled_from(("done", "done", "done", "failed", "unknown")),
        really=st.booleans(),
        visible=st.booleans(),
        starts=st.booleans(),
    ),
    max_size=10,
)


@given(st.sampled_from(PLANS), lucks)
def test_no_ending_claims_what_is_not_so(plan: Plan, luck: list[Luck]) -> None:
    outcome, azure = perform(plan, luck)
    writes = any(isinstance(step, WriteSettings) for step in plan.steps)
    if outcome.ending == "released":
        assert azure.end.content
        assert azure.end.settings or not writes
    if outcome.ending == "as before":
        assert not azure.end.content
        assert not azure.end.settings


def test_when_all_goes_well_it_is_said() -> None:
    well = Luck(told="done", really=True, visible=True, starts=True)
    for plan in PLANS:
        outcome, azure = perform(plan, [well] * len(plan.steps))
        assert (outcome.ending, azure.end.content) == ("released", True)


def test_what_ran_before_is_said_to_run_where_that_is_known() -> None:
    fails = Luck(told="failed", really=False, visible=True, starts=True)
    outcome, azure = perform(PLANS[0], [fails])
    assert (outcome.ending, azure.end.content) == ("as before", False)
    assert outcome.plan.release.target == TARGET
