"""What `doctor` found: checks with their verdicts, of sources and targets, and one exit code."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Literal

from lading.core.config import Target
from lading.core.errors import LadingError
from lading.core.problems import Problem

# "risk": it works, and something could go wrong with it. "note": worth knowing, nothing to do.
Verdict = Literal["good", "note", "risk", "wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    `code` names a risk or a failure for programs; `exit_code` is 0 but for failures; `milliseconds`
    tells how long the answer of a server took.
    """

    subject: str
    verdict: Verdict
    text: str
    remedy: str = ""
    code: str = ""
    exit_code: int = 0
    milliseconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What opens a source: no field could carry the credential itself.

    `expires` is in seconds since the epoch, None where nobody says; `scope` the URL prefix under
    which the credential is sent.
    """

    origin: str
    scope: str
    reason: str = ""
    expires: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDiagnosis:
    """One declared source: `credential` as it is declared, `opened` what that came to.

    That is one thing, or one for each repository where the host gives them so; nothing where no
    credential is declared or none could be had.
    """

    name: str
    url: str
    credential: str
    opened: tuple[Opened, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDiagnosis:
    """One declared target: `opened` is who signs in, () where nobody can.

    `plan` (of hosting) and `python` are what its app has, "" where that could not be read.
    """

    target: Target
    plan: str = ""
    python: str = ""
    opened: tuple[Opened, ...] = ()
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All that was found, at a time that knows its zone."""

    at: dt.datetime
    project: tuple[Check, ...]
    machine: tuple[Check, ...]
    sources: tuple[SourceDiagnosis, ...]
    risks: tuple[Check, ...]
    targets: tuple[TargetDiagnosis, ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """Return every check, in the order in which they are told."""
        of_sources = (check for source in self.sources for check in source.checks)
        of_targets = (
            replace(check, subject=f"{one.target.name}, {check.subject}")
            for one in self.targets
            for check in one.checks
        )
        return (*self.project, *self.machine, *of_sources, *of_targets, *self.risks)

    @property
    def exit_code(self) -> int:
        """Return 0, or that of the failure to mend first.

        It is the code with which a build or a deployment would end there: 2 for the configuration,
        3 for a credential that cannot be had, 4 for a source, 7 for a target, its rights too.
        """
        return min((check.exit_code for check in self.checks if check.exit_code), default=0)

    def count(self, verdict: Verdict) -> int:
        """Return how many checks came to a verdict."""
        return sum(check.verdict == verdict for check in self.checks)


def failed(subject: str, error: LadingError) -> Check:
    """Return the check of something that failed as it would fail in a build."""
    return Check(
        subject=subject,
        verdict="wrong",
        text=error.message,
        remedy=error.remedy,
        code=error.code,
        exit_code=error.exit_code,
    )


def good(subject: str, text: str) -> Check:
    """Return the check of something that is as it should be."""
    return Check(subject=subject, verdict="good", text=text)


def note(subject: str, text: str, remedy: str = "") -> Check:
    """Return the check of something that is worth knowing; `remedy` is what it takes."""
    return Check(subject=subject, verdict="note", text=text, remedy=remedy)


def risk(subject: str, code: str, text: str, remedy: str) -> Check:
    """Return the check of something that works, and with which something could go wrong."""
    return Check(subject=subject, verdict="risk", text=text, remedy=remedy, code=code)


def in_the_way(subject: str, problem: Problem) -> Check:
    """Return the check of something that keeps a deployment from beginning."""
    return Check(
        subject=subject,
        verdict="wrong",
        text=problem.text,
        remedy=problem.remedy,
        code=problem.code,
        exit_code=problem.exit_code,
    )


def written_from(home: str, diagnosis: Diagnosis) -> Diagnosis:
    """Return a diagnosis with "~" for somebody's home folder."""

    def short(checks: tuple[Check, ...]) -> tuple[Check, ...]:
        return tuple(
            replace(
                check,
                subject=_at_home(check.subject, home),
                text=_at_home(check.text, home),
                remedy=_at_home(check.remedy, home),
            )
            for check in checks
        )

    return replace(
        diagnosis,
        project=short(diagnosis.project),
        machine=short(diagnosis.machine),
        sources=tuple(replace(one, checks=short(one.checks)) for one in diagnosis.sources),
        targets=tuple(replace(one, checks=short(one.checks)) for one in diagnosis.targets),
        risks=short(diagnosis.risks),
    )


def join_failures(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Return the checks with failures that have one remedy told once, for all their subjects."""
    alike: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        if check.verdict == "wrong":
            alike.setdefault((check.code, check.remedy), []).append(check)
    joined = []
    for check in checks:
        group = alike.get((check.code, check.remedy), [check])
        if check.verdict != "wrong" or len(group) == 1:
            joined.append(check)
        elif check is group[0]:
            others = ", ".join(other.subject for other in group[1:])
            joined.append(replace(check, text=f"{check.text} (the same: {others})"))
    return tuple(joined)


def _at_home(text: str, home: str) -> str:
    return text.replace(f"{home}/", "~/").replace(f"{home}\\", "~\\")


def count_of(number: int, thing: str) -> str:
    """Return "1 file", "2 files"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
