"""Where a Function App is found in Azure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAddress:
    """Where a Function App is found; `slot` is None for the app itself."""

    subscription: str
    resource_group: str
    name: str
    slot: str | None = None

    @property
    def resource_id(self) -> str:
        """Return the id by which Resource Manager knows it."""
        slot = f"/slots/{self.slot}" if self.slot else ""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.Web/sites/{self.name}{slot}"
        )

    def __str__(self) -> str:
        slot = f" (slot {self.slot})" if self.slot else ""
        return f"{self.name}{slot} in {self.resource_group}"
