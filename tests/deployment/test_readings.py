"""What nobody outside of Microsoft knows for certain: lading tells the truth whichever it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from lading.core.deployment.outcome_report import render_outcome_text
from lading.stages.perform import perform
from local_azure.blobs import BlobsUnavailableError
from local_azure.sites.deployments import Upload
from local_azure.sites.hosting import Hosting
from local_sources import LocalSources
from tests.deployment.conftest import Port, runs
from tests.deployments import files
from tests.support import leave_out

BOTH: tuple[Hosting, ...] = ("flex", "premium")


@pytest.mark.parametrize("hosting", BOTH)
@pytest.mark.parametrize(
    "fault",
    [
        "affinity-needed",
        "arm-plan-busy",
        "content-type-400",
        "list-forgets",
        "proxied-status-missing",
        "recycled-later",
        "remote-build-by-default",
        "settings-stop-flex",
        "sync-no-content",
    ],
)
def test_a_release_is_brought_and_proven_in_either_reading(
    port: Port, hosting: Hosting, fault: str
) -> None:
    site = port.site(hosting)
    port.puts(port.package("old"), site)
    port.cloud.faults.switch_on(fault, 1 if fault == "arm-plan-busy" else None)
    package = port.package("new")
    outcome = port.deploys(port.target(site), package, files(COLOUR="blue"))
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert (runs(site), site.settings["COLOUR"]) == (package.content_sha256, "blue")
    assert not site.packages.built


@pytest.mark.parametrize("seconds", [0, 1, 2])
@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("answers", [True, False])
def test_flex_forgets_a_deployment_whenever_it_likes(
    port: Port, seconds: int, *, is_listed: bool, answers: bool
) -> None:
    site = port.site("flex")
    port.puts(port.package("old", answers=answers), site)
    port.cloud.faults.switch_on("recycled-later", seconds)
    if not is_listed:
        port.cloud.faults.switch_on("list-forgets")
    package = port.package("new", answers=answers)
    outcome = port.deploys(port.target(site), package)
    text = render_outcome_text(outcome)
    assert runs(site) == package.content_sha256
    # Where neither SCM nor the app says more, it is not known: that is no success, and no failure.
    is_told = is_listed or answers or seconds > 0
    assert outcome.exit_code == (0 if is_told else 8), text


@pytest.mark.parametrize("later", [False, True])
def test_a_package_that_another_deployment_drops_is_sent_again(port: Port, *, later: bool) -> None:
    site = port.site("flex")
    package = port.package("new")

    @contextmanager
    def transfer(title: str, size: int) -> Iterator[Callable[[int], None]]:
        del title, size
        if not site.deployments.records:
            sent = Path(port.package("other").path).read_bytes()
            other = Upload(package=site.packages.receive([sent]), deployer="somebody")
            site.deployments.start(other)
        yield lambda _count: None

    if later:
        port.cloud.faults.switch_on("conflict-later", 1)
    plan, reached = port.plan(port.target(site), package)
    outcome = perform(plan, replace(port.means(plan, reached), transfer=transfer)).outcome
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert runs(site) == package.content_sha256
    assert ("conflict-later" in port.cloud.faults.met) == later


@pytest.fixture
def container(port: Port, sources: LocalSources) -> str:
    """Return the URL of a container in which the deployer may keep packages."""
    try:
        url = f"{port.cloud.start_blobs(os.environ, sources.certificates).url}/packages"
    except BlobsUnavailableError as error:
        leave_out(str(error), ambient=os.environ)
    assert port.cloud.blobs is not None
    with port.cloud.blobs.container(url) as client:
        client.create_container()
    return url


@pytest.mark.parametrize(
    ("hosting", "fault", "code"),
    [
        ("flex", "onedeploy-named", 0),
        ("premium", "onedeploy-named", 0),
        ("flex", "onedeploy-forbidden", 7),
        ("flex", "proxied-status-missing", 8),
    ],
)
def test_of_a_closed_app_the_truth_is_told_in_either_reading(
    port: Port, container: str, hosting: Hosting, fault: str, code: int
) -> None:
    site = port.site(hosting)
    old, new = port.package("old", answers=False), port.package("new", answers=False)
    port.puts(old, site)
    for name in ("scm-ip-forbidden", "app-ip-forbidden", fault):
        port.cloud.faults.switch_on(name)
    outcome = port.deploys(replace(port.target(site), packages=container), new)
    assert outcome.exit_code == code, render_outcome_text(outcome)
    assert runs(site) == (old if code == 7 else new).content_sha256
    assert fault in port.cloud.faults.met or fault == "onedeploy-named"
