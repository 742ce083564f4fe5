"""Somebody else who works on the same app: what they do there, and what has to be left of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from local_azure.sites.deployments import Record, Upload
from local_azure.sites.site import Site
from tests.deployment.sequences.shelf import Item, Shelf
from tests.deployment.sequences.truth import OWN

Act = Literal["deploys", "deploys strangely", "adds", "changes", "removes", "restarts"]
ACTS: tuple[Act, ...] = ("deploys", "deploys strangely", "adds", "changes", "removes", "restarts")
_SOMEBODY = "somebody"
# Their packages are none that lading is to deploy.
_FIRST = 50


class Others:
    """What others do at an app and its slot; `settings` are theirs, as they have to be."""

    def __init__(self, sites: Iterable[Site], shelf: Shelf, *, settings: dict[str, str]) -> None:
        self._sites = tuple(sites)
        self._shelf = shelf
        self._count = 0
        self._sent: set[Path] = set()
        self.settings = settings

    def act(self, act: Act, place: Site) -> None:
        """Do something at a place, and wait for nothing."""
        self._count += 1
        match act:
            case "deploys":
                self.bring(place, self._shelf.item(_FIRST + self._count, speaks=True))
            case "deploys strangely":
                self.bring(place, self._shelf.strange(self._count))
            case "restarts":
                place.restart()
            case "adds":
                self._write({f"ADDED_{self._count}": f"by-somebody-else-{self._count}"})
            case "changes":
                self._write({"FOREIGN": f"by-somebody-else-{self._count}"})
            case "removes":
                added = [name for name in self.settings if name.startswith("ADDED_")]
                self._write({}, without=added[:1])

    def bring(self, site: Site, item: Item) -> None:
        """Begin a deployment, unless another one is under way."""
        if site.deployments.running is not None:
            return
        stored = site.packages.receive([item.path.read_bytes()])
        if not site.spec.is_flex:
            stored = site.packages.keep(stored, f"{site.world.clock.utc():%Y%m%d%H%M%S}")
        self._sent.add(stored)
        site.deployments.start(Upload(package=stored, deployer=_SOMEBODY, author=item.name))

    def own(self, record: Record) -> bool:
        """Say whether a deployment is theirs, whatever name it was recorded under."""
        return record.upload.package in self._sent

    def _write(self, more: dict[str, str], *, without: Iterable[str] = ()) -> None:
        """Write settings at every place, so that they are the same after a swap."""
        self.settings |= more
        for name in without:
            del self.settings[name]
        for site in self._sites:
            own = {name: text for name, text in site.settings.items() if name in OWN}
            site.write_settings(self.settings | own)


def newer_packages(site: Site) -> int | None:
    """Count the packages that came after the one that runs; None where they have driven it out."""
    release = site.packages.release
    if release is None or site.spec.is_flex:
        return 0
    if not release.package.exists():
        return None
    return sum(name > release.package.name for name in site.packages.stored)
