"""The subscription: its sites by name, and how slots are swapped."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from local_azure.sites.hosting import SiteSpec
from local_azure.sites.site import Site
from local_azure.sites.world import World

# Settings of the platform that stay where they are when slots are swapped.
_NEVER_SWAPPED = frozenset({"FUNCTIONS_EXTENSION_VERSION"})


@dataclass(slots=True, kw_only=True)
class Operation:
    """Something of Resource Manager that takes a while, on a site and its slots."""

    id: str
    site: Site
    name: str
    outcome: Literal["running", "done", "failed"] = "running"
    problem: str = ""


class Subscription:
    """All sites of one subscription, and the operations on them."""

    def __init__(self, identifier: str, world: World) -> None:
        self.id = identifier
        self.world = world
        self.operations: dict[str, Operation] = {}
        self._sites: dict[str, Site] = {}

    def __iter__(self) -> Iterator[Site]:
        """Yield every site, without the slots."""
        return iter(tuple(self._sites.values()))

    def add(self, site: Site) -> None:
        """Add a site."""
        self._sites[site.spec.name.lower()] = site

    def remove_all(self) -> tuple[Site, ...]:
        """Forget every site and operation; return all sites and slots that there were."""
        gone = tuple(one for site in self for one in (site, *site.slots.values()))
        self._sites.clear()
        self.operations.clear()
        return gone

    def find(self, name: str, slot: str = "") -> Site | None:
        """Return a site, or one of its slots; "production" is the site itself."""
        site = self._sites.get(name.lower())
        if site is None or slot.lower() in {"", "production"}:
            return site
        return site.slots.get(slot.lower())

    def groups(self) -> tuple[str, ...]:
        """Return the names of the resource groups."""
        return tuple(dict.fromkeys(site.spec.group for site in self))

    def busy(self, site: Site) -> Operation | None:
        """Return what is going on with a site or one of its slots, None for nothing."""
        for operation in self.operations.values():
            if operation.outcome == "running" and operation.site.spec.name == site.spec.name:
                return operation
        return None

    def swap(self, source: Site, target: Site, *, seconds: float) -> Operation:
        """Begin to swap two slots of a site, which takes some seconds."""

        def finish(operation: Operation) -> None:
            if self.world.faults.meets("swap-fails", source.name):
                operation.outcome = "failed"
                operation.problem = (
                    f"Cannot swap site slots for site '{source.spec.name}' because the "
                    f"'{source.slot or 'Production'}' slot did not respond to http ping."
                )
                return
            _swap(source, target, self._sites[source.spec.name.lower()].sticky.settings)
            operation.outcome = "done"

        return self.begin(source, "SwapSiteSlots", finish, seconds=seconds)

    def begin(
        self, site: Site, name: str, finish: Callable[[Operation], None], *, seconds: float
    ) -> Operation:
        """Begin an operation that is finished in some seconds."""
        operation = Operation(id=str(uuid.uuid4()), site=site, name=name)
        self.operations[operation.id] = operation
        self.world.agenda.after(seconds, partial(finish, operation))
        return operation


def finish_well(operation: Operation) -> None:
    """Let an operation be over that has no more to do."""
    operation.outcome = "done"


def create_site(spec: SiteSpec, world: World) -> Site:
    """Return a new site with its slots."""
    site = Site(spec, world)
    for slot in spec.slots:
        site.slots[slot.lower()] = Site(spec, world, slot=slot)
    return site


def _swap(one: Site, other: Site, sticky: tuple[str, ...]) -> None:
    """Swap content, history and settings of two slots; what is sticky stays."""
    stays = _NEVER_SWAPPED | {*sticky}
    with one.lock, other.lock:
        one.packages, other.packages = other.packages, one.packages
        one.deployments.records, other.deployments.records = (
            other.deployments.records,
            one.deployments.records,
        )
        settings = {}
        for site, giver in ((one, other), (other, one)):
            kept = {name: text for name, text in site.settings.items() if name in stays}
            given = {name: text for name, text in giver.settings.items() if name not in stays}
            settings[site] = given | kept
        one.settings, other.settings = settings[one], settings[other]
    for site in (one, other):
        site.restart_scm()
