"""Outcomes as text, as a table of several targets, and as JSON: sentences that are true."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from lading.core.deployment.outcomes import Outcome, StepOutcome, StepState, exit_code_of_all
from lading.core.deployment.plan_report import plan_document, where_of
from lading.core.deployment.proof import Proof, evidence_document
from lading.core.deployment.steps import Swap
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
    lines = [line for one in outcome.steps for line in _step_lines(one)]
    lines += [
        line for problem in outcome.plan.problems for line in render_problem(problem).splitlines()
    ]
    return "\n".join([*lines, sentence_of(outcome)])


def render_outcomes_text(outcomes: Sequence[Outcome]) -> str:
    """Return outcomes as a person reads them: each with its steps, and of several a table."""
    texts = [render_outcome_text(outcome) for outcome in outcomes]
    return "\n\n".join([*texts, render_table(outcomes)] if len(outcomes) > 1 else texts)


def sentence_of(outcome: Outcome) -> str:
    """Return in one sentence what the app runs now, as far as anybody knows."""
    where = where_of(outcome.plan)
    short = outcome.plan.release.package.short
    target = outcome.plan.release.target
    end = target.function_app if target.swap else where
    if outcome.plan.problems:
        return f"{where}: nothing was changed"
    match outcome.ending:
        case "released" if not outcome.steps:
            return f"{end} runs {short} already, with these settings: nothing was done"
        case "released":
            return f"{end} runs {short}: {_evidence(outcome.proof)}{_complaints(outcome)}"
        case "as before":
            left = " (the slot may not)" if target.swap else ""
            return f"{end} runs what it ran before{left}: {_trouble(outcome)}"
        case "mixed":
            return f"{end} {_mixture(outcome)}: {_trouble(outcome)}"
        case "unknown":
            return f"it is not known what {end} runs: {_trouble(outcome)}"


def render_table(outcomes: Sequence[Outcome]) -> str:
    """Return several outcomes as a table: target, place, what runs there, how long it took."""
    rows = [("target", "place", "package", "ending", "seconds")]
    for outcome in outcomes:
        ending = "nothing to do" if outcome.plan.is_done else outcome.ending
        rows.append(
            (
                outcome.plan.release.target.name,
                where_of(outcome.plan),
                outcome.plan.release.package.short,
                "refused" if outcome.plan.problems else ending,
                f"{outcome.seconds:.0f}",
            )
        )
    return render_columns(rows)


def render_outcomes_markdown(outcomes: Sequence[Outcome]) -> str:
    """Return outcomes as Markdown, for the summary page of a CI run: what runs where, and why."""
    lines = ["### Deployment", "", "| target | ending | what is known |", "|---|---|---|"]
    for outcome in outcomes:
        ending = "refused" if outcome.plan.problems else outcome.ending
        # Azure's own words are in it, which must not end the row.
        sentence = " ".join(sentence_of(outcome).split()).replace("|", "\\|")
        lines.append(f"| {outcome.plan.release.target.name} | {ending} | {sentence} |")
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


def _step_lines(one: StepOutcome) -> Iterator[str]:
    took = f"  {one.seconds:.1f} s" if one.state != "not begun" else ""
    yield f"{_MARKS[one.state].ljust(_MARK)}{one.step.title}{took}"
    if one.text and one.state != "done":
        yield f"{' ' * _MARK}{one.text}"
    if one.proof is not None:
        yield from (f"{' ' * _MARK}{piece.text} ({piece.origin})" for piece in one.proof.evidence)
    if one.remedy:
        yield f"{' ' * _MARK}→ {one.remedy}"


def _evidence(proof: Proof | None) -> str:
    if proof is None:
        return "nobody was asked"
    pieces = _joined(f"{one.text} ({one.origin})" for one in proof.evidence if one.says == "new")
    if proof.alone:
        return f"{pieces}; its host and its SCM site are closed to this machine, so this is all"
    return pieces


def _mixture(outcome: Outcome) -> str:
    proof = outcome.proof
    if proof is not None and proof.runs == "broken":
        return "has the new package, and does not start"
    if proof is not None and proof.runs == "other":
        return "runs neither the new package nor what it ran before"
    return "has the new settings and not the new package"


def _complaints(outcome: Outcome) -> str:
    told = _joined(one.text or f"not done: {one.step.title}" for one in outcome.complaints)
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
