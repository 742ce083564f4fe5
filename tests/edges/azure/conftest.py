"""An account of the local Azure, and sites that are looked at and changed through it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lading.core.hosting.address import SiteAddress
from lading.core.identity import parse_identity
from lading.core.secret import Secret
from lading.edges.azure.account import Account, open_account
from lading.edges.azure.resource_manager import ResourceManager
from lading.edges.http import Http
from lading.edges.tokens.entra import Entra
from lading.edges.tokens.surroundings import Surroundings
from local_azure import LocalAzure
from local_azure.cloud import Cloud
from local_azure.sites.hosting import SiteSpec, Timing
from local_azure.sites.site import Site
from local_sources import LocalSources

FLEX = SiteSpec(name="orders-flex", hosting="flex", settings={"AzureWebJobsStorage": "acme"})
PREMIUM = SiteSpec(
    name="orders-premium",
    hosting="premium",
    slots=("staging",),
    settings={"WEBSITE_RUN_FROM_PACKAGE": "1", "PRICE": "not-to-be-shown"},
)


@dataclass(kw_only=True)
class Deployer:
    """Who deploys: signed in by secret, with what it was told to keep."""

    http: Http
    account: Account
    subscription: str
    kept: list[Secret] = field(default_factory=list)

    def manager(self, site: Site, *, slot: str | None = None, name: str = "") -> ResourceManager:
        """Return Resource Manager for a site, or for what is called `name` in its place."""
        address = SiteAddress(
            subscription=self.subscription,
            resource_group=site.spec.group,
            name=name or site.spec.name,
            slot=slot,
        )
        return ResourceManager(address, self.account, http=self.http, keep=self.kept.append)


@pytest.fixture
def cloud(azure: LocalAzure) -> Cloud:
    """Return the local Azure's Function Apps, in which nobody waits for a swap."""
    azure.cloud.world.timing = Timing(retry_after=0)
    return azure.cloud


@pytest.fixture
def deployer(
    azure: LocalAzure,
    cloud: Cloud,
    sources: LocalSources,
    ambient: dict[str, str],
    tmp_path: Path,
) -> Deployer:
    """Return who deploys to the local Azure, which is found by its address alone."""
    told = {
        **sources.environment(ambient),
        **azure.variables("client-secret", folder=tmp_path / "run"),
    }
    del told["AZURE_AUTHORITY_HOST"]
    kept: list[Secret] = []
    http = Http(told, sleep=cloud.clock.skip)
    surroundings = Surroundings(
        ambient=told,
        http=http,
        keep=kept.append,
        cloud_name=cloud.resource_manager.origin,
    )
    account = open_account(Entra(surroundings), parse_identity("client-secret"), surroundings.cloud)
    return Deployer(http=http, account=account, subscription=azure.subscription, kept=kept)


@pytest.fixture
def flex(cloud: Cloud) -> Site:
    """Return an app on Flex Consumption."""
    return cloud.create(FLEX)


@pytest.fixture
def premium(cloud: Cloud) -> Site:
    """Return an app on Elastic Premium with a slot."""
    return cloud.create(PREMIUM)
