"""Differences of settings, and what was written, as text and JSON: names, never values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from lading.core.deployment.outcomes import StepOutcome
from lading.core.deployment.settings_difference import (
    SettingsDifference,
    SettingsOutcome,
    exit_code_of_settings,
)
from lading.core.deployment.targets import place_of
from lading.core.errors import DeploymentUnknown
from lading.core.problems import problem_document, render_problem
from lading.core.secret import Secret
from lading.core.settings.report import change_document, render_change

_SCHEMA = "lading/settings/1"


def render_difference(difference: SettingsDifference) -> str:
    """Return a difference as a person reads it."""
    return "\n".join(_lines(difference))


def render_written(outcome: SettingsOutcome) -> str:
    """Return in some lines what became of a difference."""
    where, difference = place_of(outcome.difference.target), outcome.difference
    if difference.problems:
        return f"{where}: nothing was written"
    trouble = outcome.trouble
    if trouble is None:
        if not outcome.steps:
            return f"{where}: nothing to write"
        return f"{where}: written, and read back: {_count(len(difference.edits))}"
    is_open = outcome.exit_code == DeploymentUnknown.exit_code
    known = "it is not known what is there now" if is_open else "not written"
    remedy = f"\n  → {trouble.remedy}" if trouble.remedy else ""
    return f"{where}: {known}: {trouble.text}{remedy}"


def render_values(difference: SettingsDifference) -> str:
    """Return the values that differ, in the clear: for the eyes of whoever asked for them."""
    lines = [f"{place_of(difference.target)}:"]
    for edit in difference.edits:
        lines.append(f"  {edit.name}")
        lines.append(f"    there  {_value(difference.actual.values.get(edit.name))}")
        lines.append(f"    files  {_value(edit.value)}")
    return "\n".join(lines)


def render_settings_json(outcomes: Sequence[SettingsOutcome]) -> str:
    """Return what was found and written as one JSON document: `schema`, `exit_code`, `targets`.

    Of each `target`, `function_app`, `slot`, `plan` (of hosting), `differs`, `change` (`edits`,
    `orphans`), `sticky` (names that are to stay with the slot), `equal` and `foreign` (names),
    `written` (the steps that were taken: `step`, `state`, `text`, `code`, `remedy`), `problems`,
    `notes`, `exit_code`.
    """
    document = {
        "schema": _SCHEMA,
        "exit_code": exit_code_of_settings(outcomes),
        "targets": [_document(outcome) for outcome in outcomes],
    }
    return json.dumps(document, indent=2) + "\n"


def _lines(difference: SettingsDifference) -> Iterator[str]:
    target = difference.target
    yield f"{place_of(target)}: {difference.site.plan.name} (target {target.name})"
    if difference.problems:
        for problem in difference.problems:
            yield from (f"  {line}" for line in render_problem(problem).splitlines())
    else:
        if difference.sticky is not None:
            yield f"  stay with the slot, from now on: {', '.join(difference.sticky.added)}"
        yield from (f"  {line}" for line in render_change(difference.change))
        if not difference.steps:
            yield "  no difference"
        yield (
            f"  {_count(len(difference.equal))} of the files there already, "
            f"{_count(len(difference.foreign))} of others untouched"
        )
    yield from (f"  note: {note}" for note in difference.notes)


def _count(number: int) -> str:
    return f"{number} setting" if number == 1 else f"{number} settings"


def _value(value: Secret | None) -> str:
    return "(none)" if value is None else json.dumps(value.reveal(), ensure_ascii=False)


def _document(outcome: SettingsOutcome) -> dict[str, object]:
    difference = outcome.difference
    return {
        "target": difference.target.name,
        "function_app": difference.target.function_app,
        "slot": difference.target.slot,
        "plan": difference.site.plan.kind,
        "differs": bool(difference.edits) or difference.sticky is not None,
        "change": change_document(difference.change),
        "sticky": list(difference.sticky.added) if difference.sticky else [],
        "equal": list(difference.equal),
        "foreign": list(difference.foreign),
        "written": [_step(one) for one in outcome.steps],
        "problems": [problem_document(problem) for problem in difference.problems],
        "notes": list(difference.notes),
        "exit_code": outcome.exit_code,
    }


def _step(one: StepOutcome) -> dict[str, str]:
    return {
        "step": one.step.name,
        "state": one.state,
        "text": one.text,
        "code": one.code,
        "remedy": one.remedy,
    }
