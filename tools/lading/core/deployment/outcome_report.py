"""Outcomes as text, as a table of several targets, and as JSON: sentences that are true."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from lading.core.deployment.outcomes import Outcome, StepOutcome, StepState, exit_code_of_all
from lading.core.deployment.plan_report import plan_document, render_plan_text, where_of
from lading.core.deployment.proof import Proof, evidence_document
from lading.core.deployment.steps import Swap, WriteSettings, WriteSticky
from lading.core.problems import problem_document, render_problem
from lading.core.tables import render_columns

_SCHEMA = "lading/deployment/1"
_MARKS: dict[StepState, str] = {
    "done": "ok",
    "failed": "FAIL",
    "unknown": "??",
    "undone": "back",
    "not begun": "--",
}
_MARK = 6


def render_outcome_text(outcome: Outcome) -> str:
    """Return an outcome as a person reads it: the steps, the evidence, and what runs now."""
    width = max((len(one.step.brief) for one in outcome.steps), default=0)
    lines = [line for one in outcome.steps for line in _step_lines(one, width)]
    lines += [
        line for problem in outcome.plan.problems for line in render_problem(problem).splitlines()
    ]
    return "\n".join([*lines, _closing(outcome)])


def render_outcomes_text(outcomes: Sequence[Outcome]) -> str:
    """Return outcomes as a person reads them: each with its steps, and of several a table."""
    texts = [render_outcome_text(outcome) for outcome in outcomes]
    if len(outcomes) == 1:
        return texts[0]
    titles = [f"{where_of(outcome.plan)}:" for outcome in outcomes]
    told = [
        f"{title}\n{text}" if outcome.steps else text
        for title, text, outcome in zip(titles, texts, outcomes, strict=True)
    ]
    return "\n\n".join([*told, render_table(outcomes)])


def render_refusal(outcomes: Sequence[Outcome]) -> str:
    """Return what keeps targets from being deployed to; the others were left alone with them."""
    told = [
        render_plan_text(one.plan) if one.plan.problems else sentence_of(one) for one in outcomes
    ]
    return "\n".join(told)


def sentence_of(outcome: Outcome) -> str:
    """Return in one sentence what the app runs now, as far as anybody knows, and why."""
    untouched = f"{where_of(outcome.plan)}: nothing was changed"
    if outcome.plan.problems:
        return f"{untouched}: {'; '.join(one.text for one in outcome.plan.problems)}"
    if outcome.is_untouched:
        return untouched
    if outcome.ending != "released":
        return _unproven(outcome, _trouble(outcome))
    runs = f"{_end_of(outcome)} runs {outcome.plan.release.package.short}"
    if not outcome.steps:
        return f"{runs} already, with these settings: nothing was done"
    return f"{runs}: {_evidence(outcome.proof)}{_limits(outcome)}"


def remedy_of_interruption(outcomes: Iterable[Outcome | None]) -> str:
    """Return what to do where somebody ended it; None is a target of which nothing is known."""
    if all(one is not None and one.ending == "released" for one in outcomes):
        return "It was done by then: nothing is left to do."
    return "Deploy again: it reads what is there, and goes on from that."


def render_table(outcomes: Sequence[Outcome]) -> str:
    """Return several outcomes as a table: target, place, what runs there, how long it took."""
    rows = [
        (
            outcome.plan.release.target.name,
            where_of(outcome.plan),
            outcome.plan.release.package.short,
            _ending_word(outcome),
            f"{outcome.seconds:.0f}",
        )
        for outcome in outcomes
    ]
    return render_columns([("target", "place", "package", "ending", "seconds"), *rows])


def _ending_word(outcome: Outcome) -> str:
    if outcome.plan.problems:
        return "refused"
    if outcome.is_untouched:
        return "not begun"
    return "nothing to do" if outcome.plan.is_done else outcome.ending


def render_outcomes_markdown(outcomes: Sequence[Outcome]) -> str:
    """Return outcomes as Markdown, for the summary page of a CI run: what runs where, and why."""
    lines = ["### Deployment", "", "| target | ending | what is known |", "|---|---|---|"]
    for outcome in outcomes:
        # Azure's own words are in it, which must not end the row.
        sentence = " ".join(sentence_of(outcome).split()).replace("|", "\\|")
        name = outcome.plan.release.target.name
        lines.append(f"| {name} | {_ending_word(outcome)} | {sentence} |")
    return "\n".join(lines)


def render_outcomes_json(outcomes: Sequence[Outcome]) -> str:
    """Return outcomes as one JSON document, of one target or of several.

    `schema`, `exit_code`, and `targets`: of each its `plan` (see `plan_document`), `exit_code`,
    `ending` (released, as before, mixed, unknown), `sentence`, `seconds`, `steps` (`step`, `state`,
    `seconds`, `text`, `code`, `remedy`) and `proof` (null without one: `verdict`, `runs`, `alone`
    and its `evidence`, each with `kind`, `says`, `text`, `origin`).
    """
    document = {
        "schema": _SCHEMA,
        "exit_code": exit_code_of_all(outcomes),
        "targets": [outcome_document(outcome) for outcome in outcomes],
    }
    return json.dumps(document, indent=2) + "\n"


def outcome_document(outcome: Outcome) -> dict[str, object]:
    """Return one outcome as JSON has it."""
    return {
        "plan": plan_document(outcome.plan),
        "exit_code": outcome.exit_code,
        "ending": outcome.ending,
        "sentence": sentence_of(outcome),
        "seconds": round(outcome.seconds, 3),
        "steps": [_step_document(one) for one in outcome.steps],
        "problems": [problem_document(problem) for problem in outcome.plan.problems],
        "proof": None if outcome.proof is None else proof_document(outcome.proof),
    }


def proof_document(proof: Proof) -> dict[str, object]:
    """Return a proof as JSON has it."""
    return {
        "verdict": proof.verdict,
        "runs": proof.runs,
        "alone": proof.alone,
        "evidence": [evidence_document(one) for one in proof.evidence],
    }


def _step_document(one: StepOutcome) -> dict[str, object]:
    return {
        "step": one.step.name,
        "state": one.state,
        "seconds": round(one.seconds, 3),
        "text": one.text,
        "code": one.code,
        "remedy": one.remedy,
    }


def _step_lines(one: StepOutcome, width: int) -> Iterator[str]:
    took = f"  {one.seconds:5.1f} s" if one.state != "not begun" else ""
    yield f"{_MARKS[one.state].ljust(_MARK)}{one.step.brief.ljust(width)}{took}".rstrip()
    if one.text and one.state != "done":
        yield f"{' ' * _MARK}{one.text}"
    if one.proof is not None:
        yield from (f"{' ' * _MARK}{piece.text} ({piece.origin})" for piece in one.proof.evidence)
    if one.remedy:
        yield f"{' ' * _MARK}→ {one.remedy}"


def _closing(outcome: Outcome) -> str:
    """Return what runs now, below the steps: their evidence and reasons stand there already."""
    trouble = outcome.trouble
    if outcome.plan.problems:
        return f"{where_of(outcome.plan)}: nothing was changed"
    if outcome.is_untouched or not outcome.steps:
        return sentence_of(outcome)
    if trouble is not None:
        return _unproven(outcome, _in_short(trouble))
    return f"{_end_of(outcome)} runs {outcome.plan.release.package.short}{_limits(outcome)}"


def _unproven(outcome: Outcome, reason: str) -> str:
    """Return what an app runs that was not proven to run the release."""
    end = _end_of(outcome)
    if outcome.ending == "as before":
        left = " (the slot may not)" if outcome.plan.release.target.swap else ""
        return f"{end} runs what it ran before{left}: {reason}"
    if outcome.ending == "mixed":
        return f"{end} {_mixture(outcome)}: {reason}"
    trouble = outcome.trouble
    if trouble is not None and isinstance(trouble.step, WriteSticky | WriteSettings):
        # They are written before anything is sent.
        return f"{end} has the package that it had before; its settings are not known: {reason}"
    return f"it is not known what {end} runs: {reason}"


def _end_of(outcome: Outcome) -> str:
    """Return how a person calls the place where a release is to end up."""
    target = outcome.plan.release.target
    return target.function_app if target.swap else where_of(outcome.plan)


def _in_short(trouble: StepOutcome) -> str:
    if trouble.proof is not None:
        return "it could not be proven"
    match trouble.state:
        case "failed":
            return f"the {trouble.step.brief} failed"
        case "not begun":
            return f"the {trouble.step.brief} was not begun"
        case "undone":
            return f"the {trouble.step.brief} was taken back"
        case _:
            return f"nobody knows how the {trouble.step.brief} ended"


def _evidence(proof: Proof | None) -> str:
    if proof is None:
        return "nobody was asked"
    return _joined(f"{one.text} ({one.origin})" for one in proof.evidence if one.says == "new")


def _limits(outcome: Outcome) -> str:
    """Return what is to be said with a success: how little could be asked, and what went wrong."""
    proof = outcome.proof
    alone = "; its host and its SCM site are closed to this machine, so this is all"
    return (alone if proof is not None and proof.alone else "") + _complaints(outcome)


def _mixture(outcome: Outcome) -> str:
    proof = outcome.proof
    if proof is not None and proof.runs == "broken":
        return "has the new package, and does not start"
    if proof is not None and proof.runs == "other":
        return "runs neither the new package nor what it ran before"
    return "has the new settings and not the new package"


def _complaints(outcome: Outcome) -> str:
    told = _joined(one.text or f"not done: {one.step.brief}" for one in outcome.complaints)
    return f"; but {told}" if told else ""


def _trouble(outcome: Outcome) -> str:
    trouble = outcome.trouble
    if trouble is None:
        return "it was not begun"
    if trouble.proof is not None:
        doubts = _joined(one.text for one in trouble.proof.evidence if one.says != "new")
        return doubts or trouble.text or "it could not be proven"
    what = "the swap" if isinstance(trouble.step, Swap) else trouble.step.name.replace("-", " ")
    return trouble.text or f"{what} did not end well"


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(texts)
