"""The step that lets a site run another one of the packages that it has kept."""

from __future__ import annotations

from lading.core.deployment.outcomes import StepOutcome
from lading.core.deployment.reactions import Accepted, Refused
from lading.core.deployment.rollback import POINTER, judge_written
from lading.core.deployment.steps import SwitchPackage
from lading.edges.azure.asking import Patience
from lading.edges.azure.resource_manager import ResourceManager
from lading.edges.azure.scm import Scm
from lading.stages.perform.ends import done, ended, unknown


def switch_package(
    step: SwitchPackage, scm: Scm, manager: ResourceManager, patience: Patience
) -> StepOutcome:
    """Name the package to run, and restart the app: only with its start it runs that."""
    name = step.package.encode("ascii", "replace")
    written = patience.ask(lambda: scm.write_file(POINTER, name), judge_written).reaction
    if not isinstance(written, Accepted):
        return ended(step, written)
    restarted = patience.ask_arm("restart", manager.restart).reaction
    if isinstance(restarted, Accepted):
        return done(step)
    why = restarted.text if isinstance(restarted, Refused) else "nobody knows whether it restarted"
    return unknown(step, f"it is to run {step.package} from its next start on, and {why}")
