"""What performing a plan needs: the ways to an app, who proves, and whom to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lading.core.deployment.proof import Evidence, Proof
from lading.core.deployment.steps import Prove
from lading.edges.azure.apps import Azure, Ways
from lading.edges.terminal import Progress, Transfer


class Prover(Protocol):
    """Who proves a release; the stage that does is bound to its app by the command."""

    def __call__(
        self,
        step: Prove,
        *,
        since: float,
        deployment: Evidence | None,
        seen: frozenset[str] | None,
    ) -> Proof:
        """Return what the evidence comes to; `since` is when the host was to restart.

        `seen` are the instances that the app had right before that, None where nobody told.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What performing needs: the ways to the app and its slot ("" for the app), and who proves."""

    azure: Azure
    ways: Mapping[str, Ways]
    prove: Prover
    progress: Progress
    transfer: Transfer
