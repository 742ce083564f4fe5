"""What is wrong with the timers of a package, by how the Functions host reads their schedules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lading.core.findings import Finding
from lading.core.functions import FunctionFacts
from lading.core.functions.schedules import explain_schedule


def check_timers(functions: Iterable[FunctionFacts]) -> Iterator[Finding]:
    """Find timers that would never start their function: the host starts all others."""
    for function in functions:
        for schedule in _schedules(function):
            problem = explain_schedule(schedule)
            if problem:
                yield _invalid_schedule(function, schedule, problem)


def _schedules(function: FunctionFacts) -> Iterator[str]:
    for binding in function.bindings:
        if binding.type.lower() == "timertrigger":
            for name, value in binding.settings.items():
                if name.lower() == "schedule":
                    yield value


def _invalid_schedule(function: FunctionFacts, schedule: str, problem: str) -> Finding:
    return Finding(
        code="invalid-schedule",
        severity="error",
        subject=function.script or function.name,
        evidence=f"Azure would never start {function.name}: its schedule, {schedule!r}, is neither"
        f" an NCRONTAB expression nor a TimeSpan: {problem}",
        remedy="Write six fields, second minute hour day month weekday, such as 0 30 6 * * 1-5;"
        " or name a setting that has them: %SCHEDULE%.",
    )
