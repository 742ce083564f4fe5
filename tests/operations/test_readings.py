"""A status under either reading of what nobody outside of Microsoft knows for certain."""

from __future__ import annotations

import pytest

from lading.commands.status import status
from lading.core.deployment.status import Status
from lading.core.deployment.status_report import render_status_text
from local_azure.sites.functions_host import ReadOnlyHost
from tests.operations.conftest import Desk


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize(
    "fault", ["affinity-needed", "list-forgets", "proxied-status-missing", "recycled-later"]
)
def test_what_is_forgotten_is_not_made_up(desk: Desk, fault: str, *, answers: bool) -> None:
    site, target = desk.declares("flex")
    older, package = (desk.port.package(mark, answers=answers) for mark in ("one", "two"))
    if not answers:
        site.world.start_host = ReadOnlyHost
    desk.port.puts(older, site)
    assert desk.port.deploys(target, package).exit_code == 0
    desk.port.cloud.faults.switch_on(fault)
    now = desk.port.cloud.clock.utc()
    (found,) = status(desk.project, desk.targets, edges=desk.edges, now=now)
    assert isinstance(found, Status), found
    text = render_status_text(found)
    is_told = answers or fault != "list-forgets"
    assert (bool(found.runs), package.content_sha256.startswith(found.runs)) == (is_told, True), (
        text
    )
