"""The ways to one Function App: Resource Manager, its SCM site, its own address, its container."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lading.core.config import Target
from lading.core.errors import ConfigError
from lading.core.hosting import Site
from lading.core.hosting.address import SiteAddress
from lading.core.secret import Secret
from lading.core.urls import parse_url
from lading.edges.azure.account import Account
from lading.edges.azure.app_front import AppFront
from lading.edges.azure.asking import Patience
from lading.edges.azure.packages import KeptPackages
from lading.edges.azure.resource_manager import ResourceManager
from lading.edges.azure.scm import Scm
from lading.edges.http import Http


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The ways to one site, or slot; `scm` is None where it has no SCM site."""

    manager: ResourceManager
    scm: Scm | None
    front: AppFront


@dataclass(frozen=True, slots=True, kw_only=True)
class Azure:
    """Azure as one identity reaches it; `remember` is told every secret that comes from there.

    Where nobody `waits`, what has no answer yet is not asked for again.
    """

    account: Account
    http: Http
    remember: Callable[[Secret], None]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    waits: bool = True

    @property
    def patience(self) -> Patience:
        """Return what asks again where that is due."""
        return Patience(
            clock=self.clock, sleep=self.sleep, forget=self.account.forget, waits=self.waits
        )

    def manager(self, target: Target, *, slot: str | None) -> ResourceManager:
        """Return Resource Manager for a target's app, or for one of its slots."""
        address = SiteAddress(
            subscription=target.subscription,
            resource_group=target.resource_group,
            name=target.function_app,
            slot=slot,
        )
        return ResourceManager(address, self.account, http=self.http, keep=self.remember)

    def ways(self, target: Target, site: Site, *, slot: str | None) -> Ways:
        """Return the ways to a site whose hosts are known."""
        scm = Scm(f"https://{site.scm_host}", self.account, http=self.http)
        return Ways(
            manager=self.manager(target, slot=slot),
            scm=scm if site.scm_host else None,
            front=AppFront(site.host, http=self.http),
        )

    def container(self, url: str) -> KeptPackages:
        """Return the container in which packages are kept.

        Raises ConfigError for one outside of the cloud: a token of it is good for every other one.
        """
        domains = self.account.cloud.blob_domains
        host = parse_url(url).host
        if domains and not any(host.endswith(f".{domain}") for domain in domains):
            raise ConfigError(
                (f"packages is {url}, and {host} is no Blob storage of this cloud",),
                remedy=f'Write packages = "https://ACCOUNT.{domains[0]}/CONTAINER" on the target.',
            )
        return KeptPackages(url, self.account, http=self.http, keep=self.remember)
