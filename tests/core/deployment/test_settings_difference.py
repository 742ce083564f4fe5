"""The difference between files and app: what a write would do, and what forbids it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lading.core.deployment.outcomes import StepOutcome, StepState
from lading.core.deployment.settings_difference import (
    SettingsDifference,
    SettingsOutcome,
    compare_settings,
)
from lading.core.deployment.settings_report import (
    render_difference,
    render_settings_json,
    render_values,
    render_written,
)
from lading.core.hosting import CONTAINER_APPS, FLEX_CONSUMPTION
from lading.core.settings import DesiredSettings
from lading.core.settings.sticky import SlotNames
from tests.deployments import ON_APP_SERVICE, ON_SLOT, TARGET, app, app_state, files, site_state

HAS = app(
    **ON_APP_SERVICE,
    MODE="hunter2-old",
    LEVEL="1",
    OTHERS="hunter3",
    GONE="x",
    LADING_SETTINGS="GONE",
)
PLACE = replace(site_state(), settings=HAS)


def difference(wanted: DesiredSettings | None = None, *, prune: bool = False) -> SettingsDifference:
    wanted = wanted or files(MODE="hunter2-new", LEVEL="1", NEW="n")
    return compare_settings(TARGET, wanted, app_state(PLACE), prune=prune)


def ended(state: StepState, code: str = "") -> SettingsOutcome:
    found = difference()
    (step,) = found.steps
    one = StepOutcome(step=step, state=state, text="why", code=code, remedy="do it")
    return SettingsOutcome(difference=found, steps=(one,))


def test_each_name_is_where_it_belongs() -> None:
    found = difference()
    assert [(edit.name, edit.kind) for edit in found.edits] == [("MODE", "change"), ("NEW", "add")]
    assert (found.equal, found.change.orphans) == (("LEVEL",), ("GONE",))
    assert found.foreign == (
        "AzureWebJobsStorage__accountName",
        "FUNCTIONS_WORKER_RUNTIME",
        "OTHERS",
    )
    assert [step.name for step in found.steps] == ["write-settings"]


def test_what_no_file_has_any_more_goes_only_where_that_is_asked_for() -> None:
    removed = [edit.name for edit in difference(prune=True).edits if edit.kind == "remove"]
    assert removed == ["GONE"]


def test_no_value_is_in_any_text_but_the_one_that_was_asked_for() -> None:
    outcome = ended("done")
    told = render_difference(outcome.difference) + render_written(outcome)
    assert "hunter" not in told + render_settings_json([outcome])
    shown = render_values(outcome.difference)
    assert '"hunter2-old"' in shown
    assert '"hunter2-new"' in shown
    assert "hunter3" not in shown


def test_names_stay_with_their_slot_before_they_are_set() -> None:
    slot = replace(site_state(name="orders-prod/staging"), settings=HAS)
    wanted = files("MODE", MODE="b")
    target = replace(ON_SLOT, sticky=("MODE",))
    found = compare_settings(target, wanted, app_state(slot=slot), prune=False)
    assert [step.name for step in found.steps] == ["write-sticky", "write-settings"]
    assert "with the swap of the next deployment" in render_difference(found)
    known = replace(app_state(slot=slot), slot_names=SlotNames(app_settings=("MODE",)))
    assert compare_settings(target, wanted, known, prune=False).sticky is None


@pytest.mark.parametrize(
    ("state", "code", "exit_code"),
    [
        ("done", "", 0),
        ("failed", "no-right", 7),
        ("unknown", "", 8),
        ("failed", "settings-contested", 8),
    ],
)
def test_the_exit_code_says_what_is_known(state: StepState, code: str, exit_code: int) -> None:
    outcome = ended(state, code)
    assert outcome.exit_code == exit_code
    assert json.loads(render_settings_json([outcome]))["exit_code"] == exit_code
    told = {0: "written, and read back: 2 settings", 7: "not written", 8: "is not known"}
    assert told[exit_code] in render_written(outcome)


def test_what_forbids_a_write_is_told_and_plans_none() -> None:
    unread = replace(PLACE, settings=None)
    deploying = replace(PLACE, deploying=True)
    container = site_state(CONTAINER_APPS)
    for place, code in ((unread, "no-right"), (deploying, "busy"), (container, "unsupported")):
        found = compare_settings(TARGET, files(MODE="b"), app_state(place), prune=False)
        assert [problem.code for problem in found.problems] == [code]
        assert found.steps == ()
    no_slot = compare_settings(ON_SLOT, files(), app_state(PLACE), prune=False)
    assert [problem.code for problem in no_slot.problems] == ["no-such-slot"]
    flex = replace(site_state(FLEX_CONSUMPTION), settings=app())
    forbidden = compare_settings(
        TARGET, files(FUNCTIONS_WORKER_RUNTIME="python"), app_state(flex), prune=False
    )
    assert SettingsOutcome(difference=forbidden).exit_code == 2
    # What an app lacks anyway forbids nobody to give it something else.
    assert any("its host cannot start" in note for note in forbidden.notes)


def test_where_nothing_differs_nothing_is_to_be_written() -> None:
    found = compare_settings(TARGET, files(LEVEL="1"), app_state(PLACE), prune=False)
    assert found.steps == ()
    assert "no difference" in render_difference(found)
    assert render_written(SettingsOutcome(difference=found)) == "orders-prod: nothing to write"
