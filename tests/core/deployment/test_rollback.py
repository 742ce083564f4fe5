"""Which release was there before, from what is kept; and the plan that brings it back."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from lading.core.access.asked import Answer
from lading.core.deployment.history import history_of
from lading.core.deployment.outcomes import StepOutcome, outcome_of
from lading.core.deployment.plan_report import render_plan_text
from lading.core.deployment.reactions import Accepted, Again, NoAnswer, Refused
from lading.core.deployment.rollback import (
    StoredPackage,
    earlier_kept,
    is_newer,
    judge_written,
    kept_package,
    older_packages,
    parse_site_packages,
    plan_swap_back,
    plan_switch,
    rollback_release,
    slot_package,
)
from lading.core.deployment.scm_records import DeploymentRecord, marker_of
from lading.core.deployment.state import HostStatus
from lading.core.verification import Label
from tests.deployments import NEW, OLD, ON_SLOT, TARGET, TODAY, app_state, names, site_state

HOUR = dt.timedelta(hours=1)
NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
LABEL = Label(content_sha256=OLD, python="3.13")


def kept(content: str, hours: float, app: str = "orders") -> StoredPackage:
    name = f"{app}/{content[:12]}/released-package.zip"
    return StoredPackage(name=name, size=10, stored=NOW - hours * HOUR)


def test_a_site_lists_its_packages_by_their_times() -> None:
    rows = [
        {"name": "20260301120000.zip", "size": 7},
        {"name": "packagename.txt", "size": 18},
        {"name": "20260301120500.ZIP", "size": 8},
    ]
    found = parse_site_packages(json.dumps(rows))
    assert [one.size for one in found] == [8, 7]
    assert older_packages(found, "20260301120500.ZIP") == found[1:]
    assert older_packages(found, "20260301110000.zip") == ()
    assert parse_site_packages("<html>") == ()


def test_the_copy_before_is_the_one_that_was_kept_before_what_runs() -> None:
    one, two, three = kept("1" * 64, 3), kept("2" * 64, 2), kept("3" * 64, 1)
    other = kept("4" * 64, 0.5, app="billing")
    every = [two, other, one, three]
    assert earlier_kept(every, app="orders", runs="3" * 64) == two
    assert earlier_kept(every, app="orders", runs="2" * 12) == one
    assert earlier_kept(every, app="orders", runs="1" * 64) is None
    # What runs was never kept: the newest copy is what came before it.
    assert earlier_kept(every, app="orders", runs="9" * 64) == three
    assert earlier_kept([], app="orders", runs="9" * 64) is None
    for strange in ("notes.txt", "..\\..\\x/p.zip", f"{'A' * 12}/p.zip", f"{'1' * 12}/a/b"):
        newest = StoredPackage(name=f"orders/{strange}", size=1, stored=NOW)
        assert earlier_kept([newest, one], app="orders", runs="9" * 64) == one


def test_a_switch_writes_no_setting_and_is_proven() -> None:
    package = kept_package(StoredPackage(name="20260301120000.zip", size=7), LABEL)
    plan = plan_switch(
        rollback_release(TARGET, package), app_state(), "20260301120000.zip", today=TODAY
    )
    assert names(plan.steps) == ["switch-package", "sync-triggers", "prove"]
    text = render_plan_text(plan)
    assert "the settings stay as they are now" in text
    assert "20260301120000.zip that its site has kept" in text


def test_what_keeps_a_deployment_from_beginning_keeps_this_from_it_too() -> None:
    package = replace(kept_package(StoredPackage(name="x.zip"), LABEL), python="3.12")
    state = app_state(replace(site_state(), deploying=True))
    plan = plan_switch(rollback_release(TARGET, package), state, "x.zip", today=TODAY)
    assert {problem.code for problem in plan.problems} == {"python-mismatch", "busy"}
    assert plan.steps == ()


def test_slots_are_swapped_back_where_the_slot_starts() -> None:
    slot = replace(site_state(name="orders-prod/staging"), runs=OLD)
    state = app_state(replace(site_state(), runs=NEW), slot=slot)
    release = rollback_release(ON_SLOT, slot_package(ON_SLOT, slot))
    plan = plan_swap_back(release, state, today=TODAY)
    assert names(plan.steps) == ["swap", "prove"]
    assert "package in the slot staging: content aaaaaaaaaaaa" in render_plan_text(plan)
    ill = replace(slot, host=HostStatus(state="Error", errors=("no module",)))
    plan = plan_swap_back(release, app_state(slot=ill), today=TODAY)
    assert [problem.code for problem in plan.problems] == ["slot-ill"]


def test_what_was_brought_later_is_newer() -> None:
    def record(content: str, hours: int) -> DeploymentRecord:
        message = marker_of(content, "00000001")
        return DeploymentRecord(id="1", status=4, message=message, received=NOW - hours * HOUR)

    old, new = replace(site_state(), runs=OLD), replace(site_state(), runs=NEW)
    known = [
        history_of((record(OLD, 2),), origin="SCM"),
        history_of((record(NEW, 1),), origin="SCM"),
    ]
    assert is_newer(new, old, known)
    assert not is_newer(old, new, known)
    assert not is_newer(new, old, known[:1])


def test_a_switch_that_may_have_been_done_leaves_it_open_until_it_is_proven() -> None:
    package = kept_package(StoredPackage(name="x.zip"), LABEL)
    plan = plan_switch(rollback_release(TARGET, package), app_state(), "x.zip", today=TODAY)
    switch, sync, _ = plan.steps
    unknown = outcome_of(plan, [StepOutcome(step=switch, state="unknown", text="no answer")])
    assert (unknown.ending, unknown.exit_code) == ("unknown", 8)
    failed = outcome_of(plan, [StepOutcome(step=switch, state="failed", text="403")])
    assert (failed.ending, failed.exit_code) == ("as before", 7)
    after = [StepOutcome(step=switch, state="done"), StepOutcome(step=sync, state="failed")]
    assert outcome_of(plan, after).ending == "unknown"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Answer(status=204), Accepted),
        (Answer(status=201), Accepted),
        (Answer(status=401), Again),
        (Answer(status=503), Again),
        (NoAnswer(reason="timed out", sent=True), Again),
        (Answer(status=403, reason="Ip Forbidden"), Refused),
        (Answer(status=409), Refused),
    ],
)
def test_the_reply_to_a_written_file_has_one_meaning(
    reply: Answer | NoAnswer, kind: type[object]
) -> None:
    assert isinstance(judge_written(reply), kind)
