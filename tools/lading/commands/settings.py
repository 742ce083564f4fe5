"""`settings`: what stands between the files of a target and its app, and the one write of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from lading.commands import Edges
from lading.core.config import Project, Target
from lading.core.deployment.outcomes import StepOutcome
from lading.core.deployment.settings_difference import (
    SettingsDifference,
    SettingsOutcome,
    compare_settings,
)
from lading.core.deployment.steps import WriteSettings, WriteSticky
from lading.core.errors import DeploymentInterrupted, LadingError
from lading.edges.azure.apps import Azure
from lading.edges.azure.resource_manager import ResourceManager
from lading.edges.side_by_side import side_by_side
from lading.edges.target_settings import read_target_settings
from lading.stages.perform.settings import SettingsWriter
from lading.stages.read_state import read_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What was found at one target, and the way to write it."""

    difference: SettingsDifference
    azure: Azure
    manager: ResourceManager


def compare_all(
    project: Project, targets: Sequence[Target], *, prune: bool, edges: Edges
) -> tuple[Compared, ...]:
    """Return what differs at every target; nothing is written.

    Raises ConfigError for files that cannot be read, CredentialError and DeploymentFailed for an
    app that cannot.
    """
    wanted = {
        target.name: read_target_settings(
            project, target, ambient=edges.ambient, remember=edges.remember
        )
        for target in targets
    }

    def compare(target: Target) -> Compared:
        azure = edges.open_azure(project, target)
        try:
            reached = read_state(target, azure=azure, progress=edges.progress, purpose="settings")
        except LadingError as error:
            raise error.at(target.name) from None
        found = compare_settings(target, wanted[target.name], reached.state, prune=prune)
        manager = azure.manager(target, slot=target.slot)
        return Compared(difference=found, azure=azure, manager=manager)

    return side_by_side(compare, targets, stop=edges.waiting.stop)


def write_all(compared: Sequence[Compared], *, edges: Edges) -> tuple[SettingsOutcome, ...]:
    """Write what differs, one write at each target, and look at it afterwards.

    Where one of them has problems nothing is written anywhere.
    """
    if any(one.difference.problems for one in compared):
        return tuple(SettingsOutcome(difference=one.difference) for one in compared)
    try:
        return side_by_side(partial(_write, edges), compared, stop=edges.waiting.stop)
    except KeyboardInterrupt:
        raise DeploymentInterrupted(
            "interrupted while settings were written: they are there whole, or not at all",
            remedy="See which: run it again without --apply.",
        ) from None


def _write(edges: Edges, compared: Compared) -> SettingsOutcome:
    writer = SettingsWriter(compared.manager, compared.azure.patience, edges.progress)
    done: list[StepOutcome] = []
    for step in compared.difference.steps:
        match step:
            case WriteSticky():
                done.append(writer.write_sticky(step))
            case WriteSettings():
                done.append(writer.write(step).outcome)
        if done[-1].state != "done":
            break
    return SettingsOutcome(difference=compared.difference, steps=tuple(done))
