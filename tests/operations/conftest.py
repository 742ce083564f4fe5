"""The commands of whoever operates an app, in this process, where waiting takes no time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from lading.commands import Edges
from lading.core.config import App, Project, Target
from lading.core.identity import parse_identity
from lading.core.secret import Secret
from lading.edges.store import Store
from lading.edges.waiting import Waiting
from local_azure import LocalAzure
from local_azure.clock import Clock
from local_azure.sites.hosting import Hosting
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.deployment.conftest import Port, port

__all__ = ["port"]


class Skipping(Waiting):
    """Pauses that take no time, on the clock of the local Azure."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def sleep(self, seconds: float) -> None:
        """Put the clock forward."""
        self._clock.skip(max(seconds, 0.0))


@dataclass(kw_only=True)
class Desk:
    """Who operates apps: a project with their targets, and the world."""

    port: Port
    edges: Edges
    root: Path
    cloud_name: str
    targets: list[Target] = field(default_factory=list)
    kept: list[Secret] = field(default_factory=list)

    @property
    def project(self) -> Project:
        """Return the project as it is now."""
        app = App(name="orders", folder=".", requirements="r.txt", python="3.13", lock="r.lock")
        return Project(
            root=self.root,
            apps=(app,),
            targets=tuple(self.targets),
            cloud=self.cloud_name,
            identity=parse_identity("client-secret"),
        )

    def declares(
        self, hosting: Hosting, *, name: str = "orders", swaps: bool = False
    ) -> tuple[Site, Target]:
        """Create an app, and declare a target with a file of settings for it."""
        site = self.port.site(hosting, name=name)
        slot = "staging" if swaps else None
        target = self.port.target(site, slot=slot, swap=swaps)
        self.targets.append(replace(target, settings=(f"{name}.env",)))
        self.writes(name, "")
        return site, self.targets[-1]

    def writes(self, name: str, text: str) -> None:
        """Write the file of settings of a target."""
        (self.root / f"{name}.env").write_text(text)


@pytest.fixture
def desk(
    port: Port, azure: LocalAzure, sources: LocalSources, ambient: dict[str, str], tmp_path: Path
) -> Desk:
    """Return who operates apps."""
    told = {
        **sources.environment(ambient),
        **azure.variables("client-secret", folder=tmp_path / "desk"),
    }
    del told["AZURE_AUTHORITY_HOST"]
    root = tmp_path / "project"
    root.mkdir()
    kept: list[Secret] = []
    edges = Edges(
        ambient=told,
        shell=told,
        store=Store(tmp_path / "store"),
        progress=port.listener,
        today=dt.date(2026, 11, 1),
        clock=port.cloud.clock.now,
        remember=kept.append,
        waiting=Skipping(port.cloud.clock),
    )
    origin = port.cloud.resource_manager.origin
    return Desk(port=port, edges=edges, root=root, cloud_name=origin, kept=kept)
