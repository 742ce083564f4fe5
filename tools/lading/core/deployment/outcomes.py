"""What became of a plan: each step done, failed or not begun, and what that says of the app."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from lading.core.deployment.plan import Plan
from lading.core.deployment.proof import Proof
from lading.core.deployment.steps import (
    AwaitDeployment,
    Prove,
    PullPackage,
    Step,
    Swap,
    SwitchPackage,
    Upload,
    WriteSettings,
)
from lading.core.errors import DeploymentFailed, DeploymentUnknown

# "unknown": it may have been done. "undone": it was done, and taken back after a later one failed.
StepState = Literal["done", "failed", "unknown", "undone", "not begun"]
# What is known of the app at the end: it runs the release, what it ran before, parts of both.
Ending = Literal["released", "as before", "mixed", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """What became of one step: how long it took, in seconds, and what it said.

    `code` and `remedy` are those of a failure.
    """

    step: Step
    state: StepState
    seconds: float = 0.0
    text: str = ""
    code: str = ""
    remedy: str = ""
    proof: Proof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a plan, step by step; without any where there was nothing to do."""

    plan: Plan
    steps: tuple[StepOutcome, ...]

    @property
    def proof(self) -> Proof | None:
        """Return the last proof that was attempted."""
        proofs = [one.proof for one in self.steps if one.proof is not None]
        return proofs[-1] if proofs else None

    @property
    def is_untouched(self) -> bool:
        """Say whether there was something to do, and nothing of it was begun."""
        return bool(self.steps) and all(one.state == "not begun" for one in self.steps)

    @property
    def is_proven(self) -> bool:
        """Say whether every place where the release was to run was proven to run it."""
        proofs = [one for one in self.steps if isinstance(one.step, Prove)]
        return bool(proofs) and all(one.state == "done" for one in proofs)

    @property
    def trouble(self) -> StepOutcome | None:
        """Return what stood in the way at last, None where the release runs.

        A step of which nobody knew how it ended is no trouble once the release is proven. Where
        none ended badly it is the one that was not begun, or was taken back.
        """
        if self.is_proven:
            return None
        troubles = [one for one in self.steps if one.state in {"failed", "unknown"}]
        rest = [one for one in self.steps if one.state in {"not begun", "undone"}]
        return next(iter((*troubles[-1:], *rest)), None)

    @property
    def complaints(self) -> tuple[StepOutcome, ...]:
        """Return the steps that failed although the release runs: a copy that was not kept."""
        if not self.is_proven:
            return ()
        return tuple(one for one in self.steps if one.state == "failed")

    @property
    def seconds(self) -> float:
        """Return how long all of it took."""
        return sum(one.seconds for one in self.steps)

    @property
    def ending(self) -> Ending:
        """Return what is known of the app."""
        if self.plan.problems:
            return "as before"
        trouble = self.trouble
        if trouble is None:
            return "released"
        return _ending_at(self, trouble)

    @property
    def exit_code(self) -> int:
        """Return that of the plan's problems, 0 where it was released, 7 or 8."""
        if self.plan.problems:
            return self.plan.exit_code
        match self.ending:
            case "released":
                return 0
            case "as before":
                return DeploymentFailed.exit_code
            case "mixed" | "unknown":
                return DeploymentUnknown.exit_code


def outcome_of(plan: Plan, begun: Iterable[StepOutcome]) -> Outcome:
    """Return the outcome of a plan of which steps were begun, in its order."""
    steps = tuple(begun)
    rest = (StepOutcome(step=step, state="not begun") for step in plan.steps[len(steps) :])
    return Outcome(plan=plan, steps=(*steps, *rest))


def exit_code_of_all(outcomes: Iterable[Outcome]) -> int:
    """Return the code of several targets: of the one about which the least is known.

    Where one of them was refused nothing was begun at any: then it is that of the plans.
    """
    every = tuple(outcomes)
    refused = [one.exit_code for one in every if one.plan.problems]
    return max(refused or (one.exit_code for one in every), default=0)


def _ending_at(outcome: Outcome, trouble: StepOutcome) -> Ending:
    """Tell what the app runs after a step that did not end well."""
    swaps = outcome.plan.release.target.swap
    swapped = next((one for one in outcome.steps if isinstance(one.step, Swap)), None)
    if swaps and (swapped is None or swapped.state == "not begun"):
        # Whatever happened to the slot, production was not touched.
        return "as before"
    if isinstance(trouble.step, Swap):
        return "as before" if trouble.state == "failed" else "unknown"
    if trouble.proof is not None:
        return _ending_of(outcome, trouble.proof)
    if trouble.state == "unknown":
        return "unknown"
    failed = isinstance(trouble.step, AwaitDeployment) and trouble.state == "failed"
    if _was_sent(outcome) and not failed:
        return "unknown"
    return "mixed" if _has_new_settings(outcome) else "as before"


def _ending_of(outcome: Outcome, proof: Proof) -> Ending:
    match proof.runs:
        case "old":
            # With a swap it is production that runs the old one, and its settings were not written.
            swaps = outcome.plan.release.target.swap
            return "mixed" if _has_new_settings(outcome) and not swaps else "as before"
        case "broken" | "other":
            return "mixed"
        case "new" | "nothing":
            return "unknown"


def _was_sent(outcome: Outcome) -> bool:
    return any(
        isinstance(one.step, Upload | PullPackage | SwitchPackage)
        and one.state in {"done", "unknown"}
        for one in outcome.steps
    )


def _has_new_settings(outcome: Outcome) -> bool:
    return any(isinstance(one.step, WriteSettings) and one.state == "done" for one in outcome.steps)


def must_undo(outcome: Outcome) -> bool:
    """Say whether settings have to be taken back so that the app runs as before.

    They were written, and the package certainly did not get there.
    """
    trouble = outcome.trouble
    if trouble is None or trouble.state != "failed" or not _has_new_settings(outcome):
        return False
    if trouble.proof is not None:
        is_where_written = isinstance(trouble.step, Prove) and trouble.step.slot == (
            outcome.plan.release.target.slot or ""
        )
        return is_where_written and trouble.proof.runs == "old"
    return isinstance(trouble.step, AwaitDeployment) or not _was_sent(outcome)
