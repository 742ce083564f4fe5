"""The steps of a deployment: a closed union of values, each of which says what it will do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from lading.core.deployment.proof import PROVE_WITHIN, Demand
from lading.core.deployment.readiness import READY_WITHIN
from lading.core.deployment.scm_verdicts import ENDS_WITHIN
from lading.core.hosting import Character, Switch
from lading.core.settings.change import SettingsChange
from lading.core.settings.report import change_document, count_changes, render_change
from lading.core.settings.sticky import StickyChange
from lading.core.sizes import render_size


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteSticky:
    """Let settings stay with their slot; written to the app itself, before the settings are."""

    name: ClassVar[str] = "write-sticky"
    brief: ClassVar[str] = "slot settings"
    change: StickyChange

    @property
    def title(self) -> str:
        """Return what it will do."""
        return f"let stay with the slot: {', '.join(self.change.added)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteSettings:
    """Write all settings once, and look at them afterwards."""

    name: ClassVar[str] = "write-settings"
    brief: ClassVar[str] = "settings"
    change: SettingsChange

    @property
    def title(self) -> str:
        """Return what it will do."""
        return f"write the settings, in one go: {count_changes(self.change)}; all others stay"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleScm:
    """Wait until the SCM site is back from the restart that a write of settings causes.

    `switches` are what it has to see by then, none where it does not tell its settings.
    """

    name: ClassVar[str] = "settle-scm"
    brief: ClassVar[str] = "restart of SCM"
    switches: Mapping[str, Switch]

    @property
    def title(self) -> str:
        """Return what it will do."""
        sees = " and sees them" if self.switches else ""
        return f"wait until the SCM site is back{sees}, {_minutes(READY_WITHIN)} at most"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Send the package to the SCM site; it is read from disk, `size` bytes."""

    name: ClassVar[str] = "upload"
    brief: ClassVar[str] = "upload"
    path: str
    size: int
    character: Character

    @property
    def title(self) -> str:
        """Return what it will do."""
        how = "publish" if self.character == "publish" else "zip deploy"
        return f"upload {self.path} ({render_size(self.size)}) by {how}; nothing is built in Azure"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPackage:
    """Put the package into a container, under a name of its own; where it is there, do nothing.

    From there it can be pulled, or deployed again.
    """

    name: ClassVar[str] = "keep-package"
    brief: ClassVar[str] = "copy of the package"
    path: str
    size: int
    container: str
    blob: str

    @property
    def title(self) -> str:
        """Return what it will do."""
        return f"keep {self.path} ({render_size(self.size)}) as {self.blob} in {self.container}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullPackage:
    """Have Resource Manager tell the app to pull the package from a container."""

    name: ClassVar[str] = "pull-package"
    brief: ClassVar[str] = "pull"
    container: str
    blob: str
    character: Character

    @property
    def title(self) -> str:
        """Return what it will do."""
        return "have the app pull it from there, by way of Resource Manager"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPackage:
    """Have the app run another one of the packages that its site keeps, and restart it."""

    name: ClassVar[str] = "switch-package"
    brief: ClassVar[str] = "switch of the package"
    package: str

    @property
    def title(self) -> str:
        """Return what it will do."""
        return f"have the app run the package {self.package} that its site has kept, and restart it"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitDeployment:
    """Ask how the own deployment stands until it has ended; `by_arm` where SCM is closed."""

    name: ClassVar[str] = "await-deployment"
    brief: ClassVar[str] = "deployment"
    character: Character
    by_arm: bool = False

    @property
    def title(self) -> str:
        """Return what it will do."""
        return f"wait until the deployment has ended, {_minutes(ENDS_WITHIN)} at most"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncTriggers:
    """Have the platform read anew what starts the functions."""

    name: ClassVar[str] = "sync-triggers"
    brief: ClassVar[str] = "triggers"

    @property
    def title(self) -> str:
        """Return what it will do."""
        return "synchronise the triggers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prove:
    """Find out whether the release runs: at a slot, "" for the app itself.

    `before` is the content hash that ran there, "" where nobody knows; `functions_before` were
    listed.
    """

    name: ClassVar[str] = "prove"
    slot: str
    demand: Demand
    before: str = ""
    functions_before: tuple[str, ...] = ()

    @property
    def brief(self) -> str:
        """Return it in a word or two."""
        return f"proof of the slot {self.slot}" if self.slot else "proof"

    @property
    def title(self) -> str:
        """Return what it will do."""
        where = f"the slot {self.slot}" if self.slot else "the app"
        return f"prove within {_minutes(PROVE_WITHIN)} that {where} runs it, by {self.demand.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Swap a slot with production."""

    name: ClassVar[str] = "swap"
    brief: ClassVar[str] = "swap"
    slot: str

    @property
    def title(self) -> str:
        """Return what it will do."""
        return f"swap {self.slot} with production"


Step = (
    WriteSticky
    | WriteSettings
    | SettleScm
    | Upload
    | KeepPackage
    | PullPackage
    | SwitchPackage
    | AwaitDeployment
    | SyncTriggers
    | Prove
    | Swap
)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min"


def details_of(step: Step) -> Iterator[str]:
    """Give the lines that belong below a step's title."""
    if isinstance(step, WriteSettings):
        yield from render_change(step.change)


def step_document(step: Step) -> dict[str, object]:
    """Return a step as JSON has it: `step`, `title`, for settings their `change`."""
    document: dict[str, object] = {"step": step.name, "title": step.title}
    if isinstance(step, WriteSettings):
        document["change"] = change_document(step.change)
    return document
