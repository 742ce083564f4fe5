"""A package gets to each hosting plan, is proven there, and touches nothing else."""

from __future__ import annotations

import pytest

from lading.core.deployment.outcome_report import render_outcome_text
from local_azure.sites.hosting import Hosting
from tests.deployment.conftest import FOREIGN, Port, runs


@pytest.mark.parametrize("hosting", ["flex", "premium", "dedicated"])
def test_a_release_is_brought_and_proven(port: Port, hosting: Hosting) -> None:
    site = port.site(hosting)
    package = port.package("one")
    outcome = port.deploys(port.target(site), package)
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert runs(site) == package.content_sha256
    assert site.settings["FOREIGN"] == FOREIGN
    second = port.package("two")
    assert port.deploys(port.target(site), second).exit_code == 0
    assert runs(site) == second.content_sha256
