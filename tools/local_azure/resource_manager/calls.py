"""A request about one site, as the handlers of Resource Manager take it, and the ids of things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local_azure.answers import Answer
from local_azure.asked import Asked
from local_azure.sites.site import Site
from local_azure.sites.subscription import Subscription

# The first version in which a site tells of its functionAppConfig.
FLEX_VERSION = "2023-12-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCall:
    """A request about a site or a slot; `given` are the variable parts of its path."""

    asked: Asked
    subscription: Subscription
    site: Site
    given: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Return the version of the API that was asked for."""
        return self.asked.query["api-version"]

    @property
    def id(self) -> str:
        """Return the id of the site."""
        return site_id(self.subscription.id, self.site)

    def resource(
        self, path: str, properties: Mapping[str, object], *, name: str = ""
    ) -> dict[str, object]:
        """Return something below the site as Resource Manager shows it; `path` as "config/web"."""
        parts = path.split("/")
        slot = "/slots" if self.site.slot else ""
        return {
            "id": f"{self.id}/{path}",
            "name": name or parts[-1],
            "type": f"Microsoft.Web/sites{slot}/{parts[0]}",
            "location": self.site.spec.location,
            "properties": properties,
        }

    def link(self, path: str) -> str:
        """Return an URL below the site, of the same version of the API."""
        return f"{self.asked.origin}{self.id}/{path}?api-version={self.version}"


SiteHandler = Callable[[SiteCall], Answer]


def group_id(subscription: str, group: str) -> str:
    """Return the id of a resource group."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}"


def plan_id(subscription: str, site: Site) -> str:
    """Return the id of a site's plan."""
    group = group_id(subscription, site.spec.group)
    return f"{group}/providers/Microsoft.Web/serverfarms/{site.spec.plan_name}"


def site_id(subscription: str, site: Site) -> str:
    """Return the id of a site or a slot."""
    home = f"{group_id(subscription, site.spec.group)}/providers/Microsoft.Web/sites"
    slot = f"/slots/{site.slot}" if site.slot else ""
    return f"{home}/{site.spec.name}{slot}"
