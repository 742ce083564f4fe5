"""A plan as text and JSON, before it is performed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from lading.core.deployment.plan import Plan
from lading.core.deployment.release import Package
from lading.core.deployment.steps import details_of, step_document
from lading.core.deployment.targets import place_of
from lading.core.problems import problem_document, render_problem
from lading.core.sizes import render_size


def render_plan_text(plan: Plan) -> str:
    """Return a plan as a person reads it: what goes where, then steps and notes, or problems."""
    package = plan.release.package
    lines = [
        f"{where_of(plan)}: {_about_site(plan)}",
        f"  package {package.path}: {_about(package)}",
    ]
    if plan.problems:
        lines += [f"  {line}" for line in _problems(plan)]
        lines.append("  nothing was changed")
    elif plan.is_done:
        lines.append("  nothing to do: it runs there already, with these settings")
    for number, step in enumerate(plan.steps, start=1):
        lines.append(f"  {number} {step.title}")
        lines += [f"      {line}" for line in details_of(step)]
    if not plan.problems:
        lines += [f"  note: {note}" for note in plan.notes]
    return "\n".join(lines)


def render_plans_json(plans: Sequence[Plan]) -> str:
    """Return plans as one JSON document: `schema`, `exit_code`, and `plans` (`plan_document`)."""
    document = {
        "schema": "lading/plan/1",
        "exit_code": max((plan.exit_code for plan in plans), default=0),
        "plans": [plan_document(plan) for plan in plans],
    }
    return json.dumps(document, indent=2) + "\n"


def plan_document(plan: Plan) -> dict[str, object]:
    """Return a plan as JSON has it.

    `target`, `function_app`, `slot` (null for the app itself), `plan` (of hosting), `package`
    (`path`, `sha256`, `content_sha256`, `size`, `python`, `commit`, `imported`), `nothing_to_do`,
    `steps`, `problems`, `notes`.
    """
    target, package = plan.release.target, plan.release.package
    return {
        "target": target.name,
        "function_app": target.function_app,
        "slot": target.slot,
        "plan": plan.site.plan.kind,
        "package": {
            "path": package.path,
            "sha256": package.sha256,
            "content_sha256": package.content_sha256,
            "size": package.size,
            "python": package.python,
            "commit": package.commit,
            "imported": package.imported,
        },
        "nothing_to_do": plan.is_done,
        "steps": [step_document(step) for step in plan.steps],
        "problems": [problem_document(problem) for problem in plan.problems],
        "notes": list(plan.notes),
    }


def where_of(plan: Plan) -> str:
    """Return how a person calls the place of a deployment."""
    return place_of(plan.release.target)


def _about_site(plan: Plan) -> str:
    python = f", Python {plan.site.python}" if plan.site.python else ""
    return f"{plan.site.plan.name}{python} (target {plan.release.target.name})"


def _about(package: Package) -> str:
    count = len(package.functions)
    # The size of what lies in a slot nobody tells.
    size = [render_size(package.size)] if package.size else []
    parts = [*size, f"content {package.short}"]
    if package.imported:
        parts.append(f"{count} function" if count == 1 else f"{count} functions")
    if package.commit:
        parts.append(f"commit {package.commit[:10]}")
    return ", ".join(parts)


def _problems(plan: Plan) -> Iterator[str]:
    for problem in plan.problems:
        yield from render_problem(problem).splitlines()
