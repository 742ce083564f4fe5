"""A package gets to each hosting plan, is proven there, and touches nothing else."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from lading.core.deployment.outcome_report import render_outcome_text
from lading.edges.waiting import StoppedError
from lading.stages.perform import perform
from local_azure.sites.deployments import Upload
from local_azure.sites.hosting import Hosting
from tests.deployment.conftest import APP, FOREIGN, Port, runs
from tests.deployments import files

BOTH: tuple[Hosting, ...] = ("flex", "premium")


@pytest.mark.parametrize("hosting", ["flex", "premium", "dedicated"])
def test_a_release_is_brought_and_proven(port: Port, hosting: Hosting) -> None:
    site = port.site(hosting)
    package = port.package("one")
    outcome = port.deploys(port.target(site), package)
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert runs(site) == package.content_sha256
    assert site.settings["FOREIGN"] == FOREIGN
    assert not site.packages.built
    second = port.package("two")
    assert port.deploys(port.target(site), second).exit_code == 0
    assert runs(site) == second.content_sha256


@pytest.mark.parametrize("hosting", BOTH)
def test_what_runs_there_already_is_not_brought_again(port: Port, hosting: Hosting) -> None:
    site, package = port.site(hosting), port.package("one")
    port.deploys(port.target(site), package)
    port.cloud.clock.skip(60.0)
    again = port.deploys(port.target(site), package)
    assert (again.exit_code, again.steps) == (0, ())
    # Settings alone need no upload.
    changed = port.deploys(port.target(site), package, files(COLOUR="blue"))
    assert [one.step.name for one in changed.steps] == ["write-settings", "prove"]
    assert (changed.exit_code, site.settings["COLOUR"]) == (0, "blue")
    assert len(site.deployments.records) == 1


@pytest.mark.parametrize("hosting", BOTH)
@pytest.mark.parametrize("fault", ["gateway-timeout", "reply-lost"])
def test_what_was_taken_is_never_sent_twice(port: Port, hosting: Hosting, fault: str) -> None:
    site = port.site(hosting)
    outcome = port.deploys(
        port.target(site),
        port.package("one"),
        before=lambda: port.cloud.faults.switch_on(fault),
    )
    assert outcome.exit_code == 0
    assert len(site.deployments.records) == 1


@pytest.mark.parametrize("hosting", BOTH)
@pytest.mark.parametrize("words", ["message-dropped", "recorded-as-onedeploy"])
def test_what_was_taken_is_not_sent_twice_where_its_record_has_other_words(
    port: Port, hosting: Hosting, words: str
) -> None:
    site = port.site(hosting)
    port.puts(port.package("old"), site)
    port.cloud.faults.switch_on(words)
    package = port.package("new")
    outcome = port.deploys(
        port.target(site), package, before=lambda: port.cloud.faults.switch_on("reply-lost", 1)
    )
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert runs(site) == package.content_sha256
    assert len(site.deployments.records) == 2


def test_an_earlier_deployment_without_a_message_is_not_the_own_one(port: Port) -> None:
    site = port.site("flex")
    port.cloud.faults.switch_on("message-dropped")
    old = port.package("old", answers=False)
    assert port.deploys(port.target(site), old).exit_code == 0
    new = port.package("new", answers=False)

    def lose() -> None:
        port.cloud.faults.switch_on("upload-cut")

    outcome = port.deploys(port.target(site), new, files(COLOUR="blue"), before=lose)
    assert outcome.exit_code != 0, render_outcome_text(outcome)
    assert runs(site) == old.content_sha256


def test_a_deployment_that_was_left_behind_keeps_nobody_from_deploying(port: Port) -> None:
    site = port.site("flex")
    port.cloud.faults.switch_on("left-behind", 1)
    port.puts(port.package("old"), site)
    port.cloud.clock.skip(3600.0)
    package = port.package("new")
    outcome = port.deploys(port.target(site), package)
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert runs(site) == package.content_sha256


def test_a_deployment_is_done_over_twice_at_the_most(port: Port) -> None:
    site = port.site("premium")
    port.cloud.faults.switch_on("scm-restart")
    outcome = port.deploys(port.target(site), port.package("one"))
    assert outcome.exit_code == 7
    assert len(site.deployments.records) == 3


def test_names_that_stay_with_a_slot_are_written_before_their_values(port: Port) -> None:
    site = port.site("premium")
    target = replace(port.target(site, slot="staging"), sticky=("COLOUR",))
    outcome = port.deploys(target, port.package("one"), files(COLOUR="blue"))
    assert [one.step.name for one in outcome.steps][:2] == ["write-sticky", "write-settings"]
    assert site.sticky.settings == ("COLOUR",)
    assert site.slots["staging"].settings["COLOUR"] == "blue"
    assert "COLOUR" not in site.settings


@pytest.mark.parametrize("hosting", BOTH)
def test_a_deployment_that_another_run_began_is_waited_for(port: Port, hosting: Hosting) -> None:
    site, package = port.site(hosting), port.package("one")
    plan, reached = port.plan(port.target(site), package)
    stopped = port.means(plan, reached, azure=port.stopping_after(0))
    assert perform(plan, stopped).stopped
    assert site.deployments.running is not None
    outcome = port.deploys(port.target(site), package)
    assert (outcome.exit_code, runs(site)) == (0, package.content_sha256)
    # It ended well meanwhile: nothing had to be sent again.
    assert len(site.deployments.records) == 1


@pytest.mark.parametrize("hosting", BOTH)
@pytest.mark.parametrize("moment", range(8))
def test_whenever_it_is_stopped_the_truth_is_told_and_the_next_run_ends_it(
    port: Port, hosting: Hosting, moment: int
) -> None:
    site = port.site(hosting)
    old, new = port.package("old"), port.package("new")
    port.puts(old, site)
    before = dict(site.settings)
    plan, reached = port.plan(port.target(site), new, files(COLOUR="blue"))
    performed = perform(plan, port.means(plan, reached, azure=port.stopping_after(moment)))
    match performed.outcome.ending:
        case "as before":
            assert (runs(site), site.settings) == (old.content_sha256, before)
        case "mixed":
            assert (runs(site), site.settings) != (old.content_sha256, before)
        case "released":
            assert runs(site) == new.content_sha256
        case "unknown":
            assert performed.stopped
    outcome = port.deploys(port.target(site), new, files(COLOUR="blue"))
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert (runs(site), site.settings["COLOUR"]) == (new.content_sha256, "blue")


def test_an_upload_ends_where_somebody_says_stop(port: Port) -> None:
    site, package = port.site("premium"), port.package("one")
    plan, reached = port.plan(port.target(site), package)

    def stop(_seconds: float) -> None:
        raise StoppedError

    performed = perform(plan, port.means(plan, reached, azure=replace(port.azure, sleep=stop)))
    assert performed.stopped
    assert performed.outcome.ending == "as before"
    assert site.deployments.records == []


def test_no_secret_is_told(port: Port) -> None:
    site = port.site("premium", PASSWORD="correct-horse-battery-staple")
    wanted = files(TOKEN="known-by-nobody-else")
    outcome = port.deploys(port.target(site), port.package("one"), wanted)
    told = "\n".join([*port.listener.told, render_outcome_text(outcome)])
    for secret in ("correct-horse", "known-by-nobody", site.keys.master):
        assert secret not in told


def test_what_is_refused_again_and_again_does_not_drive_out_what_runs(port: Port) -> None:
    site = port.site("premium")
    old = port.package("old")
    port.puts(old, site)
    for fault, number in (("deployment-in-progress", 2), ("ends-conflict", 9)):
        port.cloud.faults.switch_on(fault, number)
    outcome = port.deploys(port.target(site), port.package("new"))
    assert outcome.exit_code == 7, render_outcome_text(outcome)
    assert runs(site) == old.content_sha256


@pytest.mark.parametrize(("newer", "kept"), [(2, "5"), (0, "3")])
def test_no_more_is_sent_than_there_is_room_for_beside_what_runs(
    port: Port, newer: int, kept: str
) -> None:
    site = port.site("premium", SCM_MAX_ZIP_PACKAGE_COUNT=kept)
    old = port.package("old")
    port.puts(old, site)
    for second in range(newer):
        # As an earlier run has left them that was refused again and again.
        (site.packages.store / f"2026010100000{second + 1}.zip").write_bytes(b"refused")
    for fault, number in (("deployment-in-progress", 2), ("ends-conflict", 9)):
        port.cloud.faults.switch_on(fault, number)
    outcome = port.deploys(port.target(site), port.package("new"))
    assert outcome.exit_code == 7, render_outcome_text(outcome)
    assert runs(site) == old.content_sha256


def test_it_is_told_beforehand_where_a_package_takes_the_place_of_what_runs(port: Port) -> None:
    site = port.site("premium", SCM_MAX_ZIP_PACKAGE_COUNT="1")
    port.puts(port.package("old"), site)
    new = port.package("new")
    assert port.deploys(port.target(site), new).exit_code == 0
    assert runs(site) == new.content_sha256
    assert [text for text in port.listener.told if "nothing is left to start the app from" in text]


@pytest.mark.parametrize("hosting", BOTH)
def test_a_deployment_that_began_since_the_plan_is_not_broken_off(
    port: Port, hosting: Hosting
) -> None:
    site = port.site(hosting)
    other, mine = port.package("other"), port.package("mine")

    def begin() -> None:
        stored = site.packages.receive([Path(other.path).read_bytes()])
        if hosting == "premium":
            stored = site.packages.keep(stored, "20260101000000")
        site.deployments.start(Upload(package=stored, deployer="az_cli"))

    outcome = port.deploys(port.target(site), mine, files(COLOUR="blue"), before=begin)
    assert outcome.exit_code == 0, render_outcome_text(outcome)
    assert [record.text for record in site.deployments.records] == ["", ""]
    assert runs(site) == mine.content_sha256


def test_nothing_is_changed_where_another_deployment_goes_on_and_on(port: Port) -> None:
    site, package = port.site("premium"), port.package("one")
    before = dict(site.settings)

    def begin() -> None:
        port.cloud.faults.switch_on("never-ends")
        stored = site.packages.receive([Path(package.path).read_bytes()])
        site.deployments.start(Upload(package=stored, deployer="az_cli"))

    outcome = port.deploys(port.target(site), package, files(COLOUR="blue"), before=begin)
    assert (outcome.exit_code, outcome.ending) == (7, "as before")
    assert site.settings == before
    assert len(site.deployments.records) == 1


def test_a_package_that_is_built_anew_between_two_tries_does_not_leave(port: Port) -> None:
    site, package = port.site("premium"), port.package("one")

    @contextmanager
    def transfer(title: str, size: int) -> Iterator[Callable[[int], None]]:
        del title, size
        yield lambda _count: None
        Path(package.path).write_bytes(b"another")

    plan, reached = port.plan(port.target(site), package)
    port.cloud.faults.switch_on("deployment-in-progress", 1)
    outcome = perform(plan, replace(port.means(plan, reached), transfer=transfer)).outcome
    assert outcome.exit_code == 7, render_outcome_text(outcome)
    assert site.deployments.records == []


def test_an_upload_that_crawls_is_given_up(port: Port) -> None:
    site = port.site("premium")
    package = port.package("one", code=f"{APP}# {'more than one block ' * 10_000}\n")
    plan, reached = port.plan(port.target(site), package)

    def crawl(seconds: float) -> None:
        # It is called with each block that has left.
        port.cloud.clock.skip(seconds or 3600.0)

    crawling = port.means(plan, reached, azure=replace(port.azure, sleep=crawl))
    outcome = perform(plan, crawling).outcome
    assert outcome.exit_code in {7, 8}, render_outcome_text(outcome)
    assert runs(site) == ""


def test_what_was_extracted_long_ago_is_not_taken_for_what_runs(port: Port) -> None:
    site = port.site("premium")
    port.cloud.faults.switch_on("wwwroot-unmounted")
    old, new = port.package("old"), port.package("new")
    with zipfile.ZipFile(old.path) as archive:
        archive.extractall(site.packages.wwwroot)
    # It does not contradict what was brought.
    assert port.deploys(port.target(site), new).exit_code == 0
    assert runs(site) == new.content_sha256
    port.cloud.clock.skip(60.0)
    # Nor does it say that nothing has to be done.
    assert port.deploys(port.target(site), old).exit_code == 0
    assert runs(site) == old.content_sha256


def test_what_was_extracted_before_another_tool_deployed_is_not_taken_for_what_runs(
    port: Port,
) -> None:
    site, old = port.site("premium"), port.package("old")
    port.cloud.faults.switch_on("wwwroot-unmounted")
    with zipfile.ZipFile(old.path) as archive:
        archive.extractall(site.packages.wwwroot)
    foreign = port.folder / "foreign.zip"
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("host.json", "{}")
        archive.writestr("function_app.py", APP)
    port.puts(replace(old, path=str(foreign)), site)
    assert port.deploys(port.target(site), old).exit_code == 0
    assert runs(site) == old.content_sha256


def test_the_package_that_is_named_is_what_runs_where_wwwroot_does_not_show_it(port: Port) -> None:
    site, package = port.site("premium"), port.package("one")
    port.cloud.faults.switch_on("wwwroot-unmounted")
    assert port.deploys(port.target(site), package).exit_code == 0
    port.cloud.clock.skip(60.0)
    assert port.deploys(port.target(site), package).steps == ()
    assert len(site.deployments.records) == 1


def test_a_package_that_is_named_and_does_not_run_yet_is_not_taken_for_what_runs(
    port: Port,
) -> None:
    site = port.site("premium")
    old, new = port.package("old"), port.package("new")
    for package in (old, new):
        assert port.deploys(port.target(site), package).exit_code == 0
        port.cloud.clock.skip(60.0)
    # As where somebody was ended between naming it and the restart.
    (site.packages.store / "packagename.txt").write_text(site.packages.stored[0])
    assert port.deploys(port.target(site), new).exit_code == 0
    site.restart()
    assert runs(site) == new.content_sha256
