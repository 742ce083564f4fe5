"""The release before comes back from where it was kept, is proven, and no setting is touched."""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from azure.storage.blob import ContainerClient

from lading.commands.deploy import Intent, perform_plans
from lading.commands.rollback import RollbackOptions, plan_rollback
from lading.core.config import App, Target
from lading.core.deployment.outcome_report import render_outcome_text
from lading.core.deployment.outcomes import Outcome
from lading.core.deployment.plan_report import render_plan_text
from lading.core.deployment.steps import SwitchPackage
from lading.core.errors import DeploymentFailed, PackageRefused
from lading.core.functions import NotImported
from lading.core.verification import Verification
from lading.stages.perform.switching import switch_package
from local_azure.blobs import BlobsUnavailableError
from local_azure.sites.hosting import Hosting
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.deployment.conftest import FOREIGN, runs
from tests.operations.conftest import Desk
from tests.support import leave_out


def nobody_verifies(path: Path, app: App) -> Verification:
    raise AssertionError((path, app))


def rolls_back(desk: Desk, target: Target, artifact: Path | None = None) -> tuple[str, Outcome]:
    options = RollbackOptions(target=target, artifact=artifact)
    opened = plan_rollback(desk.project, options, edges=desk.edges, verify=nobody_verifies)
    with opened as found:
        text = render_plan_text(found.plan)
        intent = Intent(plan=found.plan, reached=found.reached, azure=found.azure)
        (outcome,) = perform_plans((intent,), edges=desk.edges)
    return text, outcome


def deploys(desk: Desk, target: Target, *marks: str) -> list[str]:
    """Deploy packages one after the other, and return what is in each."""
    contents = []
    for mark in marks:
        package = desk.port.package(mark)
        outcome = desk.port.deploys(target, package)
        assert outcome.exit_code == 0, render_outcome_text(outcome)
        contents.append(package.content_sha256)
        # The site names what it keeps by the second.
        desk.port.cloud.clock.skip(60)
    return contents


@pytest.mark.parametrize("hosting", ["premium", "dedicated"])
def test_a_site_runs_again_what_it_has_kept(desk: Desk, hosting: Hosting) -> None:
    site, target = desk.declares(hosting)
    one, two, _ = deploys(desk, target, "one", "two", "three")
    settings = dict(site.settings)
    text, outcome = rolls_back(desk, target)
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert runs(site) == two
    assert "the settings stay as they are now" in text
    assert [one.step.name for one in outcome.steps] == ["switch-package", "sync-triggers", "prove"]
    # And back again leads further back, not forth.
    assert rolls_back(desk, target)[1].exit_code == 0
    assert runs(site) == one
    assert site.settings == settings
    assert len(site.deployments.records) == 3


def test_what_never_ran_is_not_gone_back_to(desk: Desk) -> None:
    site, target = desk.declares("premium")
    (one,) = deploys(desk, target, "one")
    desk.port.cloud.faults.switch_on("ends-failed", 1)
    assert desk.port.deploys(target, desk.port.package("broken")).exit_code == 7
    desk.port.cloud.clock.skip(60)
    deploys(desk, target, "three")
    assert rolls_back(desk, target)[1].exit_code == 0
    assert runs(site) == one


@pytest.mark.parametrize(
    ("hosting", "words"),
    [("premium", "keeps no earlier package"), ("flex", "Azure keeps no earlier package")],
)
def test_without_an_earlier_package_it_says_what_to_do(
    desk: Desk, hosting: Hosting, words: str
) -> None:
    site, target = desk.declares(hosting)
    (one,) = deploys(desk, target, "one")
    with pytest.raises(DeploymentFailed, match=words) as problem:
        rolls_back(desk, target)
    assert "--artifact ZIP" in problem.value.remedy
    assert runs(site) == one


def test_a_site_that_does_not_run_from_its_package_keeps_none(desk: Desk) -> None:
    site, target = desk.declares("premium")
    deploys(desk, target, "one")
    site.settings["WEBSITE_RUN_FROM_PACKAGE"] = "0"
    with pytest.raises(DeploymentFailed, match="does not run from a package"):
        rolls_back(desk, target)


def test_a_site_that_is_not_restarted_is_said_to_be_half_way(desk: Desk) -> None:
    site, target = desk.declares("premium")
    _, two = deploys(desk, target, "one", "two")
    options = RollbackOptions(target=target)
    opened = plan_rollback(desk.project, options, edges=desk.edges, verify=nobody_verifies)
    with opened as found:
        step, ways = found.plan.steps[0], found.reached.ways[""]
        assert isinstance(step, SwitchPackage)
        assert ways.scm is not None
        desk.port.cloud.faults.switch_on("arm-unavailable")
        end = switch_package(step, ways.scm, ways.manager, found.azure.patience)
    assert end.state == "unknown"
    assert "from its next start on" in end.text
    assert runs(site) == two


def test_a_closed_scm_site_is_told(desk: Desk) -> None:
    _, target = desk.declares("premium")
    deploys(desk, target, "one", "two")
    desk.port.cloud.faults.switch_on("scm-ip-forbidden")
    with pytest.raises(DeploymentFailed, match="cannot be seen"):
        rolls_back(desk, target)


