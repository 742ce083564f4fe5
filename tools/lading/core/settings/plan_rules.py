"""What a hosting plan says of the settings that files want and an app has."""

from __future__ import annotations

from collections.abc import Iterator

from lading.core.hosting import (
    HOST_STORAGE,
    HOST_VERSION,
    RUN_FROM_PACKAGE,
    WORKER_RUNTIME,
    HostingPlan,
)
from lading.core.problems import IN_CONFIGURATION, Problem
from lading.core.settings import AppSettings, DesiredSettings, Setting
from lading.core.settings.change import SettingsChange

_PYTHON = "python"
_HOST = "4"


def check_desired(desired: DesiredSettings, plan: HostingPlan) -> Iterator[Problem]:
    """Give every setting of the files that the plan does not take, with what to write instead."""
    for setting in desired.settings:
        instead = _refuses(plan, setting)
        if instead:
            yield Problem(
                code="forbidden-setting",
                text=f"{setting.origin}: {plan.name} does not take {setting.name}",
                remedy=f"{instead[0].upper()}{instead[1:]}.",
                exit_code=IN_CONFIGURATION,
            )
    if desired.sticky and not plan.has_slots:
        yield Problem(
            code="sticky-without-slots",
            text=f"{', '.join(desired.sticky)} cannot be sticky: {plan.name} has no slots",
            remedy="Leave sticky = … of the target out.",
            exit_code=IN_CONFIGURATION,
        )
    for name in sorted({name for name in desired.sticky if name in plan.switches}):
        yield Problem(
            code="sticky-switch",
            text=f"{name} must not be sticky: it says how the package of a slot is run, and goes "
            "with it",
            remedy="Take it out of sticky = … of the target.",
            exit_code=IN_CONFIGURATION,
        )


def check_together(
    desired: DesiredSettings, actual: AppSettings, plan: HostingPlan
) -> Iterator[Problem]:
    """Give what is wrong only because of what the app has already."""
    by_case = {name.lower(): name for name in actual.values}
    for setting in desired.settings:
        there = by_case.get(setting.name.lower(), setting.name)
        if there != setting.name and setting.name not in actual.values:
            yield Problem(
                code="differs-in-case",
                text=f"{setting.origin}: the app has {setting.name} as {there}, and Azure takes "
                "both for one",
                remedy=f"Write {there}.",
                exit_code=IN_CONFIGURATION,
            )
    package = actual.text(RUN_FROM_PACKAGE) or ""
    is_asked = RUN_FROM_PACKAGE in desired.names
    if not is_asked and "://" in package and plan.character == "zip-deploy":
        yield Problem(
            code="package-url",
            text=f"{RUN_FROM_PACKAGE} is a URL: the app runs what is there, put there by something "
            "else, and takes no other package",
            remedy=f"If lading is to deploy it from now on, write {RUN_FROM_PACKAGE}=1 into a file "
            "of the target's settings.",
        )


def check_after(after: AppSettings, plan: HostingPlan) -> Iterator[Problem]:
    """Give what an app lacks, even with the settings that it is about to get."""
    names = {name.lower() for name in after.values}
    storage = HOST_STORAGE.lower()
    if not any(name == storage or name.startswith(f"{storage}__") for name in names):
        yield Problem(
            code="no-host-storage",
            text=f"the app has neither {HOST_STORAGE} nor {HOST_STORAGE}__accountName: its host "
            "cannot start",
            remedy=f"Write {HOST_STORAGE}__accountName=ACCOUNT into a file of the target's "
            "settings, and give the app's identity Storage Blob Data Owner there.",
        )
    runtime = (after.text(WORKER_RUNTIME) or "").lower()
    if WORKER_RUNTIME not in plan.forbidden and runtime != _PYTHON:
        has = f"is {runtime}" if runtime else "is not set"
        yield Problem(
            code="worker-runtime",
            text=f"{WORKER_RUNTIME} {has}: the host would start no Python",
            remedy=f"Write {WORKER_RUNTIME}=python into a file of the target's settings.",
        )
    version = after.text(HOST_VERSION)
    if version is not None and version.lstrip("~").partition(".")[0] != _HOST:
        yield Problem(
            code="host-version",
            text=f"{HOST_VERSION} is {version}: no Python that lading builds for runs there",
            remedy=f"Write {HOST_VERSION}=~{_HOST} into a file of the target's settings.",
        )


def tell_consequences(change: SettingsChange, actual: AppSettings) -> Iterator[str]:
    """Note what a change of the way in which a package is run means to the app."""
    edit = next((edit for edit in change.edits if edit.name == RUN_FROM_PACKAGE), None)
    if edit is None or edit.value is None:
        return
    if "://" in (actual.text(RUN_FROM_PACKAGE) or ""):
        yield (
            f"{RUN_FROM_PACKAGE} was a URL: between the settings and the package the app has "
            "nothing to run"
        )
    else:
        yield "from now on the app runs from its package: /home/site/wwwroot can only be read"


def _refuses(plan: HostingPlan, setting: Setting) -> str | None:
    switch = plan.switches.get(setting.name)
    if switch is not None and switch.value is not None:
        if switch.is_met_by(setting.value.reveal()):
            return None
        return plan.forbidden.get(
            setting.name,
            f"write {setting.name}={switch.value}, or leave it out: a deployment sets it",
        )
    return plan.forbidden.get(setting.name)
