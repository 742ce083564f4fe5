"""Plan → outcome: each step done as it is written, and the truth about how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from lading.core.deployment.outcomes import Outcome
from lading.core.deployment.plan import Plan
from lading.core.errors import LadingError
from lading.edges.waiting import StoppedError
from lading.stages.perform.means import Means, Prover
from lading.stages.perform.performance import Performance


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
    performance = Performance(plan, means)
    try:
        performance.run()
    except StoppedError:
        return Performed(outcome=performance.stopped(), stopped=True)
    except LadingError as error:
        return Performed(outcome=performance.broken_off(error))
    return Performed(outcome=performance.outcome)


__all__ = ["Means", "Performed", "Prover", "perform"]
