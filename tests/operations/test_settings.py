"""Settings are compared, written once, looked at, and repaired; nobody else's are lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lading.commands.settings import compare_all, write_all
from lading.core.deployment.settings_difference import (
    SettingsDifference,
    SettingsOutcome,
    exit_code_of_settings,
)
from lading.core.deployment.settings_report import render_difference, render_written
from lading.core.errors import ConfigError, DeploymentFailed
from local_azure.sites.deployments import Upload
from local_azure.sites.hosting import Hosting
from tests.deployment.conftest import FOREIGN
from tests.operations.conftest import Desk


def compare(desk: Desk, *, prune: bool = False) -> tuple[SettingsDifference, ...]:
    found = compare_all(desk.project, desk.targets, prune=prune, edges=desk.edges)
    return tuple(one.difference for one in found)


def apply(desk: Desk, *, prune: bool = False) -> tuple[SettingsOutcome, ...]:
    found = compare_all(desk.project, desk.targets, prune=prune, edges=desk.edges)
    return write_all(found, edges=desk.edges)


def changed(difference: SettingsDifference) -> list[tuple[str, str]]:
    return [(edit.kind, edit.name) for edit in difference.edits]


@pytest.mark.parametrize("hosting", ["flex", "premium", "dedicated"])
def test_what_differs_is_told_then_written_and_then_differs_no_more(
    desk: Desk, hosting: Hosting
) -> None:
    site, _ = desk.declares(hosting)
    desk.writes("orders", "MODE=hunter2\nLEVEL=3\n")
    before = dict(site.settings)
    (found,) = compare(desk)
    assert changed(found) == [("add", "LEVEL"), ("add", "MODE")]
    assert site.settings == before
    (outcome,) = apply(desk)
    assert outcome.exit_code == 0, render_written(outcome)
    assert {**before, "MODE": "hunter2", "LEVEL": "3"}.items() <= site.settings.items()
    pass_time(desk)
    assert site.restarts == 1
    (again,) = apply(desk)
    assert again.steps == ()
    pass_time(desk)
    assert site.restarts == 1


def test_what_came_from_files_once_goes_with_prune_and_nothing_else(desk: Desk) -> None:
    site, _ = desk.declares("premium")
    desk.writes("orders", "MODE=a\nGONE=b\n")
    apply(desk)
    desk.writes("orders", "MODE=a\n")
    (kept,) = compare(desk)
    assert (changed(kept), kept.change.orphans) == ([], ("GONE",))
    assert "in no file any more" in render_difference(kept)
    assert apply(desk, prune=True)[0].exit_code == 0
    assert "GONE" not in site.settings
    assert site.settings["FOREIGN"] == FOREIGN


def test_names_stay_with_a_slot_before_their_values_are_there(desk: Desk) -> None:
    site, target = desk.declares("premium", swaps=True)
    desk.targets[0] = replace(target, sticky=("MODE",))
    desk.writes("orders", "MODE=a\n")
    (outcome,) = apply(desk)
    assert [one.step.name for one in outcome.steps] == ["write-sticky", "write-settings"]
    assert site.sticky.settings == ("MODE",)
    assert site.slots["staging"].settings["MODE"] == "a"
    assert "MODE" not in site.settings


@pytest.mark.parametrize("fault", ["settings-foreign", "settings-lost"])
def test_what_somebody_else_writes_at_the_same_time_is_not_lost(desk: Desk, fault: str) -> None:
    site, _ = desk.declares("premium")
    desk.writes("orders", "MODE=a\n")
    desk.port.cloud.faults.switch_on(fault, 1)
    (outcome,) = apply(desk)
    assert outcome.exit_code == 0, render_written(outcome)
    assert site.settings["MODE"] == "a"
    assert site.settings["FOREIGN"] == FOREIGN


def test_one_that_always_writes_too_leaves_it_open(desk: Desk) -> None:
    desk.declares("premium")
    desk.writes("orders", "MODE=a\n")
    desk.port.cloud.faults.switch_on("settings-lost")
    outcomes = apply(desk)
    assert exit_code_of_settings(outcomes) == 8
    assert "again and again" in render_written(outcomes[0])


def test_several_apps_are_compared_at_once_and_one_problem_holds_all(desk: Desk) -> None:
    desk.declares("flex", name="one")
    two, _ = desk.declares("premium", name="two")
    desk.writes("one", "FUNCTIONS_WORKER_RUNTIME=python\n")
    desk.writes("two", "MODE=a\n")
    assert [found.site.plan.kind for found in compare(desk)] == [
        "flex-consumption",
        "elastic-premium",
    ]
    outcomes = apply(desk)
    assert exit_code_of_settings(outcomes) == 2
    assert "MODE" not in two.settings
    assert render_written(outcomes[0]) == "one: nothing was written"


def test_who_may_not_read_the_settings_is_told_what_to_grant(desk: Desk) -> None:
    desk.declares("premium")
    desk.port.cloud.faults.switch_on("reader")
    (outcome,) = apply(desk)
    assert outcome.exit_code == 7
    assert "Website Contributor" in render_difference(outcome.difference)


def test_nothing_is_written_while_a_deployment_is_under_way(desk: Desk) -> None:
    site, _ = desk.declares("premium")
    desk.writes("orders", "MODE=a\n")
    desk.port.cloud.faults.switch_on("never-ends")
    site.deployments.start(_upload(desk))
    (outcome,) = apply(desk)
    assert [problem.code for problem in outcome.difference.problems] == ["busy"]
    assert "MODE" not in site.settings


def test_a_file_with_mistakes_and_an_app_that_is_not_there_are_told(desk: Desk) -> None:
    desk.declares("premium")
    desk.writes("orders", "PIP_INDEX_URL=https://u:hunter2@x.test/\n")
    with pytest.raises(ConfigError) as problem:
        compare(desk)
    assert "hunter2" not in str(problem.value)
    desk.writes("orders", "")
    desk.targets[0] = replace(desk.targets[0], function_app="nobody")
    with pytest.raises(DeploymentFailed, match="nobody"):
        compare(desk)


def test_every_value_is_kept_from_every_text(desk: Desk) -> None:
    desk.declares("premium")
    desk.writes("orders", "KEY=hunter2-hunter2-hunter2\n")
    compare(desk)
    kept = {secret.reveal() for secret in desk.kept}
    assert {"hunter2-hunter2-hunter2", FOREIGN} <= kept


def pass_time(desk: Desk) -> None:
    desk.port.cloud.clock.skip(60)
    desk.port.cloud.world.agenda.settle()


def _upload(desk: Desk) -> Upload:
    return Upload(package=Path(desk.port.package("busy").path))