def test_where_slots_were_swapped_they_are_swapped_back_and_settings_too(desk: Desk) -> None:
    site, target = desk.declares("premium", swaps=True)
    slot = site.slots["staging"]
    one, two = deploys(desk, target, "one", "two")
    site.settings["MODE"], slot.settings["MODE"] = "new", "old"
    text, outcome = rolls_back(desk, target)
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert (runs(site), runs(slot)) == (one, two)
    assert "the settings come back too" in text
    assert site.settings["MODE"] == "old"
    assert site.settings["FOREIGN"] == FOREIGN


def test_a_slot_that_holds_what_was_never_swapped_is_not_swapped(desk: Desk) -> None:
    site, target = desk.declares("premium", swaps=True)
    _, two = deploys(desk, target, "one", "two")
    deploys(desk, replace(target, swap=False), "three")
    with pytest.raises(DeploymentFailed, match="never swapped"):
        rolls_back(desk, target)
    assert runs(site) == two


def test_an_empty_slot_is_not_swapped(desk: Desk) -> None:
    _, target = desk.declares("premium", swaps=True)
    with pytest.raises(DeploymentFailed, match="no earlier release"):
        rolls_back(desk, target)


@pytest.fixture
def container(desk: Desk, sources: LocalSources) -> str:
    """Return a container in which packages are kept."""
    try:
        blobs = desk.port.cloud.start_blobs(os.environ, sources.certificates)
    except BlobsUnavailableError as error:
        leave_out(str(error), ambient=os.environ)
    url = f"{blobs.url}/releases"
    bundle = str(sources.certificates.bundle)
    client = ContainerClient.from_container_url(url, credential=blobs.key, connection_verify=bundle)
    with client:
        client.create_container()
    return url


def test_a_kept_copy_is_brought_to_flex_again(desk: Desk, container: str) -> None:
    site, target = keeping(desk, container)
    contents = []
    for mark in ("one", "two", "three"):
        contents += deploys(desk, target, mark)
        await_next_second()
    one, two, _ = contents
    text, outcome = rolls_back(desk, target)
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert runs(site) == two
    assert "the settings stay as they are now" in text
    assert rolls_back(desk, target)[1].exit_code == 0
    assert runs(site) == one
    with pytest.raises(DeploymentFailed, match="no earlier package"):
        rolls_back(desk, target)


def test_where_nobody_knows_what_runs_none_is_taken_for_the_one_before(
    desk: Desk, container: str
) -> None:
    site, target = keeping(desk, container)
    _, two = deploys(desk, target, "one", "two")
    site.deployments.records.clear()
    desk.port.cloud.faults.switch_on("app-unavailable")
    with pytest.raises(DeploymentFailed, match="nobody can say what orders runs"):
        rolls_back(desk, target)
    assert runs(site) == two


def test_a_package_that_is_named_is_brought_without_any_setting(desk: Desk) -> None:
    site, target = desk.declares("flex")
    deploys(desk, target, "two")
    desk.writes("orders", "MODE=new\n")
    package = desk.port.package("one")

    def verify(path: Path, app: App) -> Verification:
        assert app.name == "orders"
        return Verification(
            artifact=str(path),
            made_by="lading",
            python="3.13",
            sha256=package.sha256,
            content_sha256=package.content_sha256,
            size=package.size,
            entries=3,
            distributions=(),
            findings=(),
            verdict=NotImported(reason="not here"),
            unchecked=(),
        )

    options = RollbackOptions(target=target, artifact=Path(package.path))
    with plan_rollback(desk.project, options, edges=desk.edges, verify=verify) as found:
        intent = Intent(plan=found.plan, reached=found.reached, azure=found.azure)
        (outcome,) = perform_plans((intent,), edges=desk.edges)
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert runs(site) == package.content_sha256
    assert "MODE" not in site.settings


def keeping(desk: Desk, container: str) -> tuple[Site, Target]:
    site, target = desk.declares("flex")
    desk.targets[0] = replace(target, packages=container)
    return site, desk.targets[0]


def await_next_second() -> None:
    """Wait for what tells two copies apart: Blob storage has its own clock, of seconds."""
    second = int(time.time())
    while int(time.time()) == second:
        time.sleep(0.02)


def test_a_copy_that_is_not_what_it_says_is_refused(desk: Desk, container: str) -> None:
    site, target = keeping(desk, container)
    package = desk.port.package("one")
    path = Path(package.path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more.py", "")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    changed = replace(package, sha256=sha256, size=path.stat().st_size)
    assert desk.port.deploys(target, changed).exit_code == 0
    await_next_second()
    (two,) = deploys(desk, target, "two")
    with pytest.raises(PackageRefused, match="says that its content is"):
        rolls_back(desk, target)
    assert runs(site) == two


def test_a_closed_site_is_told_to_pull_the_copy_before(desk: Desk, container: str) -> None:
    site, target = desk.declares("premium")
    desk.targets[0] = target = replace(target, packages=container)
    contents = []
    for mark in ("one", "two"):
        contents += deploys(desk, target, mark)
        await_next_second()
    desk.port.cloud.faults.switch_on("scm-ip-forbidden")
    text, outcome = rolls_back(desk, target)
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert "by way of Resource Manager" in text
    assert runs(site) == contents[0]
