"""Whatever keeps a release from its target is told at once, before anything is changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lading.core.config import Target
from lading.core.deployment.plan import plan_deployment
from lading.core.deployment.plan_report import render_plan_text
from lading.core.deployment.preflight import tell_end_of_support
from lading.core.deployment.reactions import Refused
from lading.core.deployment.release import Package
from lading.core.deployment.state import SiteState
from lading.core.hosting import CONSUMPTION, CONTAINER_APPS, FLEX_CONSUMPTION, HostingPlan
from tests.deployments import (
    ON_APP_SERVICE,
    ON_SLOT,
    PACKAGE,
    STORAGE,
    TARGET,
    TODAY,
    app,
    app_state,
    files,
    plan_of,
    release,
    site_state,
)

Change = Callable[[SiteState], SiteState]


def refusal(code: str) -> Refused:
    return Refused(code=code, text=f"SCM: {code}", remedy="r")


def site(**changes: Any) -> Change:
    return lambda place: replace(place, site=replace(place.site, **changes))


def place(**changes: Any) -> Change:
    return lambda place: replace(place, **changes)


NO_STORAGE = app(FUNCTIONS_WORKER_RUNTIME="python")
NO_RUNTIME = app(**STORAGE)
FROM_URL = app(**ON_APP_SERVICE | {"WEBSITE_RUN_FROM_PACKAGE": "https://x.test/p.zip"})


@pytest.mark.parametrize(
    ("change", "code", "exit_code", "words"),
    [
        (site(state="Stopped"), "stopped", 7, "is stopped"),
        (site(python="3.11"), "python-mismatch", 2, "3.11, and dist/orders.zip is for 3.13"),
        (site(runtime="node"), "not-python", 7, "node"),
        (site(swap_target="production"), "swap-pending", 7, "with production was prepared"),
        (place(settings=None), "no-right", 7, "Reader is not enough"),
        (place(deploying=True), "busy", 7, "under way"),
        (place(closed=refusal("scm-closed")), "scm-closed", 7, "SCM"),
        (place(closed=refusal("scm-unauthorized")), "scm-unauthorized", 3, "SCM"),
        (place(settings=NO_STORAGE), "no-host-storage", 7, "AzureWebJobsStorage"),
        (place(settings=NO_RUNTIME), "worker-runtime", 7, "not set"),
        (place(settings=FROM_URL), "package-url", 7, "is a URL"),
    ],
)
def test_each_state_that_keeps_a_release_away_is_told(
    change: Change, code: str, exit_code: int, words: str
) -> None:
    plan = plan_of(release(), app_state(change(site_state())))
    (problem,) = plan.problems
    assert (problem.code, plan.exit_code, plan.steps) == (code, exit_code, ())
    assert words in problem.text
    assert problem.remedy
    assert "nothing was changed" in render_plan_text(plan)


@pytest.mark.parametrize("hosting", [CONSUMPTION, CONTAINER_APPS])
def test_a_plan_that_takes_no_package_is_refused_and_that_alone_is_told(
    hosting: HostingPlan,
) -> None:
    place = site_state()
    place = replace(place, site=replace(place.site, plan=hosting, state="Stopped"))
    (problem,) = plan_of(release(), app_state(place)).problems
    assert problem.code == "unsupported"
    assert problem.remedy


def test_everything_is_told_at_once_and_what_the_configuration_lacks_comes_first() -> None:
    place = site_state()
    place = replace(place, site=replace(place.site, state="Stopped", python="3.12"), deploying=True)
    bad = replace(release(), settings=files(ENABLE_ORYX_BUILD="true"), must_be_proven=True)
    package = replace(PACKAGE, functions=(), unproven="no Python 3.13 here", refused=("wrong-abi",))
    plan = plan_of(replace(bad, package=package), app_state(place))
    assert [problem.code for problem in plan.problems] == [
        *("python-mismatch", "forbidden-setting"),
        *("package-refused", "not-proven"),
        *("stopped", "busy"),
    ]
    assert plan.exit_code == 2


def test_only_what_was_imported_goes_where_a_proof_is_demanded() -> None:
    package = replace(PACKAGE, functions=(), unproven="no Python 3.13 here")
    wanted = replace(release(package=package), must_be_proven=True)
    (problem,) = plan_of(wanted, app_state()).problems
    assert (problem.code, problem.exit_code) == ("not-proven", 6)
    plan = plan_of(release(package=package), app_state())
    assert plan.problems == ()
    assert "the package was not imported: no Python 3.13 here" in plan.notes


def test_a_slot_has_to_be_there_and_the_plan_has_to_have_slots() -> None:
    # Its settings could not be read, of course, which is nobody's lack of a right.
    production = replace(site_state(), settings=None)
    (missing,) = plan_of(release(ON_SLOT), app_state(production)).problems
    assert (missing.code, missing.exit_code) == ("no-such-slot", 7)
    assert "slot create --slot staging --name orders-prod" in missing.remedy
    (never,) = plan_of(release(ON_SLOT), app_state(site_state(FLEX_CONSUMPTION))).problems
    assert (never.code, never.exit_code) == ("no-slots", 2)


def test_a_swap_needs_production_to_run() -> None:
    place = site_state()
    stopped = replace(place, site=replace(place.site, state="Stopped"))
    slot = site_state(name="orders-prod-staging")
    (problem,) = plan_of(release(ON_SLOT), app_state(stopped, slot=slot)).problems
    assert problem.code == "stopped"
    without = replace(ON_SLOT, swap=False)
    assert plan_of(release(without), app_state(stopped, slot=slot)).problems == ()


@pytest.mark.parametrize(
    ("code", "target", "is_refused"),
    [
        ("scm-closed", TARGET, True),
        ("scm-closed", replace(TARGET, packages="https://a.blob.test/c"), False),
        ("scm-unreachable", replace(TARGET, packages="https://a.blob.test/c"), False),
        ("no-right", replace(TARGET, packages="https://a.blob.test/c"), True),
    ],
)
def test_a_package_goes_another_way_only_where_the_network_is_in_the_way(
    code: str,
    target: Target,
    is_refused: bool,  # noqa: FBT001
) -> None:
    place = replace(site_state(), closed=refusal(code))
    assert bool(plan_of(release(target), app_state(place)).problems) == is_refused


@pytest.mark.parametrize(
    ("python", "today", "words"),
    [
        ("3.10", dt.date(2026, 11, 1), "ended on 2026-10-31"),
        ("3.10", dt.date(2026, 6, 1), "ends on 2026-10-31"),
        ("3.13", dt.date(2026, 6, 1), ""),
        ("3.99", dt.date(2026, 6, 1), ""),
    ],
)
def test_the_end_of_support_is_told_in_time(python: str, today: dt.date, words: str) -> None:
    notes = list(tell_end_of_support(python, today))
    assert [words in note for note in notes] == ([True] if words else [])


def test_a_site_that_does_not_say_its_python_is_worth_a_note() -> None:
    place = site_state()
    silent = replace(place, site=replace(place.site, python=""))
    plan = plan_deployment(release(), app_state(silent), today=TODAY)
    assert plan.problems == ()
    assert "does not say which Python" in plan.notes[0]


def test_a_package_for_another_python_is_no_package_for_this_app() -> None:
    package: Package = replace(PACKAGE, python="3.12")
    (problem,) = plan_of(release(package=package), app_state()).problems
    assert 'linux-fx-version "Python|3.12"' in problem.remedy
    (problem,) = plan_of(release(package=package), app_state(site_state(FLEX_CONSUMPTION))).problems
    assert "functionAppConfig.runtime.version" in problem.remedy
