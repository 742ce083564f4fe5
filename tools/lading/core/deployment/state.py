"""What an app is before a deployment: its sites, their settings, and what is known to run there."""

from __future__ import annotations

from dataclasses import dataclass, field

from lading.core.access.said import one_line
from lading.core.config import Target
from lading.core.deployment.reactions import Refused
from lading.core.deployment.rights import Grant
from lading.core.documents import (
    as_document,
    number_of,
    parse_json,
    rows_of,
    table_of,
    text_of,
    texts_of,
)
from lading.core.hosting import Site
from lading.core.settings import AppSettings
from lading.core.settings.sticky import SlotNames

_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFunction:
    """A function as Resource Manager lists it; `url` is "" where it takes no calls."""

    name: str
    url: str = ""
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStatus:
    """The Functions host as it says of itself; `uptime` of its process, in seconds.

    `instance` is the name of the machine, or of the part of one, that it runs in.
    """

    state: str
    uptime: float | None = None
    version: str = ""
    errors: tuple[str, ...] = ()
    instance: str = ""

    @property
    def is_healthy(self) -> bool:
        """Say whether it runs; it answers 200 also where it does not."""
        return self.state.lower() == "running" and not self.errors


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteState:
    """One site, or slot, as it was read.

    `settings` is None where the identity may not read them. `runs` is the content hash that is
    known to run there, "" where nobody knows. `closed` says why its SCM site cannot be used, None
    where it can; `host_closed` that its host takes no calls from here; `deploying` whether a
    deployment is under way, None where nobody says.
    """

    site: Site
    settings: AppSettings | None = None
    functions: tuple[ListedFunction, ...] = ()
    runs: str = ""
    closed: Refused | None = None
    host_closed: bool = False
    deploying: bool | None = None
    host: HostStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppState:
    """A Function App: production, the slot of the target where that exists, all slots by name.

    `grants` are what the identity may do to it, None where nobody says.
    """

    production: SiteState
    slot: SiteState | None = None
    slots: tuple[str, ...] = ()
    slot_names: SlotNames = field(default_factory=SlotNames)
    grants: tuple[Grant, ...] | None = None

    def place_of(self, target: Target) -> SiteState:
        """Return the site to which a target's package goes; production where there is no slot."""
        return self.slot if target.slot is not None and self.slot is not None else self.production


def parse_functions(value: object) -> tuple[ListedFunction, ...]:
    """Return one page of the functions that Resource Manager lists."""
    return tuple(
        ListedFunction(
            name=text_of(properties, "name") or text_of(row, "name").rpartition("/")[2],
            url=text_of(properties, "invoke_url_template"),
            disabled=properties.get("isDisabled") is True,
        )
        for row in rows_of(as_document(value), "value")
        for properties in (table_of(row, "properties"),)
    )


def parse_host_status(text: str) -> HostStatus | None:
    """Return what `/admin/host/status` says, None for anything else."""
    document = as_document(parse_json(text))
    state = text_of(document, "state")
    uptime = number_of(document, "processUptime")
    if not state:
        return None
    return HostStatus(
        state=state,
        uptime=None if uptime is None else uptime / _MILLISECONDS,
        version=text_of(document, "version"),
        errors=tuple(map(one_line, texts_of(document, "errors"))),
        instance=text_of(document, "instanceId"),
    )
