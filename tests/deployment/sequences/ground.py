"""What all sequences share: the local Azure, its storage, packages that are written once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import urllib3

from lading.edges.azure.apps import Azure
from local_azure import LocalAzure
from local_azure.answers import Answer
from local_azure.asked import Asked
from local_azure.blobs import Blobs
from local_azure.faults import Faults
from local_azure.sites.functions_host import ReadOnlyHost, Start
from local_azure.sites.hosting import Hosting, SiteSpec, Timing
from local_azure.sites.site import Site
from tests.deployment.conftest import FOREIGN
from tests.deployment.sequences.shelf import LABEL_ROUTE, Shelf
from tests.deployments import STORAGE

CONTAINER = "packages"


class SpeakingHost(ReadOnlyHost):
    """A host whose app answers with what was in its package when it started.

    A package that is taken away while it runs is no matter until the next start.
    """

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        self._files: dict[str, bytes] = {}
        if not self.problem:
            with ZipFile(start.package) as archive:
                self._files = {name: archive.read(name) for name in archive.namelist()}

    def answer(self, asked: Asked) -> Answer:
        """Answer with the last line of its code, or with its label where it has that route."""
        route = asked.segments[-1:]
        code = self._files.get("function_app.py", b"")
        if route == ("price",):
            return Answer(body=code.strip().rpartition(b"# ")[2])
        if route == ("lading",) and LABEL_ROUTE.encode() in code and "lading.json" in self._files:
            return Answer(body=self._files["lading.json"], kind="application/json")
        return super().answer(asked)


@dataclass(kw_only=True)
class Ground:
    """What sequences begin on; each of them begins with `clear`.

    `azure` is the local one, `reached` how lading reaches it, once it has signed in; `pool` is for
    those who use the apps.
    """

    azure: LocalAzure
    blobs: Blobs
    ambient: Mapping[str, str]
    reached: Azure
    pool: urllib3.PoolManager
    certificates: Path
    folder: Path
    shelf: Shelf

    def clear(self) -> None:
        """Make everything as it was: no app, no fault, no package kept; and hold the time."""
        self.azure.reset()
        cloud = self.azure.cloud
        # A slow machine sees what a fast one sees.
        cloud.clock.hold()
        cloud.world.timing = Timing(retry_after=0)
        cloud.world.start_host = SpeakingHost
        with self.blobs.container(self.container) as client:
            client.create_container()

    @property
    def container(self) -> str:
        """Return where copies of packages may be kept."""
        return f"{self.blobs.url}/{CONTAINER}"

    def create(self, hosting: Hosting) -> Site:
        """Create an app, with a slot where its plan has any, as somebody did some time ago."""
        settings = {**STORAGE, "FOREIGN": FOREIGN}
        if hosting != "flex":
            settings |= {"FUNCTIONS_WORKER_RUNTIME": "python", "FUNCTIONS_EXTENSION_VERSION": "~4"}
            settings["WEBSITE_RUN_FROM_PACKAGE"] = "1"
        slots = () if hosting == "flex" else ("staging",)
        spec = SiteSpec(name="orders", hosting=hosting, slots=slots, settings=settings)
        return self.azure.cloud.create(spec)

    def ask(self, site: Site, path: str) -> tuple[int, str]:
        """Ask an app at its own address, as nobody whom a fault concerns."""
        with self._undisturbed():
            reply = self.pool.request("GET", f"{site.origin}/api/{path}")
        return reply.status, reply.data.decode()

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and what was under way end as it would."""
        clock, agenda = self.azure.cloud.clock, self.azure.cloud.world.agenda
        # A host that is restarted in between is as old as it would be.
        for part in (*([1.0] * min(int(seconds), 30)), max(seconds - 30.0, 0.0)):
            clock.skip(part)
            agenda.settle()

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        world = self.azure.cloud.world
        world.agenda.settle()
        faults, world.faults = world.faults, Faults()
        try:
            yield
        finally:
            world.faults = faults
