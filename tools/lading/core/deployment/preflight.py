"""What keeps a release from a target: everything that can be known before anything is changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from lading.core.config import Target
from lading.core.deployment.release import Release
from lading.core.deployment.rights import (
    PUBLISH,
    READ_SETTINGS,
    SWAPS,
    WRITE_CONFIG,
    actions_of,
    may_swap,
    missing_actions,
)
from lading.core.deployment.state import AppState, SiteState
from lading.core.deployment.uploads import STOPPED_REMEDY, SWAP_REMEDY
from lading.core.errors import ConfigError
from lading.core.hosting import Site
from lading.core.problems import (
    IN_AZURE,
    IN_CONFIGURATION,
    IN_CREDENTIAL,
    IN_PACKAGE,
    Problem,
)
from lading.core.runtimes import RUNTIMES, Runtime, runtime_for
from lading.core.settings.change import SettingsChange
from lading.core.settings.plan_rules import check_after, check_desired, check_together
from lading.core.settings.sticky import plan_sticky

# A site that is closed in one of these ways can still be told by Resource Manager to pull.
PULLS_WHERE = frozenset({"scm-closed", "scm-unreachable", "scm-foreign"})
_NOT_SIGNED_IN = "scm-unauthorized"
# How long before the end of a runtime's support somebody is told.
_EARLY = dt.timedelta(days=180)


def check_deployment(
    release: Release, state: AppState, change: SettingsChange, *, today: dt.date
) -> tuple[Problem, ...]:
    """Return everything that keeps a release from being deployed, the first to mend first."""
    place = state.place_of(release.target)
    refusal = place.site.refusal
    if refusal is not None:
        text = f"{_name(release.target)} takes no package from lading: {refusal.reason}"
        return (Problem(code="unsupported", text=text, remedy=refusal.remedy),)
    without = tuple(check_slot(release.target, state))
    found = [
        *_check_package(release),
        # Of a slot that is not there nothing can be read.
        *(without or _check_readable(release.target, place)),
        *check_runtime(place.site, release.package.python, of=release.package.path, today=today),
        *_check_settings(release, place, change),
        *_check_rights(release, state, change),
        *check_standing(release.target, state),
        *_check_free(release.target, place),
        *check_reach(release.target, place),
    ]
    return tuple(sorted(found, key=lambda problem: problem.exit_code))


def check_place(target: Target, state: AppState) -> Iterator[Problem]:
    """Give what keeps the settings of a target alone from being read or written."""
    place = state.place_of(target)
    if place.site.plan.refusal is not None:
        refusal = place.site.plan.refusal
        text = f"{_name(target)} is not for lading: {refusal.reason}"
        yield Problem(code="unsupported", text=text, remedy=refusal.remedy)
        return
    without = tuple(check_slot(target, state))
    yield from without or (*_check_readable(target, place), *_check_free(target, place))


def tell_end_of_support(python: str, today: dt.date) -> Iterator[str]:
    """Note a Python that is out of support, or soon will be."""
    runtime = _runtime(python)
    if runtime is None:
        return
    end = runtime.end_of_support
    if end < today:
        yield f"the support of Python {python} ended on {end}; Azure still runs it, without updates"
    elif end - today <= _EARLY:
        yield f"the support of Python {python} ends on {end}"


def _check_package(release: Release) -> Iterator[Problem]:
    package = release.package
    if package.refused:
        yield Problem(
            code="package-refused",
            text=f"{package.path} has findings that forbid it: {', '.join(package.refused)}",
            remedy=f"Mend them: lading verify --artifact {package.path} says what and how.",
            exit_code=IN_PACKAGE,
        )
    if release.must_be_proven and not package.imported:
        yield Problem(
            code="not-proven",
            text=f"{package.path} was not imported ({package.unproven}), and "
            f"{release.target.name} takes only what was",
            remedy=f"Build it where Python {package.python} can load it, or write require-proof = "
            "false on the target.",
            exit_code=IN_PACKAGE,
        )


def check_slot(target: Target, state: AppState) -> Iterator[Problem]:
    """Give what is wrong with a target's slot: it is not there, or there are none."""
    wanted = target.slot
    plan = state.production.site.plan
    if wanted is None:
        return
    if not plan.has_slots:
        yield Problem(
            code="no-slots",
            text=f"{target.function_app} has no slots: {plan.name} has none",
            remedy=f"Take slot and swap out of [tool.lading.targets.{target.name}].",
            exit_code=IN_CONFIGURATION,
        )
    elif state.slot is None:
        listed = f"it has {', '.join(state.slots)}" if state.slots else "it has none"
        yield Problem(
            code="no-such-slot",
            text=f"{target.function_app} has no slot {wanted}; {listed}",
            remedy=f"Create it: az functionapp deployment slot create --slot {wanted} "
            f"--name {target.function_app} "
            f"--resource-group {target.resource_group}",
        )


