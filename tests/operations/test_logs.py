"""A deployment's log is told to its end; an app's is followed until somebody ends it."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from lading.commands.logs import follow, show_deployment
from lading.core.config import Target
from lading.core.deployment.logs import DeploymentLog, render_log_json, render_log_lines
from lading.core.errors import DeploymentFailed, UsageError
from local_azure.sites.deployments import Upload
from local_azure.sites.hosting import Hosting
from local_azure.sites.site import Site
from tests.operations.conftest import Desk


class EnoughError(Exception):
    """Whoever follows has seen what they waited for."""


def shows(desk: Desk, target: Target, identifier: str = "") -> list[DeploymentLog]:
    told: list[DeploymentLog] = []
    show_deployment(desk.project, target, identifier, edges=desk.edges, tell=told.append)
    return told


def text(log: DeploymentLog) -> str:
    return "\n".join(render_log_lines(log))


@pytest.mark.parametrize("hosting", ["flex", "premium"])
def test_the_newest_deployment_of_lading_is_told(desk: Desk, hosting: Hosting) -> None:
    site, target = desk.declares(hosting)
    desk.port.deploys(target, desk.port.package("one"))
    own = site.deployments.records[-1].id
    (log,) = shows(desk, target)
    assert log.record.id == own
    assert "Starting deployment pipeline." in text(log)
    assert "Deployment successful." in text(log)
    assert json.loads(render_log_json(log))["deployment"]["state"] == "ended well"
    assert shows(desk, target, own[:6])[0].record.id == own


def test_a_deployment_that_is_under_way_is_followed_to_its_end(desk: Desk) -> None:
    site, target = desk.declares("premium")
    begins(desk, site)
    first, *_, last = shows(desk, target)
    assert not first.has_ended
    assert last.has_ended
    assert len(last.lines) > len(first.lines)


def test_what_failed_says_so_and_a_log_that_is_gone_is_empty(desk: Desk) -> None:
    _, target = desk.declares("flex")
    desk.port.cloud.faults.switch_on("upload-step-403", 1)
    desk.port.deploys(target, desk.port.package("one"))
    assert "error: UploadPackageStep failed" in text(shows(desk, target)[0])
    desk.port.cloud.faults.switch_on("log-missing")
    (log,) = shows(desk, target)
    assert (log.lines, text(log)) == ((), "no log of it is left, or the SCM site gives none")


def test_a_deployment_that_is_not_there_is_told_with_those_that_are(desk: Desk) -> None:
    site, target = desk.declares("premium")
    with pytest.raises(UsageError, match="no deployment is on record"):
        shows(desk, target)
    begins(desk, site)
    with pytest.raises(UsageError, match="there is no deployment nowhere") as problem:
        shows(desk, target, "nowhere")
    assert "temp-" in problem.value.remedy


def test_of_a_target_that_is_swapped_the_deployment_is_found_where_it_went(desk: Desk) -> None:
    site, target = desk.declares("premium", swaps=True)
    desk.port.deploys(target, desk.port.package("one"))
    (log,) = shows(desk, target)
    assert log.record.id in {record.id for record in site.deployments.records}


def test_an_app_is_followed_across_its_restarts(desk: Desk) -> None:
    site, target = desk.declares("premium")
    lines: list[str] = []
    restarted = threading.Event()

    def tell(line: str) -> None:
        lines.append(line)
        if "Welcome" in line and not restarted.is_set():
            site.log.append("before the restart")
        if "before the restart" in line and not restarted.is_set():
            restarted.set()
            site.restart()
            site.log.append("after the restart")
        if "after the restart" in line:
            raise EnoughError

    with pytest.raises(EnoughError):
        follow(desk.project, target, edges=desk.edges, tell=tell)
    assert sum("Welcome" in line for line in lines) == 2


def test_a_line_that_does_not_end_is_told_in_pieces(desk: Desk) -> None:
    site, target = desk.declares("premium")
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        if "Welcome" in line:
            site.log.append("x" * 300_000 + "\nthe end")
        if "the end" in line:
            raise EnoughError

    with pytest.raises(EnoughError):
        follow(desk.project, target, edges=desk.edges, tell=tell)
    assert max(map(len, lines)) < 200_000
    assert sum(line.count("x") for line in lines) >= 300_000


def test_flex_has_no_log_stream_and_it_says_what_has(desk: Desk) -> None:
    _, target = desk.declares("flex")
    with pytest.raises(UsageError, match="no log stream") as problem:
        follow(desk.project, target, edges=desk.edges, tell=lambda _: None)
    assert "Live metrics" in problem.value.remedy


def test_a_site_that_is_closed_or_not_there_is_told(desk: Desk) -> None:
    _, target = desk.declares("premium")
    desk.port.cloud.faults.switch_on("scm-ip-forbidden")
    with pytest.raises(DeploymentFailed):
        follow(desk.project, target, edges=desk.edges, tell=lambda _: None)
    desk.port.cloud.faults.clear()
    desk.port.cloud.faults.switch_on("scm-unavailable")
    with pytest.raises(DeploymentFailed, match="still after waiting"):
        follow(desk.project, target, edges=desk.edges, tell=lambda _: None)
    with pytest.raises(DeploymentFailed, match="no slot nowhere"):
        follow(desk.project, replace(target, slot="nowhere"), edges=desk.edges, tell=lambda _: None)


def begins(desk: Desk, site: Site) -> None:
    """Begin a deployment."""
    site.deployments.start(
        Upload(package=Path(desk.port.package("one").path), message="lading 0123456789ab 01234567"),
        temporary=True,
    )
