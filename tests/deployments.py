"""Apps in Azure and releases for them, as values, for tests of what is thought about them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from lading.core.config import Target
from lading.core.deployment.plan import Plan, plan_deployment
from lading.core.deployment.release import Package, Release
from lading.core.deployment.state import AppState, HostStatus, ListedFunction, SiteState
from lading.core.deployment.steps import Step
from lading.core.hosting import DEDICATED, ELASTIC_PREMIUM, FLEX_CONSUMPTION, HostingPlan, Site
from lading.core.secret import Secret
from lading.core.settings import AppSettings, DesiredSettings, Setting

TODAY = dt.date(2026, 3, 1)
OLD, NEW = "a" * 64, "b" * 64
PLANS = (FLEX_CONSUMPTION, ELASTIC_PREMIUM, DEDICATED)
# What the host of every app needs.
STORAGE = {"AzureWebJobsStorage__accountName": "acme"}
# What App Service needs beside that, and what a deployment sets there.
ON_APP_SERVICE = {
    **STORAGE,
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "WEBSITE_RUN_FROM_PACKAGE": "1",
    "SCM_DO_BUILD_DURING_DEPLOYMENT": "false",
}
TARGET = Target(
    name="prod", app="orders", subscription="s", resource_group="g", function_app="orders-prod"
)
ON_SLOT = replace(TARGET, slot="staging", swap=True)
PACKAGE = Package(
    path="dist/orders.zip",
    sha256="c" * 64,
    content_sha256=NEW,
    size=12_900_000,
    python="3.13",
    functions=("get_price", "check_prices"),
    commit="0123456789abcdef",
)


def app(**values: str) -> AppSettings:
    """Return the settings of an app."""
    return AppSettings(values={name: Secret(value) for name, value in values.items()})


def files(*sticky: str, **values: str) -> DesiredSettings:
    """Return what files want."""
    settings = [
        Setting(name=name, value=Secret(value), origin="prod.env:1")
        for name, value in values.items()
    ]
    return DesiredSettings(settings=tuple(settings), sticky=sticky)


def release(target: Target = TARGET, package: Package = PACKAGE, **values: str) -> Release:
    """Return a release with some settings."""
    return Release(
        target=target, package=package, settings=replace(files(**values), sticky=target.sticky)
    )


def site_state(plan: HostingPlan = ELASTIC_PREMIUM, name: str = "orders-prod") -> SiteState:
    """Return a healthy site that runs the old content, with the same functions."""
    needed = STORAGE if plan is FLEX_CONSUMPTION else ON_APP_SERVICE
    return SiteState(
        site=Site(
            name=name,
            plan=plan,
            linux=True,
            state="Running",
            host=f"{name}.azure.test",
            scm_host=f"{name}.scm.azure.test",
            runtime="python",
            python="3.13",
        ),
        settings=app(**needed),
        functions=tuple(ListedFunction(name=name) for name in PACKAGE.functions),
        runs=OLD,
        deploying=False,
        host=HostStatus(state="Running", uptime=86400.0),
    )


def app_state(place: SiteState | None = None, *, slot: SiteState | None = None) -> AppState:
    """Return an app, with the one slot `staging` where that is given."""
    return AppState(production=place or site_state(), slot=slot, slots=("staging",) if slot else ())


def plan_of(wanted: Release, state: AppState) -> Plan:
    """Return the plan for a release."""
    return plan_deployment(wanted, state, today=TODAY)


def names(steps: tuple[Step, ...]) -> list[str]:
    """Return the names of steps."""
    return [step.name for step in steps]
