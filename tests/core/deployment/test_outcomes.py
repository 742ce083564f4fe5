"""An outcome says of each step what became of it, and of the app what is known; nothing more."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lading.core.deployment.outcome_report import (
    remedy_of_interruption,
    render_outcome_text,
    render_outcomes_json,
    render_outcomes_markdown,
    render_refusal,
    render_table,
    sentence_of,
)
from lading.core.deployment.outcomes import (
    Outcome,
    StepOutcome,
    StepState,
    exit_code_of_all,
    must_undo,
    outcome_of,
)
from lading.core.deployment.plan import Plan
from lading.core.deployment.proof import Evidence, Proof, Says, Verdict
from lading.core.deployment.steps import Prove, Swap
from lading.core.hosting import FLEX_CONSUMPTION
from tests.deployments import (
    NEW,
    ON_SLOT,
    TARGET,
    app_state,
    names,
    plan_of,
    release,
    site_state,
)

PLAIN = plan_of(release(), app_state())
WITH_SETTINGS = plan_of(release(MODE="x"), app_state())
SWAPPING = plan_of(release(ON_SLOT), app_state(slot=site_state(name="orders-prod-staging")))
DONE = plan_of(release(), app_state(replace(site_state(), runs=NEW)))
STOPPED = plan_of(
    release(),
    app_state(replace(site_state(), site=replace(site_state().site, state="Stopped"))),
)
WHY = STOPPED.problems[0].text
KEPT = replace(TARGET, packages="https://acme.blob.core.windows.net/releases")
KEEPING = plan_of(release(KEPT), app_state(site_state(FLEX_CONSUMPTION)))


def proof(verdict: Verdict, runs: Says) -> Proof:
    says: Says = "new" if verdict == "proven" else runs
    label = Evidence(kind="label", says=says, text="lading.json there says so", origin="SCM")
    other = Evidence(kind="host", says="new", text="the host runs", origin="the app")
    return Proof(verdict=verdict, runs=runs, evidence=(label, other))


PROVEN = proof("proven", "new")


# After these nobody stops who does not know how they ended: what follows finds out.
GOES_ON = frozenset({"upload", "await-deployment", "swap"})
HAS_BEFORE = "orders-prod has the package that it had before"
BY = "lading.json there says so (SCM), the host runs (the app)"


def perform(
    plan: Plan, *, until: str = "", state: StepState = "done", runs: Says = "new"
) -> Outcome:
    """Return the outcome of a plan whose steps go well until one of a name ends in a state."""
    begun = []
    for step in plan.steps:
        if step.name != until:
            found = PROVEN if isinstance(step, Prove) else None
            begun.append(StepOutcome(step=step, state="done", seconds=1.5, proof=found))
            continue
        verdict: Verdict = "unknown" if runs == "nothing" else "contradicted"
        found = proof(verdict, runs) if isinstance(step, Prove) else None
        one = StepOutcome(step=step, state=state, seconds=1.5, proof=found)
        begun.append(replace(one, text="it went wrong", remedy="Mend it."))
        if state != "unknown" or step.name not in GOES_ON:
            break
    return outcome_of(plan, begun)


@pytest.mark.parametrize(
    ("plan", "until", "state", "runs", "ending", "exit_code"),
    [
        (PLAIN, "", "done", "new", "released", 0),
        (DONE, "", "done", "new", "released", 0),
        (STOPPED, "", "done", "new", "as before", 7),
        (PLAIN, "upload", "failed", "new", "as before", 7),
        (PLAIN, "await-deployment", "failed", "new", "as before", 7),
        (PLAIN, "prove", "failed", "old", "as before", 7),
        (PLAIN, "prove", "failed", "broken", "mixed", 8),
        (PLAIN, "prove", "failed", "other", "mixed", 8),
        (PLAIN, "prove", "unknown", "nothing", "unknown", 8),
        # What nobody knew at first was proven afterwards.
        (PLAIN, "upload", "unknown", "new", "released", 0),
        (PLAIN, "await-deployment", "unknown", "new", "released", 0),
        (PLAIN, "sync-triggers", "failed", "new", "unknown", 8),
        (WITH_SETTINGS, "write-settings", "failed", "new", "as before", 7),
        (WITH_SETTINGS, "write-settings", "unknown", "new", "unknown", 8),
        (WITH_SETTINGS, "settle-scm", "failed", "new", "mixed", 8),
        (WITH_SETTINGS, "upload", "failed", "new", "mixed", 8),
        (WITH_SETTINGS, "prove", "failed", "old", "mixed", 8),
        # Until the swap production is as it was, whatever became of the slot.
        (SWAPPING, "upload", "failed", "new", "as before", 7),
        (SWAPPING, "sync-triggers", "failed", "new", "as before", 7),
        (SWAPPING, "prove", "unknown", "nothing", "as before", 7),
        (SWAPPING, "swap", "failed", "new", "as before", 7),
        (SWAPPING, "swap", "unknown", "new", "released", 0),
        (KEEPING, "keep-package", "failed", "new", "released", 0),
    ],
)
def test_what_is_known_of_the_app_at_the_end(
    plan: Plan, until: str, state: StepState, runs: Says, ending: str, exit_code: int
) -> None:
    outcome = perform(plan, until=until, state=state, runs=runs)
    assert (outcome.ending, outcome.exit_code) == (ending, exit_code)
    assert len(outcome.steps) == len(plan.steps)


def test_a_run_that_was_interrupted_knows_what_it_had_sent() -> None:
    sent = outcome_of(PLAIN, [StepOutcome(step=PLAIN.steps[0], state="done")])
    assert sent.ending == "unknown"
    written = outcome_of(WITH_SETTINGS, [StepOutcome(step=WITH_SETTINGS.steps[0], state="done")])
    assert written.ending == "mixed"
    assert outcome_of(PLAIN, []).ending == "as before"


def test_whoever_interrupted_what_was_done_need_not_do_it_again() -> None:
    assert "nothing is left to do" in remedy_of_interruption([perform(PLAIN)])
    half = perform(PLAIN, until="upload", state="failed")
    for outcomes in ([perform(PLAIN), half], [perform(PLAIN), None]):
        assert remedy_of_interruption(outcomes).startswith("Deploy again")


def test_settings_are_taken_back_only_where_the_package_certainly_did_not_get_there() -> None:
    failed = perform(WITH_SETTINGS, until="await-deployment", state="failed")
    assert must_undo(failed)
    undone = replace(failed, steps=(replace(failed.steps[0], state="undone"), *failed.steps[1:]))
    assert (undone.ending, undone.exit_code) == ("as before", 7)
    assert not must_undo(undone)
    assert must_undo(perform(WITH_SETTINGS, until="settle-scm", state="failed"))
    assert must_undo(perform(WITH_SETTINGS, until="upload", state="failed"))
    assert must_undo(perform(WITH_SETTINGS, until="prove", state="failed", runs="old"))
    assert not must_undo(perform(WITH_SETTINGS, until="prove", state="failed", runs="broken"))
    assert not must_undo(perform(WITH_SETTINGS, until="prove", state="unknown", runs="nothing"))
    assert not must_undo(perform(WITH_SETTINGS, until="sync-triggers", state="failed"))
    assert not must_undo(perform(PLAIN, until="upload", state="failed"))
    assert not must_undo(perform(WITH_SETTINGS))


def test_a_swap_that_did_not_come_about_leaves_production_and_its_settings_as_they_were() -> None:
    staging = site_state(name="orders-prod-staging")
    plan = plan_of(release(ON_SLOT, COLOUR="blue"), app_state(slot=staging))
    begun = [StepOutcome(step=step, state="done") for step in plan.steps]
    swap = next(number for number, step in enumerate(plan.steps) if isinstance(step, Swap))
    begun[swap] = replace(begun[swap], state="unknown")
    found = proof("contradicted", "old")
    begun[-1] = replace(begun[-1], state="failed", proof=found)
    for number, step in enumerate(plan.steps[:swap]):
        if isinstance(step, Prove):
            begun[number] = replace(begun[number], proof=PROVEN)
    outcome = outcome_of(plan, begun)
    assert (outcome.ending, outcome.exit_code) == ("as before", 7)
    assert not must_undo(outcome)


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (
            perform(PLAIN),
            f"orders-prod runs bbbbbbbbbbbb: {BY}",
        ),
        (
            perform(DONE),
            "orders-prod runs bbbbbbbbbbbb already, with these settings: nothing was done",
        ),
        (perform(STOPPED), f"orders-prod: nothing was changed: {WHY}"),
        (
            perform(PLAIN, until="upload", state="failed"),
            "orders-prod runs what it ran before: it went wrong",
        ),
        (
            perform(SWAPPING, until="upload", state="failed"),
            "orders-prod runs what it ran before (the slot may not): it went wrong",
        ),
        (
            perform(WITH_SETTINGS, until="upload", state="failed"),
            "orders-prod has the new settings and not the new package: it went wrong",
        ),
        (
            perform(WITH_SETTINGS, until="write-settings", state="unknown"),
            f"{HAS_BEFORE}; its settings are not known: it went wrong",
        ),
        (
            perform(PLAIN, until="prove", state="unknown", runs="nothing"),
            "it is not known what orders-prod runs: lading.json there says so",
        ),
        (
            perform(KEEPING, until="keep-package", state="failed"),
            f"orders-prod runs bbbbbbbbbbbb: {BY}; but it went wrong",
        ),
    ],
)
def test_the_sentence_says_what_runs_as_far_as_anybody_knows(
    outcome: Outcome, sentence: str
) -> None:
    assert sentence_of(outcome) == sentence


def test_what_was_proven_through_resource_manager_alone_says_so() -> None:
    outcome = perform(PLAIN)
    last = replace(outcome.steps[-1], proof=replace(PROVEN, alone=True))
    told = sentence_of(replace(outcome, steps=(*outcome.steps[:-1], last)))
    assert told.endswith("its host and its SCM site are closed to this machine, so this is all")


def test_the_text_tells_every_step_and_the_remedy() -> None:
    text = render_outcome_text(perform(PLAIN, until="upload", state="failed"))
    assert text.splitlines() == [
        "FAIL  upload        1.5 s",
        "      it went wrong",
        "      → Mend it.",
        "--    deployment",
        "--    triggers",
        "--    proof",
        "orders-prod runs what it ran before: the upload failed",
    ]


def test_evidence_and_reasons_are_told_once() -> None:
    *_, wait, sync, prove, label, host, closing = render_outcome_text(perform(PLAIN)).splitlines()
    assert [line[:2] for line in (wait, sync, prove)] == ["ok"] * 3
    assert label == "      lading.json there says so (SCM)"
    assert host == "      the host runs (the app)"
    assert closing == "orders-prod runs bbbbbbbbbbbb"
    doubted = perform(PLAIN, until="prove", state="unknown", runs="nothing")
    assert render_outcome_text(doubted).endswith(
        "\nit is not known what orders-prod runs: it could not be proven"
    )
    kept = render_outcome_text(perform(KEEPING, until="keep-package", state="failed"))
    assert kept.endswith("\norders-prod runs bbbbbbbbbbbb; but it went wrong")


def test_a_target_that_was_left_alone_for_another_one_is_not_said_to_have_failed() -> None:
    healthy, refused = outcome_of(PLAIN, ()), perform(STOPPED)
    assert sentence_of(healthy) == "orders-prod: nothing was changed"
    assert render_table([healthy]).splitlines()[1].split()[3:5] == ["not", "begun"]
    text = render_refusal([healthy, refused])
    assert text.count("nothing was changed") == 2
    assert text.count("→") == len(STOPPED.problems)
    misspelt = replace(STOPPED, problems=(replace(STOPPED.problems[0], exit_code=2),))
    assert exit_code_of_all([healthy, perform(misspelt)]) == 2


def test_several_targets_are_one_table_and_one_exit_code() -> None:
    outcomes = [perform(PLAIN), perform(DONE), perform(STOPPED)]
    assert render_table(outcomes).splitlines() == [
        "target  place        package       ending         seconds",
        "prod    orders-prod  bbbbbbbbbbbb  released       6",
        "prod    orders-prod  bbbbbbbbbbbb  nothing to do  0",
        "prod    orders-prod  bbbbbbbbbbbb  refused        0",
    ]
    assert exit_code_of_all(outcomes) == 7
    assert exit_code_of_all([]) == 0


def test_the_document_keeps_its_fields() -> None:
    document = json.loads(render_outcomes_json([perform(WITH_SETTINGS)]))
    assert set(document) == {"schema", "exit_code", "targets"}
    assert document["schema"] == "lading/deployment/1"
    (target,) = document["targets"]
    assert set(target) == {
        *("plan", "exit_code", "ending", "sentence", "seconds", "steps", "problems", "proof"),
    }
    assert set(target["steps"][0]) == {"step", "state", "seconds", "text", "code", "remedy"}
    assert set(target["proof"]) == {"verdict", "runs", "alone", "evidence"}
    assert set(target["proof"]["evidence"][0]) == {"kind", "says", "text", "origin"}
    assert [step["step"] for step in target["steps"]] == names(WITH_SETTINGS.steps)


states = st.sampled_from(("done", "failed", "unknown", "undone", "not begun"))
TAKEN_BACK: tuple[StepState, ...] = ("done", "done", "done", "undone")
plans = st.sampled_from((PLAIN, WITH_SETTINGS, SWAPPING, KEEPING))


@example(PLAIN, [*TAKEN_BACK], "new")
@given(plans, st.lists(states, max_size=12), st.sampled_from(("new", "old", "broken", "nothing")))
def test_whatever_became_of_the_steps_there_is_one_true_ending(
    plan: Plan, became: list[StepState], runs: Says
) -> None:
    begun = [
        StepOutcome(
            step=step,
            state=state,
            proof=proof("proven" if state == "done" else "unknown", runs)
            if isinstance(step, Prove) and state != "not begun"
            else None,
        )
        for step, state in zip(plan.steps, became, strict=False)
    ]
    outcome = outcome_of(plan, begun)
    proofs = [one for one in outcome.steps if isinstance(one.step, Prove)]
    if outcome.ending == "released":
        assert all(one.state == "done" for one in proofs)
    assert outcome.exit_code in {0, 7, 8}
    assert sentence_of(outcome)
    assert render_outcome_text(outcome)
    json.loads(render_outcomes_json([outcome]))


def test_a_summary_has_a_row_for_each_target() -> None:
    page = render_outcomes_markdown([perform(PLAIN), perform(STOPPED)])
    assert page.splitlines()[4:] == [
        f"| prod | released | orders-prod runs bbbbbbbbbbbb: {BY} |",
        f"| prod | refused | orders-prod: nothing was changed: {WHY} |",
    ]


def test_what_azure_says_does_not_end_the_row_of_a_summary() -> None:
    outcome = perform(PLAIN, until="upload", state="failed")
    *steps, last = (one for one in outcome.steps if one.state != "not begun")
    told = replace(last, text='it said "no\n\n# room | here"')
    page = render_outcomes_markdown([outcome_of(PLAIN, (*steps, told))])
    assert len(page.splitlines()) == 5
    assert r'it said "no # room \| here"' in page
