"""The part of the local Azure that has Function Apps: Resource Manager, SCM, the apps, storage."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from local_azure.addresses import Addresses
from local_azure.blobs import Blobs
from local_azure.clock import Agenda, Clock
from local_azure.faults import Faults
from local_azure.fetching import fetch
from local_azure.front import Front
from local_azure.identity.directory import STORAGE
from local_azure.identity.entra import Entra
from local_azure.identity.mint import Known
from local_azure.inspection import Inspection
from local_azure.resource_manager.calls import site_id
from local_azure.resource_manager.service import ResourceManager
from local_azure.runtime import Runtime
from local_azure.scm.service import Scm
from local_azure.sites.functions_host import ReadOnlyHost
from local_azure.sites.hosting import SiteSpec, Timing
from local_azure.sites.site import Site
from local_azure.sites.subscription import Subscription, create_site
from local_azure.sites.world import World
from local_sources.certificates import Certificates
from local_sources.hosts import Footing

_NO_STORAGE = "https://acme.blob.core.windows.net"
# Few clients come to one site at once.
_THREADS = 6


class Cloud:
    """A subscription, in which tests create sites; empty again after each `reset`.

    `faults` are switched on by name, `clock` is put forward instead of waiting, and `sites` has all
    that can be known of the sites. Blob storage runs after `start_blobs`.
    """

    def __init__(self, subscription: str, entra: Entra, footing: Footing, *, known: Known) -> None:
        self._temporary = tempfile.TemporaryDirectory()
        self._entra = entra
        self._known = known
        self.faults = Faults()
        self.clock = Clock()
        self.world = World(
            folder=Path(self._temporary.name),
            clock=self.clock,
            agenda=Agenda(self.clock),
            faults=self.faults,
        )
        self.sites = Subscription(subscription, self.world)
        self._addresses = Addresses(replace(footing, threads=_THREADS))
        self._own = Addresses(footing)
        self.blobs: Blobs | None = None

    def start(self) -> None:
        """Let Resource Manager listen, and the window on what is inside."""
        service = ResourceManager(self.sites, self._entra)
        self.resource_manager = self._own.let("resource-manager", service)
        self.window = self._own.let("window", Inspection(self.sites))

    def start_blobs(self, ambient: Mapping[str, str], certificates: Certificates) -> Blobs:
        """Start Blob storage, where it does not run yet; raises BlobsUnavailableError."""
        if self.blobs is None:
            self.blobs = Blobs(ambient, certificates).__enter__()
            self.world.store_package = self.blobs.store_package

            def bring(url: str, *, as_identity: bool = False) -> Iterator[bytes]:
                return fetch(url, certificates, token=self._identity() if as_identity else "")

            self.world.fetch = bring
        return self.blobs

    def run_packages(self, runtime: Runtime) -> None:
        """Run deployed packages from now on, instead of reading what is in them."""
        self.world.start_host = runtime.start

    def create(self, spec: SiteSpec) -> Site:
        """Create a Function App with its slots, each with an address and an SCM of its own."""
        storage = self.blobs.url if self.blobs else _NO_STORAGE
        container = spec.container or f"{storage}/app-package-{spec.name}"
        site = create_site(replace(spec, container=container), self.world)
        for one in (site, *site.slots.values()):
            one.scm_origin = self._addresses.let(f"{one.name} scm", Scm(one, self._entra)).origin
            one.origin = self._addresses.let(one.name, Front(one)).origin
            self._known.add(one.publishing_password, "publishing-password")
        self.sites.add(site)
        return site

    def _identity(self) -> str:
        """Return a token for storage of the identity that every app has, "" where it has none."""
        identity = self._entra.directory.system_assigned
        return self._entra.issue(identity, STORAGE) if identity else ""

    def id_of(self, site: Site) -> str:
        """Return the id of a site in Resource Manager."""
        return site_id(self.sites.id, site)

    def reset(self) -> None:
        """Make everything as it was after the start: no site, no fault."""
        self._addresses.vacate()
        for site in self.sites.remove_all():
            site.close()
        self.world.agenda.clear()
        self.world.timing = Timing()
        self.world.start_host = ReadOnlyHost
        self.clock.release()
        self.faults.clear()
        if self.blobs is not None:
            self.blobs.clear()

    def stop(self) -> None:
        """Stop everything, and forget it."""
        self._addresses.stop()
        self._own.stop()
        for site in self.sites.remove_all():
            site.close()
        if self.blobs is not None:
            self.blobs.__exit__()
        self._temporary.cleanup()
