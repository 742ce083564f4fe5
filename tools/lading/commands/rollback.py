"""`rollback`: the release before the one that runs; planned like any other deployment."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lading.commands import Edges
from lading.core.bundle import assemble_layers
from lading.core.config import App, Project, Target
from lading.core.deployment.history import what_runs
from lading.core.deployment.plan import Plan, plan_deployment
from lading.core.deployment.preflight import check_slot
from lading.core.deployment.release import Package, package_of
from lading.core.deployment.rollback import (
    COME_BACK,
    is_newer,
    plan_swap_back,
    plan_switch,
    rollback_release,
    slot_package,
)
from lading.core.errors import DeploymentFailed, PackageRefused
from lading.core.verification import Verification
from lading.edges.artifact_reader import read_artifact
from lading.edges.azure.apps import Azure
from lading.stages.find_previous import find_in_container, find_on_site
from lading.stages.read_history import read_history
from lading.stages.read_state import Reached, read_state

Verify = Callable[[Path, App], Verification]
_BY_HAND = "Deploy the one that you want: lading rollback --target … --artifact ZIP."


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackOptions:
    """What `rollback` was told; `artifact` None for the release before."""

    target: Target
    artifact: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """What is to be done at a target, and the ways to it."""

    plan: Plan
    reached: Reached
    azure: Azure


@contextmanager
def plan_rollback(
    project: Project, options: RollbackOptions, *, edges: Edges, verify: Verify
) -> Iterator[Rollback]:
    """Give what brings the earlier release back; nothing is changed yet.

    A package that had to be fetched is there for as long as the context lasts. Raises
    DeploymentFailed where there is no earlier one, or an app that cannot be read; `verify` checks a
    package that was named.
    """
    target = options.target
    azure = edges.open_azure(project, target)
    reached = read_state(target, azure=azure, progress=edges.progress)
    planner = _Planner(reached, azure, edges)
    planner.check(target)
    with tempfile.TemporaryDirectory(prefix="lading-", ignore_cleanup_errors=True) as folder:
        if options.artifact is not None:
            app = next(one for one in project.apps if one.name == target.app)
            plan = planner.plan_named(target, verify(options.artifact, app))
        elif target.swap:
            plan = planner.plan_swap(target)
        else:
            plan = planner.plan_earlier(target, Path(folder))
        yield Rollback(plan=plan, reached=reached, azure=azure)


class _Planner:
    """Looks for the release before, each time in the place where it is kept."""

    def __init__(self, reached: Reached, azure: Azure, edges: Edges) -> None:
        self._reached = reached
        self._azure = azure
        self._store = edges.store
        self._today = edges.today

    def check(self, target: Target) -> None:
        """Raise DeploymentFailed for a place that lading does not deploy to."""
        for problem in check_slot(target, self._reached.state):
            raise DeploymentFailed(problem.text, remedy=problem.remedy)
        refusal = self._reached.state.place_of(target).site.refusal
        if refusal is not None:
            text = f"{target.function_app} takes no package from lading: {refusal.reason}"
            raise DeploymentFailed(text, remedy=refusal.remedy)

    def plan_named(self, target: Target, verification: Verification) -> Plan:
        """Plan to bring a package that was named."""
        release = rollback_release(target, package_of(verification))
        return plan_deployment(release, self._reached.state, today=self._today)

    def plan_earlier(self, target: Target, folder: Path) -> Plan:
        """Plan to bring back what the site itself or a container has kept."""
        state = self._reached.state
        place, ways = state.place_of(target), self._reached.ways[target.slot or ""]
        history = read_history(place, ways, azure=self._azure)
        # A site that is closed to this machine can still be told to pull a copy.
        if place.site.plan.character == "publish" or (place.closed and target.packages):
            runs = what_runs(place, history)
            package = find_in_container(target, runs, folder, azure=self._azure, wanted=target.app)
            self._check_copy(package)
            release = rollback_release(target, package)
            return plan_deployment(release, state, today=self._today)
        if place.closed is not None or ways.scm is None:
            why = place.closed.text if place.closed is not None else "it has no SCM site"
            raise DeploymentFailed(
                f"the packages that the site has kept cannot be seen: {why}", remedy=_BY_HAND
            )
        kept = find_on_site(place, ways.scm, history)
        release = rollback_release(target, kept.package)
        return plan_switch(release, state, kept.name, today=self._today)

    def _check_copy(self, package: Package) -> None:
        """Raise PackageRefused for a copy that is not what it says: others may write there."""
        bundle = assemble_layers(read_artifact(Path(package.path), store=self._store).layers)
        if bundle.content_sha256 != package.content_sha256:
            raise PackageRefused(
                f"the copy that was kept says that its content is {package.short}, and it is "
                f"{bundle.content_sha256[:12]}; nothing was changed",
                remedy=f"Find out who wrote it. {_BY_HAND}",
            )

    def plan_swap(self, target: Target) -> Plan:
        """Plan to swap back: what production ran before the last swap is in the slot."""
        state = self._reached.state
        production, slot = state.production, state.place_of(target)
        if not slot.runs or slot.runs == production.runs:
            has = "what production runs" if slot.runs else "something that does not say what it is"
            raise DeploymentFailed(
                f"the slot {target.slot} has {has}, and no earlier release; nothing was changed",
                remedy=_BY_HAND,
            )
        histories = [
            read_history(place, self._reached.ways[name], azure=self._azure)
            for name, place in (("", production), (target.slot or "", slot))
        ]
        if is_newer(slot, production, histories):
            raise DeploymentFailed(
                f"the slot {target.slot} runs {slot.runs[:12]}, which was brought after what "
                "production runs, and never swapped; nothing was changed",
                remedy=_BY_HAND,
            )
        release = rollback_release(target, slot_package(target, slot), note=COME_BACK)
        return plan_swap_back(release, state, today=self._today)
