"""A plan has the steps that are missing, and no other; a second one has none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.deployment.plan import Plan
from lading.core.deployment.plan_report import plan_document, render_plan_text, render_plans_json
from lading.core.deployment.reactions import Refused
from lading.core.deployment.state import AppState, HostStatus, SiteState
from lading.core.deployment.steps import Prove, WriteSettings
from lading.core.hosting import DEDICATED, ELASTIC_PREMIUM, FLEX_CONSUMPTION, HostingPlan
from lading.core.settings.sticky import SlotNames
from tests.deployments import (
    NEW,
    ON_APP_SERVICE,
    ON_SLOT,
    PACKAGE,
    PLANS,
    STORAGE,
    TARGET,
    app,
    app_state,
    names,
    plan_of,
    release,
    site_state,
)

CLOSED = Refused(code="scm-closed", text="the SCM site is closed", remedy="r")
CONTAINER = "https://acme.blob.core.windows.net/releases"
KEPT = replace(TARGET, packages=CONTAINER)


def steps(plan: Plan) -> list[str]:
    assert plan.problems == ()
    return names(plan.steps)


def test_flex_is_published_and_proven() -> None:
    plan = plan_of(release(), app_state(site_state(FLEX_CONSUMPTION)))
    assert steps(plan) == ["upload", "await-deployment", "prove"]
    assert "going back takes its zip" in plan.notes[0]


@pytest.mark.parametrize("hosting", [ELASTIC_PREMIUM, DEDICATED])
def test_app_service_has_its_triggers_synchronised_too(hosting: HostingPlan) -> None:
    plan = plan_of(release(), app_state(site_state(hosting)))
    assert steps(plan) == ["upload", "await-deployment", "sync-triggers", "prove"]
    assert plan.notes == ()


def test_settings_come_first_in_one_write_and_scm_settles_before_the_upload() -> None:
    bare = replace(site_state(), settings=app(**STORAGE, FUNCTIONS_WORKER_RUNTIME="python"))
    plan = plan_of(release(MODE="fast"), app_state(bare))
    assert steps(plan) == [
        *("write-settings", "settle-scm", "upload"),
        *("await-deployment", "sync-triggers", "prove"),
    ]
    write = plan.steps[0]
    assert isinstance(write, WriteSettings)
    assert write.change.names == {
        *("MODE", "LADING_SETTINGS"),
        *("WEBSITE_RUN_FROM_PACKAGE", "SCM_DO_BUILD_DURING_DEPLOYMENT"),
    }


def test_a_slot_is_proven_swapped_and_production_proven_in_turn() -> None:
    state = app_state(slot=site_state(name="orders-prod-staging"))
    plan = plan_of(release(replace(ON_SLOT, sticky=("MODE",)), MODE="x"), state)
    assert steps(plan) == [
        *("write-sticky", "write-settings", "settle-scm", "upload", "await-deployment"),
        *("sync-triggers", "prove", "swap", "prove"),
    ]
    proofs = [step for step in plan.steps if isinstance(step, Prove)]
    assert [proof.slot for proof in proofs] == ["staging", ""]


def test_without_swap_the_slot_keeps_it() -> None:
    state = app_state(slot=site_state(name="orders-prod-staging"))
    plan = plan_of(release(replace(ON_SLOT, swap=False)), state)
    assert steps(plan) == ["upload", "await-deployment", "sync-triggers", "prove"]


@pytest.mark.parametrize("hosting", PLANS)
def test_where_it_runs_already_with_these_settings_there_is_nothing_to_do(
    hosting: HostingPlan,
) -> None:
    plan = plan_of(release(), app_state(replace(site_state(hosting), runs=NEW)))
    assert plan.is_done
    assert "nothing to do" in render_plan_text(plan)


def test_what_is_there_and_is_not_well_is_proven_once_more() -> None:
    there = replace(site_state(), runs=NEW)
    ill = replace(there, host=HostStatus(state="Error"))
    assert steps(plan_of(release(), app_state(ill))) == ["prove"]
    lagging = replace(there, functions=there.functions[:1])
    assert steps(plan_of(release(), app_state(lagging))) == ["sync-triggers", "prove"]
    # Of a package that was not imported nobody knows what should be listed.
    package = replace(PACKAGE, functions=(), unproven="no interpreter")
    assert plan_of(release(package=package), app_state(lagging)).is_done


def test_where_only_settings_differ_only_they_are_written() -> None:
    plan = plan_of(release(MODE="fast"), app_state(replace(site_state(), runs=NEW)))
    assert steps(plan) == ["write-settings", "prove"]


def test_a_package_that_was_unpacked_is_brought_again_before_it_is_run_from() -> None:
    bare = app(**STORAGE, FUNCTIONS_WORKER_RUNTIME="python")
    unpacked = replace(site_state(), runs=NEW, settings=bare)
    assert "upload" in steps(plan_of(release(), app_state(unpacked)))


def test_a_run_that_was_killed_before_the_swap_is_finished_by_the_next() -> None:
    slot = replace(site_state(name="orders-prod-staging"), runs=NEW)
    assert steps(plan_of(release(ON_SLOT), app_state(slot=slot))) == ["prove", "swap", "prove"]


def test_after_a_swap_there_is_nothing_to_do_whatever_the_slot_has() -> None:
    done = replace(
        site_state(), runs=NEW, settings=app(**ON_APP_SERVICE, MODE="x", LADING_SETTINGS="MODE")
    )
    state = app_state(done, slot=site_state(name="orders-prod-staging"))
    assert plan_of(release(ON_SLOT, MODE="x"), state).is_done
    # What stays with the slot is no reason to swap again.
    sticky = replace(state, slot_names=SlotNames(app_settings=("MODE", "LEVEL")))
    wanted = release(replace(ON_SLOT, sticky=("LEVEL",)), MODE="x", LEVEL="y")
    assert plan_of(wanted, sticky).is_done


def test_a_closed_scm_site_pulls_by_way_of_resource_manager() -> None:
    place = replace(site_state(FLEX_CONSUMPTION), closed=CLOSED, host_closed=True)
    plan = plan_of(release(KEPT, MODE="x"), app_state(place))
    assert steps(plan) == [
        *("write-settings", "keep-package", "pull-package", "await-deployment", "prove"),
    ]
    proof = plan.steps[-1]
    assert isinstance(proof, Prove)
    assert proof.demand.alone
    assert any("by way of Resource Manager" in note for note in plan.notes)


def test_a_container_for_packages_gets_those_that_were_proven() -> None:
    plan = plan_of(release(KEPT), app_state(site_state(FLEX_CONSUMPTION)))
    assert steps(plan) == ["upload", "await-deployment", "prove", "keep-package"]
    assert plan.notes == ()


def test_the_text_says_everything_but_values() -> None:
    place = replace(site_state(), settings=app(**ON_APP_SERVICE, OLD="x", LADING_SETTINGS="OLD"))
    assert render_plan_text(plan_of(release(MODE="hunter2"), app_state(place))) == (
        "orders-prod: Elastic Premium, Python 3.13 (target prod)\n"
        "  package dist/orders.zip: 12.3 MiB, content bbbbbbbbbbbb, 2 functions, "
        "commit 0123456789\n"
        "  1 write the settings, in one go: 1 new; all others stay\n"
        "      + MODE  prod.env:1\n"
        "      (in no file any more, and kept until lading settings --prune: OLD)\n"
        "  2 wait until the SCM site is back and sees them, 5 min at most\n"
        "  3 upload dist/orders.zip (12.3 MiB) by zip deploy; nothing is built in Azure\n"
        "  4 wait until the deployment has ended, 30 min at most\n"
        "  5 synchronise the triggers\n"
        "  6 prove within 5 min that the app runs it, by its lading.json read back, the "
        "functions that Azure lists"
    )


def test_the_document_keeps_its_fields() -> None:
    document = plan_document(plan_of(release(MODE="hunter2"), app_state()))
    assert set(document) == {
        *("target", "function_app", "slot", "plan", "package", "nothing_to_do"),
        *("steps", "problems", "notes"),
    }
    assert "hunter2" not in json.dumps(document)
    assert document["steps"][0] == {  # type: ignore[index]
        "step": "write-settings",
        "title": "write the settings, in one go: 1 new; all others stay",
        "change": {
            "edits": [
                {
                    "name": "LADING_SETTINGS",
                    "change": "add",
                    "reason": "the names that came from files",
                },
                {"name": "MODE", "change": "add", "reason": "prod.env:1"},
            ],
            "orphans": [],
        },
    }


def test_several_plans_are_one_document() -> None:
    stopped = replace(site_state().site, state="Stopped")
    plans = [plan_of(release(), app_state(replace(site_state(), site=stopped)))]
    document = json.loads(render_plans_json([plan_of(release(), app_state()), *plans]))
    assert set(document) == {"schema", "exit_code", "plans"}
    assert (document["schema"], document["exit_code"]) == ("lading/plan/1", 7)
    assert [len(plan["problems"]) for plan in document["plans"]] == [0, 1]


def performed(plan: Plan, state: AppState) -> AppState:
    """Return the app after a plan whose every step went well."""
    slot = plan.release.target.slot
    place: SiteState = state.place_of(plan.release.target)
    for step in plan.steps:
        match step.name:
            case "write-settings":
                assert isinstance(step, WriteSettings)
                assert place.settings is not None
                place = replace(place, settings=step.change.apply(place.settings))
            case "upload" | "pull-package":
                place = replace(place, runs=plan.release.package.content_sha256)
            case _:
                pass
    if slot is None:
        return replace(state, production=place)
    if not plan.release.target.swap:
        return replace(state, slot=place)
    return replace(
        state,
        production=replace(place, site=state.production.site),
        slot=replace(state.production, site=place.site),
    )


targets = st.sampled_from((TARGET, KEPT, replace(ON_SLOT, swap=False), ON_SLOT))
wishes = st.dictionaries(st.sampled_from(("A", "B", "C")), st.sampled_from(("1", "2")))


@given(targets, st.sampled_from((ELASTIC_PREMIUM, DEDICATED)), wishes, wishes)
def test_a_plan_that_was_performed_leaves_nothing_to_do(
    target: object, hosting: HostingPlan, there: dict[str, str], wished: dict[str, str]
) -> None:
    place = replace(site_state(hosting), settings=app(**ON_APP_SERVICE, **there))
    slot = replace(place, site=site_state(hosting, "orders-prod-staging").site)
    state = app_state(place, slot=slot)
    wanted = release(target, PACKAGE, **wished)  # type: ignore[arg-type]
    plan = plan_of(wanted, state)
    assert plan.problems == ()
    after = performed(plan, state)
    assert plan_of(wanted, after).is_done
    end = after.production if wanted.target.swap else after.place_of(wanted.target)
    assert end.settings is not None
    assert all(end.settings.text(name) == value for name, value in wished.items())
    assert all(
        end.settings.text(name) == value for name, value in there.items() if name not in wished
    )
