"""`logs`: what a deployment logged, or what an app logs now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lading.commands import Edges
from lading.core.config import Project, Target
from lading.core.deployment.history import history_of
from lading.core.deployment.logs import DeploymentLog, check_stream, choose_deployment
from lading.core.deployment.preflight import check_slot
from lading.core.deployment.scm_verdicts import ENDS_WITHIN, POLL_EVERY
from lading.core.errors import DeploymentFailed
from lading.edges.azure.apps import Azure
from lading.edges.azure.scm import Scm
from lading.stages.read_history import read_history
from lading.stages.read_log import follow_log, read_log
from lading.stages.read_state import Reached, read_state


def show_deployment(
    project: Project,
    target: Target,
    identifier: str,
    *,
    edges: Edges,
    tell: Callable[[DeploymentLog], None],
) -> None:
    """Tell the log of a deployment; of one that is under way again and again, until it has ended.

    `identifier` is "" for the newest of lading. Raises UsageError where there is none.
    """
    azure, reached = _reach(project, target, edges)
    records = {}
    for name in ("", target.slot or "") if target.swap else (target.slot or "",):
        place = reached.state.slot if name and reached.state.slot else reached.state.production
        for record in read_history(place, reached.ways[name], azure=azure).records:
            records[record.id] = (record, _scm(reached, name))
    # Deployments go along in a swap: those of a target that is swapped are in both places.
    every = history_of(tuple(record for record, _ in records.values()), origin="SCM")
    record, scm = records[choose_deployment(every, identifier).id]
    until = edges.clock() + ENDS_WITHIN
    while True:
        log = read_log(target, record, scm)
        tell(log)
        if log.has_ended or edges.clock() >= until:
            return
        record = log.record
        edges.waiting.sleep(POLL_EVERY["publish"])


def follow(project: Project, target: Target, *, edges: Edges, tell: Callable[[str], None]) -> None:
    """Tell what an app logs, line by line, until somebody ends it: of production, once swapped.

    Raises UsageError where its plan has no such log, DeploymentFailed where the site gives none.
    """
    azure, reached = _reach(project, target, edges)
    followed = replace(target, slot=None) if target.swap else target
    check_stream(reached.state.place_of(followed).site)
    follow_log(_scm(reached, followed.slot or ""), azure.patience, tell)


def _reach(project: Project, target: Target, edges: Edges) -> tuple[Azure, Reached]:
    azure = edges.open_azure(project, target)
    reached = read_state(target, azure=azure, progress=edges.progress, purpose="settings")
    for problem in check_slot(target, reached.state):
        raise DeploymentFailed(problem.text, remedy=problem.remedy)
    return azure, reached


def _scm(reached: Reached, name: str) -> Scm:
    """Return the SCM site of a slot, "" for that of production."""
    scm = reached.ways[name].scm
    if scm is None:
        raise DeploymentFailed(
            "it has no SCM site, and so no logs of its own",
            remedy="Look at the Function App in the portal: one that was never started has none.",
        )
    return scm
