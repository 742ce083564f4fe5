"""One write brings an app's settings to what its files want, and loses nothing of anybody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.hosting import (
    DEDICATED,
    ELASTIC_PREMIUM,
    FLEX_CONSUMPTION,
    RUN_FROM_PACKAGE,
    HostingPlan,
)
from lading.core.settings import RECORD, parse_app_settings
from lading.core.settings.change import (
    Ownership,
    SettingsChange,
    check_written,
    plan_change,
    undo,
)
from lading.core.settings.report import change_document, render_change
from lading.core.settings.sticky import (
    SlotNames,
    parse_slot_names,
    plan_sticky,
    slot_names_document,
)
from tests.deployments import app, files

BUILD = "SCM_DO_BUILD_DURING_DEPLOYMENT"
RUN = {RUN_FROM_PACKAGE: "1", BUILD: "false"}


def signs(change: SettingsChange) -> list[str]:
    return [f"{edit.kind} {edit.name}" for edit in change.edits]


def test_only_what_differs_is_written_and_the_rest_goes_along() -> None:
    actual = app(Foreign="f", A="1", B="old", **RUN)
    change = plan_change(files(A="1", B="new", C="3"), ELASTIC_PREMIUM, actual)
    assert signs(change) == ["change B", "add C", f"add {RECORD}"]
    assert change.apply(actual) == app(
        Foreign="f", A="1", B="new", C="3", LADING_SETTINGS="A,B,C", **RUN
    )


def test_where_nothing_differs_nothing_is_written() -> None:
    actual = app(A="1", LADING_SETTINGS="A", Foreign="f", **RUN)
    assert plan_change(files(A="1"), ELASTIC_PREMIUM, actual) == SettingsChange()


def test_for_the_record_alone_no_app_is_restarted() -> None:
    actual = app(A="1", Foreign="f", **RUN)
    assert plan_change(files(A="1"), ELASTIC_PREMIUM, actual) == SettingsChange()


def test_files_without_a_setting_leave_no_record() -> None:
    assert plan_change(files(), ELASTIC_PREMIUM, app(Foreign="f", **RUN)) == SettingsChange()


@pytest.mark.parametrize(
    ("plan", "actual", "expected"),
    [
        (ELASTIC_PREMIUM, {}, [f"add {BUILD}", f"add {RUN_FROM_PACKAGE}"]),
        (DEDICATED, {RUN_FROM_PACKAGE: "0", BUILD: "0"}, [f"change {RUN_FROM_PACKAGE}"]),
        (DEDICATED, {**RUN, "ENABLE_ORYX_BUILD": "true"}, ["remove ENABLE_ORYX_BUILD"]),
        (DEDICATED, {**RUN, "ENABLE_ORYX_BUILD": "False"}, []),
        (FLEX_CONSUMPTION, {}, []),
        (FLEX_CONSUMPTION, {BUILD: "false"}, []),
        (
            FLEX_CONSUMPTION,
            {RUN_FROM_PACKAGE: "1", BUILD: "true"},
            [f"remove {BUILD}", f"remove {RUN_FROM_PACKAGE}"],
        ),
    ],
)
def test_each_plan_gets_the_switches_that_it_wants(
    plan: HostingPlan, actual: dict[str, str], expected: list[str]
) -> None:
    assert signs(plan_change(files(), plan, app(**actual))) == expected


def test_what_is_in_no_file_any_more_goes_only_when_it_is_asked_for() -> None:
    actual = app(A="1", Old="x", Foreign="f", LADING_SETTINGS="A,Old,Gone", **RUN)
    kept = plan_change(files(A="2"), ELASTIC_PREMIUM, actual)
    assert kept.orphans == ("Old",)
    assert kept.apply(actual) == app(A="2", Old="x", Foreign="f", LADING_SETTINGS="A,Old", **RUN)
    pruned = plan_change(files(A="1"), ELASTIC_PREMIUM, actual, Ownership(prune=True))
    assert pruned.orphans == ()
    assert pruned.apply(actual) == app(A="1", Foreign="f", LADING_SETTINGS="A", **RUN)


def test_pruning_everything_takes_the_record_away_too() -> None:
    actual = app(Old="x", LADING_SETTINGS="Old", **RUN)
    change = plan_change(files(), ELASTIC_PREMIUM, actual, Ownership(prune=True))
    assert change.apply(actual) == app(**RUN)


def test_what_stays_with_a_slot_is_never_pruned_nor_recorded() -> None:
    # The record goes along in a swap; a sticky setting does not.
    actual = app(Mode="a", Old="x", LADING_SETTINGS="Mode,Old", **RUN)
    ownership = Ownership(prune=True, sticky=frozenset({"Mode"}))
    assert plan_change(files(), ELASTIC_PREMIUM, actual, ownership).apply(actual) == app(
        Mode="a", **RUN
    )
    change = plan_change(files("B", B="1"), ELASTIC_PREMIUM, app(**RUN))
    assert change.apply(app(**RUN)) == app(B="1", **RUN)


def test_a_lost_update_is_noticed_and_repaired_with_what_it_took_from_others() -> None:
    before = app(Foreign="f", New="n", A="old", **RUN)
    change = plan_change(files(A="new"), ELASTIC_PREMIUM, before)
    # Somebody had read the settings before `New` was there, and wrote them all.
    after = app(Foreign="g", A="old", **RUN)
    written = check_written(change, before=before, after=after)
    assert not written.is_as_intended
    assert written.restored == ("New",)
    assert written.repair.apply(after) == app(
        Foreign="g", New="n", A="new", LADING_SETTINGS="A", **RUN
    )


def test_what_somebody_takes_away_after_the_write_stays_away() -> None:
    before = app(Foreign="f", A="old", **RUN)
    change = plan_change(files(A="new"), ELASTIC_PREMIUM, before)
    after = app(A="new", LADING_SETTINGS="A", **RUN)
    written = check_written(change, before=before, after=after)
    assert written.is_as_intended
    assert written.vanished == ("Foreign",)


def test_a_setting_that_came_back_is_taken_away_again() -> None:
    before = app(A="1", Old="x", LADING_SETTINGS="A,Old", **RUN)
    change = plan_change(files(A="1"), ELASTIC_PREMIUM, before, Ownership(prune=True))
    written = check_written(change, before=before, after=before)
    assert signs(written.repair) == [f"change {RECORD}", "remove Old"]


names = st.sampled_from(("A", "B", "C", "D", "Foreign", RUN_FROM_PACKAGE, BUILD))
maps = st.dictionaries(names, st.sampled_from(("1", "2", "false", "")))
wishes = st.dictionaries(st.sampled_from(("A", "B", "C")), st.sampled_from(("1", "2")))
plans = st.sampled_from((FLEX_CONSUMPTION, ELASTIC_PREMIUM, DEDICATED))


ownerships = st.sampled_from((Ownership(), Ownership(prune=True)))


@given(maps, wishes, plans, ownerships)
def test_a_change_keeps_what_it_does_not_own_and_a_second_one_is_empty(
    actual: dict[str, str], wished: dict[str, str], plan: HostingPlan, ownership: Ownership
) -> None:
    before = app(**actual)
    change = plan_change(files(**wished), plan, before, ownership)
    after = change.apply(before)
    for name, value in actual.items():
        if name not in wished and name not in plan.switches:
            assert after.text(name) == value
    assert all(after.text(name) == value for name, value in wished.items())
    assert all(switch.is_met_by(after.text(name)) for name, switch in plan.switches.items())
    assert plan_change(files(**wished), plan, after, ownership) == SettingsChange()
    assert undo(change, before).apply(after) == before
    assert check_written(change, before=before, after=after).is_as_intended


@given(maps, maps, wishes, plans)
def test_after_a_repair_every_edit_is_there_and_nothing_of_others_was_lost(
    actual: dict[str, str], others: dict[str, str], wished: dict[str, str], plan: HostingPlan
) -> None:
    before, after = app(**actual), app(**others)
    change = plan_change(files(**wished), plan, before)
    written = check_written(change, before=before, after=after)
    repaired = written.repair.apply(after)
    assert all(repaired.values.get(edit.name) == edit.value for edit in change.edits)
    assert set(others) - change.names <= set(repaired.values)
    if not written.is_as_intended:
        assert set(actual) - change.names <= set(repaired.values)


def test_a_report_has_names_and_reasons_and_no_value() -> None:
    actual = app(B="hunter2", Old="hunter2", LADING_SETTINGS="Old", **RUN)
    change = plan_change(files(B="hunter3"), ELASTIC_PREMIUM, actual)
    assert list(render_change(change)) == [
        "~ B  prod.env:1",
        "(in no file any more, and kept until lading settings --prune: Old)",
    ]
    assert change_document(change) == {
        "edits": [
            {"name": "B", "change": "change", "reason": "prod.env:1"},
            {"name": RECORD, "change": "change", "reason": "the names that came from files"},
        ],
        "orphans": ["Old"],
    }
    assert "hunter" not in repr(change)


@pytest.mark.parametrize("value", [None, [], {}, {"properties": []}, {"properties": None}])
def test_what_is_no_list_of_settings_is_none(value: object) -> None:
    assert parse_app_settings(value) is None


def test_settings_are_read_from_resource_manager() -> None:
    found = parse_app_settings({"properties": {"A": "1", "B": None}})
    assert found == app(A="1", B="")


def test_sticky_names_are_added_and_no_list_is_lost() -> None:
    there = parse_slot_names(
        {"properties": {"appSettingNames": ["A"], "connectionStringNames": ["Db"]}}
    )
    assert plan_sticky(there, ["A"]) is None
    change = plan_sticky(there, ["A", "B"])
    assert change is not None
    assert change.added == ("B",)
    assert slot_names_document(change.names) == {
        "properties": {
            "appSettingNames": ["A", "B"],
            "connectionStringNames": ["Db"],
            "azureStorageConfigNames": [],
        }
    }
    assert parse_slot_names({"properties": {"appSettingNames": None}}) == SlotNames()
