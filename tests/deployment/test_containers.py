"""Packages are kept in a container, and pulled from there where SCM is closed to this machine."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from lading.core.config import Target
from lading.core.deployment.outcome_report import render_outcome_text, sentence_of
from local_azure.blobs import Blobs, BlobsUnavailableError
from local_azure.sites.hosting import Hosting
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.deployment.conftest import Port, runs
from tests.deployments import files
from tests.support import leave_out

BOTH: tuple[Hosting, ...] = ("flex", "premium")


@pytest.fixture
def blobs(port: Port, sources: LocalSources) -> Blobs:
    """Return Blob storage with a container in which the deployer may keep packages."""
    try:
        blobs = port.cloud.start_blobs(os.environ, sources.certificates)
    except BlobsUnavailableError as error:
        leave_out(str(error), ambient=os.environ)
    with blobs.container(f"{blobs.url}/packages") as client:
        client.create_container()
    return blobs


def keeping(port: Port, site: Site, blobs: Blobs) -> Target:
    return replace(port.target(site), packages=f"{blobs.url}/packages")


def kept(blobs: Blobs) -> list[str]:
    with blobs.container(f"{blobs.url}/packages") as client:
        return list(client.list_blob_names())


@pytest.mark.parametrize("hosting", BOTH)
def test_a_release_is_kept_once_it_is_proven(port: Port, blobs: Blobs, hosting: Hosting) -> None:
    site = port.site(hosting)
    package = port.package("new")
    outcome = port.deploys(keeping(port, site, blobs), package)
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert [one.step.name for one in outcome.steps][-1] == "keep-package"
    assert kept(blobs) == [f"orders/{package.short}/released-package.zip"]


@pytest.mark.parametrize("hosting", BOTH)
@pytest.mark.parametrize("fault", ["scm-ip-forbidden", "scm-unreachable"])
def test_a_package_is_pulled_where_scm_is_closed(
    port: Port, blobs: Blobs, hosting: Hosting, fault: str
) -> None:
    site = port.site(hosting)
    port.puts(port.package("old"), site)
    port.cloud.faults.switch_on(fault)
    package = port.package("new")
    outcome = port.deploys(keeping(port, site, blobs), package, files(COLOUR="blue"))
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert runs(site) == package.content_sha256
    assert "pull-package" in [one.step.name for one in outcome.steps]
    signed = [one for one in port.kept if "sig=" in one.reveal()]
    assert signed
    assert "sig=" not in render_outcome_text(outcome)


@pytest.mark.parametrize("hosting", BOTH)
def test_an_app_that_is_wholly_closed_is_proven_through_resource_manager_alone(
    port: Port, blobs: Blobs, hosting: Hosting
) -> None:
    site = port.site(hosting)
    for fault in ("scm-ip-forbidden", "app-ip-forbidden"):
        port.cloud.faults.switch_on(fault)
    package = port.package("new")
    outcome = port.deploys(keeping(port, site, blobs), package)
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert outcome.proof is not None
    assert {piece.origin for piece in outcome.proof.evidence} == {"Resource Manager"}
    assert "so this is all" in sentence_of(outcome)


@pytest.mark.parametrize(
    ("fault", "number", "code"),
    [
        ("scm-restart", 1, 0),
        ("scm-restart", None, 7),
        ("ends-failed", 1, 7),
        ("onedeploy-done", None, 0),
    ],
)
def test_the_end_of_a_pull_is_told_as_it_is(
    port: Port, blobs: Blobs, fault: str, number: int | None, code: int
) -> None:
    site = port.site("premium")
    old = port.package("old")
    port.puts(old, site)
    port.cloud.faults.switch_on("scm-ip-forbidden")
    port.cloud.faults.switch_on(fault, number)
    package = port.package("new")
    outcome = port.deploys(keeping(port, site, blobs), package)
    assert outcome.exit_code == code, render_outcome_text(outcome)
    assert runs(site) == (old if code else package).content_sha256


def test_a_package_is_pulled_also_where_no_deployment_ever_was(port: Port, blobs: Blobs) -> None:
    site = port.site("flex")
    for fault in ("scm-ip-forbidden", "deployments-missing"):
        port.cloud.faults.switch_on(fault)
    package = port.package("new")
    outcome = port.deploys(keeping(port, site, blobs), package)
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert runs(site) == package.content_sha256


@pytest.mark.parametrize("hosting", BOTH)
def test_nothing_is_pulled_where_nobody_tells_which_deployments_there_are(
    port: Port, blobs: Blobs, hosting: Hosting
) -> None:
    site = port.site(hosting)
    old = port.package("old", answers=False)
    port.puts(old, site)
    before = dict(site.settings)
    port.cloud.faults.switch_on("scm-ip-forbidden")
    # Until every question has been asked again as often as it is; then they are told.
    port.cloud.faults.switch_on("deployments-unavailable", 18)
    port.cloud.faults.switch_on("ends-failed", 1)
    target = keeping(port, site, blobs)
    outcome = port.deploys(target, port.package("new", answers=False), files(COLOUR="blue"))
    assert outcome.exit_code == 7, render_outcome_text(outcome)
    assert (runs(site), site.settings) == (old.content_sha256, before)


def test_a_container_that_is_not_there_fails_nothing_that_was_proven(
    port: Port, blobs: Blobs
) -> None:
    site = port.site("flex")
    target = replace(port.target(site), packages=f"{blobs.url}/nowhere")
    outcome = port.deploys(target, port.package("new"))
    assert outcome.exit_code == 0
    assert "; but there is no" in sentence_of(outcome)
