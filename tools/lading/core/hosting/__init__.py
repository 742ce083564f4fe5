"""What each hosting plan of Azure Functions allows, needs and forbids; which one a site has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

PlanKind = Literal[
    "flex-consumption", "consumption", "elastic-premium", "dedicated", "container-apps"
]
# How a package gets to a site: Flex takes it by "publish", App Service by "zip-deploy".
Character = Literal["publish", "zip-deploy"]

RUN_FROM_PACKAGE = "WEBSITE_RUN_FROM_PACKAGE"
REMOTE_BUILD = ("SCM_DO_BUILD_DURING_DEPLOYMENT", "ENABLE_ORYX_BUILD")
WORKER_RUNTIME = "FUNCTIONS_WORKER_RUNTIME"
HOST_VERSION = "FUNCTIONS_EXTENSION_VERSION"
HOST_STORAGE = "AzureWebJobsStorage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why lading does not deploy to a kind of site, and what does."""

    reason: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A setting that says how a package is taken.

    `value` is what a deployment sets, None where it takes the setting away; `tolerated` are values
    that mean the same, and for which nobody restarts an app.
    """

    value: str | None
    tolerated: frozenset[str] = frozenset()

    def is_met_by(self, value: str | None) -> bool:
        """Say whether a setting's value needs no change; None stands for a setting without one."""
        return value == self.value or (value is not None and value.lower() in self.tolerated)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostingPlan:
    """One hosting plan, as far as a deployment is concerned.

    `switches` are owned by deployments. `forbidden` are names that the plan does not take, each
    with what to do instead.
    """

    kind: PlanKind
    name: str
    character: Character | None
    has_slots: bool
    switches: Mapping[str, Switch] = field(default_factory=dict)
    forbidden: Mapping[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One Function App, or one slot of it ("APP/SLOT"), as Resource Manager describes it.

    `runtime` and `python` are what it is set to run ("python", "3.13"), "" where it does not say;
    `image` is the container's where it is one. `host` and `scm_host` are names of hosts, `scm_host`
    "" where there is none; `foreign_scm` is one that is no host of its cloud. `swap_target` is the
    slot into which a swap was prepared, else "".
    """

    name: str
    plan: HostingPlan
    linux: bool
    state: str
    host: str
    scm_host: str
    runtime: str = ""
    python: str = ""
    image: str = ""
    swap_target: str = ""
    foreign_scm: str = ""

    @property
    def is_stopped(self) -> bool:
        """Say whether somebody stopped it: nothing can be deployed then."""
        return self.state.lower() == "stopped"

    @property
    def refusal(self) -> Refusal | None:
        """Return why nothing can be deployed to a site of this kind, None where something can."""
        if self.plan.refusal is not None:
            return self.plan.refusal
        if self.image:
            return Refusal(
                reason=f"it runs the container image {self.image}, which takes no package",
                remedy="Push the app as an image, or create the Function App without a container.",
            )
        if not self.linux:
            return Refusal(
                reason="it runs on Windows, where Azure Functions has no Python",
                remedy="Create the Function App on Linux: the Flex Consumption plan is the usual "
                "one.",
            )
        return None


_BUILT = "the package is built already: leave it out"
_RUNTIME = "properties.functionAppConfig.runtime of the Function App says it"
_CONCURRENCY = "properties.functionAppConfig.scaleAndConcurrency of the Function App says it"
_STORAGE = "the plan has no file share: leave it out"
_ZONE = "the plan knows no time zone: let the app convert times, and write schedules in UTC"
_ANYWHERE = {
    **dict.fromkeys(REMOTE_BUILD, _BUILT),
    "WEBSITE_RUN_FROM_ZIP": f"write {RUN_FROM_PACKAGE}",
    "WEBSITE_USE_ZIP": f"write {RUN_FROM_PACKAGE}",
    "SCM_RUN_FROM_PACKAGE": "the platform sets it: leave it out",
}
# "Flex Consumption plan deprecations" of Microsoft's reference of app settings.
_NOT_ON_FLEX = {
    **_ANYWHERE,
    RUN_FROM_PACKAGE: "the plan always runs from the package: leave it out",
    HOST_VERSION: "the plan sets it: leave it out",
    WORKER_RUNTIME: _RUNTIME,
    "FUNCTIONS_WORKER_RUNTIME_VERSION": _RUNTIME,
    "FUNCTIONS_MAX_HTTP_CONCURRENCY": _CONCURRENCY,
    "FUNCTIONS_WORKER_PROCESS_COUNT": _CONCURRENCY,
    "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED": _CONCURRENCY,
    "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT": _CONCURRENCY,
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING": _STORAGE,
    "WEBSITE_CONTENTSHARE": _STORAGE,
    "WEBSITE_SKIP_CONTENTSHARE_VALIDATION": _STORAGE,
    "WEBSITE_VNET_ROUTE_ALL": "the plan routes everything through the network: leave it out",
    "WEBSITE_MOUNT_ENABLED": "the plan mounts the package itself: leave it out",
    "WEBSITE_TIME_ZONE": _ZONE,
    "TZ": _ZONE,
    "WEBSITE_NODE_DEFAULT_VERSION": _RUNTIME,
    "WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED": "it is for .NET: leave it out",
}
_OFF = frozenset({"false", "0"})
_APP_SERVICE_SWITCHES: Mapping[str, Switch] = {
    RUN_FROM_PACKAGE: Switch(value="1"),
    "SCM_DO_BUILD_DURING_DEPLOYMENT": Switch(value="false", tolerated=_OFF),
    "ENABLE_ORYX_BUILD": Switch(value=None, tolerated=_OFF),
}
# A run from a package is what Flex does anyway, and its service fails every deployment of an app
# that has the setting.
_FLEX_SWITCHES: Mapping[str, Switch] = {
    RUN_FROM_PACKAGE: Switch(value=None),
    **{name: Switch(value=None, tolerated=_OFF) for name in REMOTE_BUILD},
}

FLEX_CONSUMPTION = HostingPlan(
    kind="flex-consumption",
    name="Flex Consumption",
    character="publish",
    has_slots=False,
    switches=_FLEX_SWITCHES,
    forbidden=_NOT_ON_FLEX,
)
CONSUMPTION = HostingPlan(
    kind="consumption",
    name="Consumption",
    character=None,
    has_slots=True,
    forbidden=_ANYWHERE,
    refusal=Refusal(
        reason="it has the Consumption plan, whose packages come from a URL in a setting",
        remedy="Move it to Flex Consumption: `az functionapp flex-migration` does, and this plan "
        "ends on 30 September 2028. Until then: `func azure functionapp publish NAME --no-build` "
        "takes what was built here.",
    ),
)
ELASTIC_PREMIUM = HostingPlan(
    kind="elastic-premium",
    name="Elastic Premium",
    character="zip-deploy",
    has_slots=True,
    switches=_APP_SERVICE_SWITCHES,
    forbidden=_ANYWHERE,
)
DEDICATED = HostingPlan(
    kind="dedicated",
    name="Dedicated",
    character="zip-deploy",
    has_slots=True,
    switches=_APP_SERVICE_SWITCHES,
    forbidden=_ANYWHERE,
)
CONTAINER_APPS = HostingPlan(
    kind="container-apps",
    name="Container Apps",
    character=None,
    has_slots=False,
    forbidden=_ANYWHERE,
    refusal=Refusal(
        reason="it runs on Container Apps, which takes an image and no package",
        remedy="Push an image that has the package unpacked in /home/site/wwwroot, and set it: "
        "`az functionapp config container set`.",
    ),
)
