"""How a step ended, before anybody looked at the clock."""

from __future__ import annotations

from lading.core.deployment.outcomes import StepOutcome
from lading.core.deployment.reactions import Accepted, Look, Refused
from lading.core.deployment.steps import Step


def done(step: Step, text: str = "") -> StepOutcome:
    """Return that a step was done."""
    return StepOutcome(step=step, state="done", text=text)


def failed(step: Step, refused: Refused) -> StepOutcome:
    """Return that a step failed, and what to do."""
    return StepOutcome(
        step=step,
        state="failed",
        text=refused.text,
        code=refused.code,
        remedy=refused.remedy,
    )


def unknown(step: Step, text: str) -> StepOutcome:
    """Return that nobody knows whether a step was done."""
    return StepOutcome(step=step, state="unknown", text=text)


def ended(step: Step, reaction: Accepted | Look | Refused) -> StepOutcome:
    """Return what a last reaction says of a step."""
    match reaction:
        case Accepted():
            return done(step)
        case Look():
            return unknown(step, reaction.text)
        case Refused():
            return failed(step, reaction)
