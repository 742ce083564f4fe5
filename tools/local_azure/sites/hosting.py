"""The hosting plans, by what Azure calls them and what they make of a site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Hosting = Literal["flex", "premium", "dedicated", "consumption", "container-apps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sku:
    """How a plan is called: in a site's `sku`, and in the plan's own `sku.name`."""

    tier: str
    name: str
    has_slots: bool = False


SKUS: Mapping[Hosting, Sku] = {
    "flex": Sku(tier="FlexConsumption", name="FC1"),
    "premium": Sku(tier="ElasticPremium", name="EP1", has_slots=True),
    "dedicated": Sku(tier="PremiumV3", name="P1v3", has_slots=True),
    "consumption": Sku(tier="Dynamic", name="Y1", has_slots=True),
    "container-apps": Sku(tier="", name=""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSpec:
    """A Function App as somebody created it.

    `container` is the URL of a Flex site's deployment container; "" for the local Azure's own.
    """

    name: str
    hosting: Hosting
    python: str = "3.13"
    group: str = "orders"
    location: str = "West Europe"
    settings: Mapping[str, str] = field(default_factory=dict)
    slots: tuple[str, ...] = ()
    container: str = ""
    basic_publishing: bool = False

    @property
    def is_flex(self) -> bool:
        """Say whether it is on Flex Consumption."""
        return self.hosting == "flex"

    @property
    def sku(self) -> Sku:
        """Return what its plan is called."""
        return SKUS[self.hosting]

    @property
    def kind(self) -> str:
        """Return the site's kind."""
        more = ",container,azurecontainerapps" if self.hosting == "container-apps" else ""
        return f"functionapp,linux{more}"

    @property
    def plan_name(self) -> str:
        """Return the name of its plan."""
        return f"{self.name}-plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things take, in seconds of the local Azure's clock."""

    # From a write of settings to the restart of host and SCM.
    restart: float = 2.0
    # A deployment takes three of them.
    step: float = 0.5
    host_start: float = 0.5
    swap: float = 2.0
    # What a client is told to wait between two questions.
    retry_after: int = 1
