"""A status says what runs, who says so, what drifted, and what a run left open."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from lading.commands.settings import compare_all, write_all
from lading.commands.status import status
from lading.core.deployment.release import Package
from lading.core.deployment.status import Status, Unread
from lading.core.deployment.status_report import render_status_text, render_statuses_text
from local_azure.sites.deployments import Upload
from local_azure.sites.functions_host import ReadOnlyHost
from local_azure.sites.hosting import Hosting
from local_azure.sites.site import Site
from tests.operations.conftest import Desk

AZ = "az_cli_functions"


def look(desk: Desk) -> tuple[Status | Unread, ...]:
    now = desk.port.cloud.clock.utc()
    return status(desk.project, desk.targets, edges=desk.edges, now=now)


def look_at_one(desk: Desk) -> Status:
    (found,) = look(desk)
    assert isinstance(found, Status), found
    return found


def builds(desk: Desk, mark: str, *, answers: bool = True) -> Package:
    """Let a package be what was built last in the project."""
    package = desk.port.package(mark, answers=answers)
    dist = desk.root / "dist"
    dist.mkdir(exist_ok=True)
    functions = [{"name": name, "bindings": []} for name in package.functions]
    report = {
        "schema": "lading/build-report/1",
        "python": package.python,
        "artifact": {
            "path": "dist/orders.zip",
            "sha256": package.sha256,
            "content_sha256": package.content_sha256,
            "size": package.size,
        },
        "verdict": {"imported": True, "functions": functions},
        "findings": [],
    }
    (dist / "orders.json").write_text(json.dumps(report))
    return package


def starts(site: Site, package: Package, *, by: str, message: str = "") -> None:
    """Begin a deployment as another client does."""
    path = Path(package.path)
    copy = path.with_name("sent.zip")
    copy.write_bytes(path.read_bytes())
    if site.spec.is_flex:
        upload = Upload(package=copy, deployer=by, message=message)
    else:
        kept = site.packages.keep(copy, f"{site.world.clock.utc():%Y%m%d%H%M%S}")
        upload = Upload(package=kept, deployer=by, message=message)
    site.deployments.start(upload)


@pytest.mark.parametrize("hosting", ["flex", "premium", "dedicated"])
def test_what_lading_has_deployed_is_told_with_its_evidence(desk: Desk, hosting: Hosting) -> None:
    site, target = desk.declares(hosting)
    package = builds(desk, "one")
    assert desk.port.deploys(target, package).exit_code == 0
    found = look_at_one(desk)
    assert (found.runs, found.drifts, found.advice) == (package.content_sha256, (), ())
    assert {one.kind for one in found.evidence} >= {"deployment", "functions"}
    assert {one.says for one in found.evidence} == {"new"}
    assert {one.name for one in found.place.functions} == set(package.functions)
    assert "no drift" in render_status_text(found)
    assert site.restarts


@pytest.mark.parametrize("hosting", ["flex", "premium"])
def test_an_artifact_of_lading_that_another_tool_deployed_is_recognised(
    desk: Desk, hosting: Hosting
) -> None:
    site, _ = desk.declares(hosting)
    package = builds(desk, "one")
    starts(site, package, by=AZ)
    desk.port.cloud.clock.skip(120)
    found = look_at_one(desk)
    assert found.runs == package.content_sha256
    assert [drift for drift in found.drifts if drift.kind == "content"] == []
    assert f"that of {AZ}" in render_status_text(found)


def test_on_flex_content_that_only_a_record_tells_drifts_too(desk: Desk) -> None:
    _, target = desk.declares("flex")
    desk.port.cloud.world.start_host = ReadOnlyHost
    one = builds(desk, "one", answers=False)
    assert desk.port.deploys(target, one).exit_code == 0
    assert [drift.kind for drift in look_at_one(desk).drifts] == []
    two = builds(desk, "two", answers=False)
    (drift,) = [drift for drift in look_at_one(desk).drifts if drift.kind == "content"]
    assert (drift.subject, two.short in drift.text) == (one.short, True)


def test_content_settings_and_python_that_drifted_are_told(desk: Desk) -> None:
    site, target = desk.declares("premium")
    desk.port.deploys(target, builds(desk, "one"))
    builds(desk, "two")
    desk.writes("orders", "MODE=a\n")
    site.python = "3.12"
    found = look_at_one(desk)
    assert {drift.kind for drift in found.drifts} == {"content", "settings", "python"}


@pytest.mark.parametrize("hosting", ["flex", "premium"])
def test_a_deployment_that_a_killed_run_left_is_explained(desk: Desk, hosting: Hosting) -> None:
    site, _ = desk.declares(hosting)
    package = desk.port.package("one")
    desk.port.cloud.faults.switch_on("never-ends")
    before = desk.port.cloud.clock.now()
    starts(site, package, by="lading", message=f"lading {package.short} 0123abcd")
    desk.port.cloud.clock.skip(5)
    (told,) = look_at_one(desk).advice
    assert package.short in told
    assert "goes on without whoever began it" in told
    # A status waits for nothing.
    assert desk.port.cloud.clock.now() - before < 60


def test_a_deployment_that_failed_is_told_with_what_to_do(desk: Desk) -> None:
    site, target = desk.declares("premium")
    old = desk.port.package("one")
    desk.port.deploys(target, old)
    desk.port.cloud.faults.switch_on("ends-failed", 1)
    starts(site, desk.port.package("two"), by="lading", message="lading 012345678901 0123abcd")
    desk.port.cloud.clock.skip(120)
    found = look_at_one(desk)
    assert found.runs == old.content_sha256
    assert "ContentValidationStep" in found.advice[0]


@pytest.mark.parametrize("hosting", ["flex", "premium"])
def test_a_private_app_is_told_of_through_resource_manager_and_that_is_said(
    desk: Desk, hosting: Hosting
) -> None:
    _, target = desk.declares(hosting)
    package = builds(desk, "one")
    desk.port.deploys(target, package)
    for fault in ("scm-ip-forbidden", "app-ip-forbidden"):
        desk.port.cloud.faults.switch_on(fault)
    found = look_at_one(desk)
    assert found.runs == package.short
    assert {one.origin for one in found.evidence} == {"Resource Manager"}
    assert found.place.host is not None
    assert "told by Resource Manager alone" in " ".join(found.notes)


def test_a_target_that_is_swapped_has_two_places(desk: Desk) -> None:
    _, target = desk.declares("premium", swaps=True)
    desk.writes("orders", "MODE=a\n")
    # The slot has settings of its own until the first swap.
    old, new = desk.port.package("one"), builds(desk, "two")
    settings = compare_all(desk.project, desk.targets, prune=False, edges=desk.edges)
    write_all(settings, edges=desk.edges)
    for package in (old, new):
        assert desk.port.deploys(target, package).exit_code == 0
    production, slot = look(desk)
    assert isinstance(production, Status)
    assert isinstance(slot, Status)
    assert (production.target.slot, production.runs) == (None, new.content_sha256)
    assert (slot.target.slot, slot.runs, slot.drifts) == ("staging", old.content_sha256, ())
    text = render_statuses_text((production, slot))
    assert text.count("lading.json there says") == 2
    assert text.index("orders: ") < text.index("orders, slot staging: ")


def test_several_are_looked_at_at_once_and_one_that_is_lost_hides_no_other(desk: Desk) -> None:
    desk.declares("flex", name="one")
    desk.declares("premium", name="two")
    desk.targets.append(replace(desk.targets[0], name="lost", function_app="lost"))
    found = look(desk)
    assert [type(one) for one in found] == [Status, Status, Unread]
    lines = render_statuses_text(found).splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["target", "one", "two", "lost"]


def test_settings_that_cannot_be_compared_here_hide_nothing_else(desk: Desk) -> None:
    desk.declares("premium")
    desk.writes("orders", "KEY=${NOWHERE}\n")
    found = look_at_one(desk)
    assert "not compared" in " ".join(found.notes)
    assert "no package of orders was built here" in " ".join(found.notes)


def test_an_app_whose_host_is_ill_or_stopped_is_told(desk: Desk) -> None:
    site, target = desk.declares("premium")
    desk.port.deploys(target, desk.port.package("one"))
    desk.port.cloud.faults.switch_on("host-error")
    assert [drift.kind for drift in look_at_one(desk).drifts] == ["health"]
    desk.port.cloud.faults.clear()
    site.state = "Stopped"
    assert "somebody stopped it" in render_status_text(look_at_one(desk))


def test_who_may_read_alone_gets_all_but_the_settings(desk: Desk) -> None:
    _, target = desk.declares("premium")
    package = desk.port.package("one")
    desk.port.deploys(target, package)
    desk.port.cloud.faults.switch_on("reader")
    found = look_at_one(desk)
    assert found.runs == package.content_sha256
    assert "Website Contributor" in " ".join(found.notes)


def test_the_time_of_a_status_knows_its_zone(desk: Desk) -> None:
    desk.declares("premium")
    assert look_at_one(desk).at.tzinfo == dt.UTC
