"""A hosting plan says which settings it does not take, and what to write instead."""

from __future__ import annotations

import pytest

from lading.core.hosting import DEDICATED, ELASTIC_PREMIUM, FLEX_CONSUMPTION, HostingPlan
from lading.core.settings.change import plan_change
from lading.core.settings.plan_rules import (
    check_after,
    check_desired,
    check_together,
    tell_consequences,
)
from tests.deployments import app, files


@pytest.mark.parametrize(
    ("plan", "name", "value", "remedy"),
    [
        (FLEX_CONSUMPTION, "FUNCTIONS_WORKER_RUNTIME", "python", "functionAppConfig.runtime"),
        (FLEX_CONSUMPTION, "FUNCTIONS_EXTENSION_VERSION", "~4", "he plan sets it"),
        (FLEX_CONSUMPTION, "WEBSITE_RUN_FROM_PACKAGE", "1", "always runs from the package"),
        (FLEX_CONSUMPTION, "WEBSITE_TIME_ZONE", "x", "no time zone"),
        (FLEX_CONSUMPTION, "TZ", "x", "no time zone"),
        (FLEX_CONSUMPTION, "SCM_DO_BUILD_DURING_DEPLOYMENT", "false", "built already"),
        (ELASTIC_PREMIUM, "SCM_DO_BUILD_DURING_DEPLOYMENT", "true", "built already"),
        (ELASTIC_PREMIUM, "ENABLE_ORYX_BUILD", "true", "built already"),
        (DEDICATED, "WEBSITE_RUN_FROM_PACKAGE", "0", "rite WEBSITE_RUN_FROM_PACKAGE=1"),
        (DEDICATED, "WEBSITE_RUN_FROM_ZIP", "1", "rite WEBSITE_RUN_FROM_PACKAGE"),
    ],
)
def test_a_forbidden_name_is_refused_with_the_form_to_use(
    plan: HostingPlan, name: str, value: str, remedy: str
) -> None:
    (problem,) = check_desired(files(**{name: value}), plan)
    assert problem.text == f"prod.env:1: {plan.name} does not take {name}"
    assert remedy in problem.remedy
    assert problem.exit_code == 2


@pytest.mark.parametrize(
    ("plan", "name", "value"),
    [
        (ELASTIC_PREMIUM, "WEBSITE_RUN_FROM_PACKAGE", "1"),
        (ELASTIC_PREMIUM, "SCM_DO_BUILD_DURING_DEPLOYMENT", "0"),
        (ELASTIC_PREMIUM, "FUNCTIONS_WORKER_RUNTIME", "python"),
        (FLEX_CONSUMPTION, "MY_SETTING", "x"),
    ],
)
def test_what_the_plan_wants_anyway_may_be_written(
    plan: HostingPlan, name: str, value: str
) -> None:
    assert list(check_desired(files(**{name: value}), plan)) == []


def test_sticky_names_need_slots_and_leave_the_package_alone() -> None:
    (without,) = check_desired(files("A"), FLEX_CONSUMPTION)
    assert "A cannot be sticky: Flex Consumption has no slots" in without.text
    (switch,) = check_desired(files("A", "WEBSITE_RUN_FROM_PACKAGE"), DEDICATED)
    assert "WEBSITE_RUN_FROM_PACKAGE must not be sticky" in switch.text


def test_a_name_that_azure_has_in_another_case_is_told_as_it_is_there() -> None:
    (problem,) = check_together(files(MODE="x"), app(Mode="y"), ELASTIC_PREMIUM)
    assert problem.remedy == "Write Mode."
    assert list(check_together(files(Mode="x"), app(Mode="y"), ELASTIC_PREMIUM)) == []


def test_a_package_from_a_url_is_replaced_only_when_a_file_says_so() -> None:
    actual = app(WEBSITE_RUN_FROM_PACKAGE="https://acme.example/p.zip?sig=hunter2")
    (problem,) = check_together(files(), actual, ELASTIC_PREMIUM)
    assert "WEBSITE_RUN_FROM_PACKAGE=1" in problem.remedy
    assert "hunter2" not in str(problem)
    asked = files(WEBSITE_RUN_FROM_PACKAGE="1")
    assert list(check_together(asked, actual, ELASTIC_PREMIUM)) == []
    (note,) = tell_consequences(plan_change(asked, ELASTIC_PREMIUM, actual), actual)
    assert "was a URL" in note


def test_an_app_that_is_run_from_its_package_from_now_on_cannot_write_there() -> None:
    (note,) = tell_consequences(plan_change(files(), ELASTIC_PREMIUM, app()), app())
    assert "can only be read" in note
    there = app(WEBSITE_RUN_FROM_PACKAGE="1")
    assert list(tell_consequences(plan_change(files(), ELASTIC_PREMIUM, there), there)) == []
    assert list(tell_consequences(plan_change(files(), FLEX_CONSUMPTION, there), there)) == []


def test_a_host_without_storage_or_python_cannot_start() -> None:
    codes = [problem.code for problem in check_after(app(), ELASTIC_PREMIUM)]
    assert codes == ["no-host-storage", "worker-runtime"]
    good = app(AzureWebJobsStorage__accountName="acme", FUNCTIONS_WORKER_RUNTIME="Python")
    assert list(check_after(good, ELASTIC_PREMIUM)) == []
    # Flex says elsewhere what it runs.
    assert list(check_after(app(AzureWebJobsStorage="x"), FLEX_CONSUMPTION)) == []
    (old,) = check_after(
        app(AzureWebJobsStorage="x", FUNCTIONS_EXTENSION_VERSION="~3"), FLEX_CONSUMPTION
    )
    assert "FUNCTIONS_EXTENSION_VERSION=~4" in old.remedy
    (node,) = check_after(app(AzureWebJobsStorage="x", FUNCTIONS_WORKER_RUNTIME="node"), DEDICATED)
    assert "is node" in node.text