def check_runtime(site: Site, python: str, *, of: str, today: dt.date) -> Iterator[Problem]:
    """Give what keeps a site from running what is for a Python; `of` says what that is."""
    if site.runtime and site.runtime != "python":
        yield Problem(
            code="not-python",
            text=f"{site.name} is set to run {site.runtime}, not Python",
            remedy="Check function-app = … of the target, or create the Function App for Python.",
        )
    elif site.python and site.python != python:
        how = (
            "properties.functionAppConfig.runtime.version"
            if site.plan.kind == "flex-consumption"
            else f'az functionapp config set --linux-fx-version "Python|{python}"'
        )
        yield Problem(
            code="python-mismatch",
            text=f"{site.name} runs Python {site.python}, and {of} is for {python}: its native "
            "modules would not load",
            remedy=f'Write python = "{site.python}" for the app and build it again, or let the '
            f"Function App run {python} ({how}).",
            exit_code=IN_CONFIGURATION,
        )
    runtime = _runtime(python)
    if runtime is not None and not runtime.starts:
        newest = [known.python for known in RUNTIMES if known.end_of_support > today]
        yield Problem(
            code="end-of-support",
            text=f"Azure starts no app with Python {python} any more",
            remedy=f"Move the app to one of {', '.join(newest)}.",
            exit_code=IN_CONFIGURATION,
        )


def _check_settings(
    release: Release, place: SiteState, change: SettingsChange
) -> Iterator[Problem]:
    yield from check_desired(release.settings, place.site.plan)
    if place.settings is None:
        return
    yield from check_together(release.settings, place.settings, place.site.plan)
    yield from check_after(change.apply(place.settings), place.site.plan)


def _check_readable(target: Target, place: SiteState) -> Iterator[Problem]:
    if place.settings is None:
        yield Problem(
            code="no-right",
            text=f"the settings of {_name(target)} may not be read: Reader is not enough",
            remedy="Grant the identity the role Website Contributor on the Function App "
            "(Microsoft.Web/sites/config/list/action).",
        )


def _check_rights(release: Release, state: AppState, change: SettingsChange) -> Iterator[Problem]:
    """Tell all that the identity lacks, where Azure says what it has."""
    place, target = state.place_of(release.target), release.target
    if state.grants is None:
        return
    names = [READ_SETTINGS] if place.settings is not None else []
    names += [WRITE_CONFIG] if change.edits else []
    names += [PUBLISH] if place.closed is None else []
    missing = [*missing_actions(state.grants, actions_of(names, slot=place is state.slot))]
    if plan_sticky(state.slot_names, target.sticky) is not None:
        missing += missing_actions(state.grants, actions_of([WRITE_CONFIG], slot=False))
    if target.swap and not may_swap(state.grants):
        missing.append(SWAPS[0])
    if missing:
        yield Problem(
            code="no-right",
            text=f"the identity may not do what the deployment of {_name(release.target)} needs: "
            + ", ".join(dict.fromkeys(missing)),
            remedy="Grant it the role Website Contributor on the Function App, or these actions "
            "in a role of your own.",
        )


def check_standing(target: Target, state: AppState) -> Iterator[Problem]:
    """Give what somebody did to an app that keeps it from changes: stopped, or half swapped."""
    place = state.place_of(target)
    if place.site.is_stopped:
        yield Problem(code="stopped", text=f"{_name(target)} is stopped", remedy=STOPPED_REMEDY)
    if target.swap and state.production.site.is_stopped and state.slot is not None:
        yield Problem(
            code="stopped",
            text=f"{target.function_app}, with which it is to be swapped, is stopped",
            remedy=STOPPED_REMEDY,
        )
    for site in {place.site.name: place.site, state.production.site.name: state.production.site}:
        other = _swap_target(state, site)
        if other:
            yield Problem(
                code="swap-pending",
                text=f"a swap of {site} with {other} was prepared, and neither finished nor "
                "cancelled: Azure refuses changes until then",
                remedy=SWAP_REMEDY,
            )


def _check_free(target: Target, place: SiteState) -> Iterator[Problem]:
    if place.deploying:
        yield Problem(
            code="busy",
            text=f"another deployment to {_name(target)} is under way",
            remedy="Wait until it has ended. Where a run was cancelled half way, Azure lets go of "
            "it after 25 minutes at the latest.",
        )


def check_reach(target: Target, place: SiteState) -> Iterator[Problem]:
    """Give why no package gets to a site from here, neither by SCM nor by way of a container."""
    closed = place.closed
    if closed is None or (closed.code in PULLS_WHERE and target.packages):
        return
    # A stopped site is told once.
    if closed.code == "stopped" and place.site.is_stopped:
        return
    is_identity = closed.code == _NOT_SIGNED_IN
    yield Problem(
        code=closed.code,
        text=closed.text,
        remedy=closed.remedy,
        exit_code=IN_CREDENTIAL if is_identity else IN_AZURE,
    )


def _swap_target(state: AppState, site: str) -> str:
    places = (state.production, *filter(None, (state.slot,)))
    return next((place.site.swap_target for place in places if place.site.name == site), "")


def _runtime(python: str) -> Runtime | None:
    try:
        return runtime_for(python)
    except ConfigError:
        return None


def _name(target: Target) -> str:
    return f"{target.function_app} ({target.slot})" if target.slot else target.function_app
