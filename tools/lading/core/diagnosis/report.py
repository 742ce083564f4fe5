"""The diagnosis as a person reads it, as a program does, and as the summary page of a CI run."""

from __future__ import annotations

import datetime as dt
import json
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Literal

from lading.core.deployment.targets import place_of
from lading.core.diagnosis import (
    Check,
    Diagnosis,
    Opened,
    SourceDiagnosis,
    TargetDiagnosis,
    Verdict,
    count_of,
)

Paint = Callable[[Verdict | Literal["title"], str], str]

_MARKS: dict[Verdict, str] = {"good": "ok", "note": "--", "risk": "risk", "wrong": "FAIL"}
# Columns: of the mark with its indentation, of a subject, of the narrowest text.
_MARK = 8
_SUBJECT = 18
_NARROWEST = 30
_LONGEST_LINE = 120
_MINUTE = 60


def render_diagnosis_text(
    diagnosis: Diagnosis,
    *,
    width: int | None = None,
    paint: Paint = lambda _style, text: text,
) -> str:
    """Return what was found, a line a check; in lines of `width` where that is given."""
    page = _Page(width=min(width, _LONGEST_LINE) if width else None, paint=paint)
    at = diagnosis.at
    of_sources = {
        f"Source {source.name}  {source.url}": (*_credentials(source, at), *source.checks)
        for source in diagnosis.sources
    }
    of_targets = {
        f"Target {one.target.name}  {place_of(one.target)}": (
            *(_sign_in("identity", opened, at) for opened in one.opened),
            *one.checks,
        )
        for one in _told_once(diagnosis.targets)
    }
    columns = {
        "Project": diagnosis.project,
        "This machine": diagnosis.machine,
        **of_sources,
        **of_targets,
    }
    lines = [line for title, checks in columns.items() for line in page.columns(title, checks)]
    lines += page.sentences("Risks", diagnosis.risks)
    verdict: Verdict = "wrong" if diagnosis.exit_code else "good"
    return "\n".join([*lines, paint(verdict, _sum(diagnosis))])


def render_diagnosis_json(diagnosis: Diagnosis) -> str:
    """Return what was found as a JSON document: `schema`, `at`, `exit_code`, and what follows.

    `project`, `machine` and `risks` are checks: `subject`, `verdict` ("good", "note", "risk" or
    "wrong"), `text`, `remedy` ("" where there is nothing to do), `code` (of a risk or a failure,
    else ""), `exit_code` (0 but for a failure), `milliseconds` (of a server's answer, else null).
    `sources` have `name`, `url`, `credential` as it is declared, `opened` and `checks`; `targets`
    have `name`, `app`, `subscription`, `resource_group`, `function_app`, `slot` (null for the app
    itself), `plan` and `python` of the app (null where they could not be read), `opened` and
    `checks`. `opened` is what signs in: `origin`, `reason`, `scope`, `expires` (null where nobody
    says).
    """
    document = {
        "schema": "lading/diagnosis/1",
        "at": diagnosis.at.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "exit_code": diagnosis.exit_code,
        "project": [_check_document(check) for check in diagnosis.project],
        "machine": [_check_document(check) for check in diagnosis.machine],
        "sources": [_source_document(source) for source in diagnosis.sources],
        "targets": [_target_document(one) for one in diagnosis.targets],
        "risks": [_check_document(check) for check in diagnosis.risks],
    }
    return json.dumps(document, indent=2) + "\n"


def render_diagnosis_markdown(diagnosis: Diagnosis) -> str:
    """Return what was found as Markdown: the sum, and what somebody should do something about."""
    told = [check for check in diagnosis.checks if check.verdict in {"risk", "wrong"}]
    items = [f"* **{_MARKS[check.verdict]}** {render_alert(check)}" for check in told]
    return "\n".join([f"### Doctor: {_sum(diagnosis)}", "", *items])


def render_alert(check: Check) -> str:
    """Return a check as one sentence and its remedy."""
    return f"{check.subject}: {check.text}{f' → {check.remedy}' if check.remedy else ''}"


def render_expiry(expires: float | None, at: dt.datetime) -> str:
    """Return until when a credential is good; `expires` in seconds since the epoch."""
    if expires is None:
        return "expiry not told"
    clock = dt.datetime.fromtimestamp(expires, tz=at.tzinfo).strftime("%H:%M %Z").rstrip()
    minutes = int(expires - at.timestamp()) // _MINUTE
    if minutes < 0:
        return f"expired at {clock}"
    return f"expires in {minutes} min, at {clock}"


class _Page:
    """The text for people: a mark before every check, and lines of one width."""

    def __init__(self, *, width: int | None, paint: Paint) -> None:
        self._width = width
        self._paint = paint

    def columns(self, title: str, checks: tuple[Check, ...]) -> Iterator[str]:
        """Yield a section whose subjects are short: they have a column of their own."""
        if not checks:
            return
        yield self._paint("title", title)
        for check in _remedied_once(checks):
            took = f", {check.milliseconds} ms" if check.milliseconds is not None else ""
            subject = check.subject.ljust(_SUBJECT - 1) + " "
            # A longer one has its line for itself.
            is_long = len(subject) > _SUBJECT
            lines = [*self._wrap(check.text + took, _SUBJECT), *self._remedy(check, _SUBJECT)]
            first = "" if is_long else lines.pop(0)
            yield f"{self._mark(check)}{subject}{first}".rstrip()
            yield from (" " * (_MARK + _SUBJECT) + line for line in lines)
        yield ""

    def sentences(self, title: str, checks: tuple[Check, ...]) -> Iterator[str]:
        """Yield a section whose subjects are places, of any length."""
        if not checks:
            return
        yield self._paint("title", title)
        for check in checks:
            first, *lines = self._wrap(f"{check.subject}: {check.text}", 0)
            yield self._mark(check) + first
            yield from (" " * _MARK + line for line in (*lines, *self._remedy(check, 0)))
        yield ""

    def _mark(self, check: Check) -> str:
        return "  " + self._paint(check.verdict, _MARKS[check.verdict].ljust(_MARK - 2))

    def _remedy(self, check: Check, column: int) -> Iterator[str]:
        if check.remedy:
            yield from self._wrap(check.remedy, column, first="→ ", following="  ")

    def _wrap(
        self, text: str, column: int, *, first: str = "", following: str = ""
    ) -> Iterator[str]:
        room = None if self._width is None else max(self._width - _MARK - column, _NARROWEST)
        for number, line in enumerate(text.splitlines()):
            before = first if number == 0 else following
            # What is indented is to be copied as it stands.
            if room is None or line.startswith(" "):
                yield before + line
                continue
            yield from textwrap.wrap(
                line,
                width=room,
                initial_indent=before,
                subsequent_indent=following,
                break_long_words=False,
                break_on_hyphens=False,
            ) or [before]


def _credentials(source: SourceDiagnosis, at: dt.datetime) -> Iterator[Check]:
    for opened in source.opened:
        yield _sign_in("credential", opened, at)
    if source.credential == "none":
        yield Check(subject="credential", verdict="note", text="none is declared, none is sent")


def _sign_in(subject: str, opened: Opened, at: dt.datetime) -> Check:
    because = f", because {opened.reason}" if opened.reason else ""
    text = f"{opened.origin}{because}; {render_expiry(opened.expires, at)}"
    sent = f"sent to {opened.scope} and nowhere else"
    return Check(subject=subject, verdict="good", text=f"{text}\n{sent}")


def _told_once(targets: Iterable[TargetDiagnosis]) -> Iterator[TargetDiagnosis]:
    """Give targets with what to do told but once, where an earlier one has the same failure."""
    first: dict[tuple[str, str], str] = {}
    for one in targets:
        checks = []
        for check in one.checks:
            name = first.setdefault((check.text, check.remedy), one.target.name)
            is_known = check.verdict == "wrong" and bool(check.remedy) and name != one.target.name
            checks.append(replace(check, remedy=f"as for {name}") if is_known else check)
        yield replace(one, checks=tuple(checks))


def _remedied_once(checks: tuple[Check, ...]) -> Iterator[Check]:
    """Give checks of which those that have one remedy tell it at their end."""
    last = {check.remedy: number for number, check in enumerate(checks)}
    for number, check in enumerate(checks):
        yield check if last[check.remedy] == number else replace(check, remedy="")


def _sum(diagnosis: Diagnosis) -> str:
    failures, risks = diagnosis.count("wrong"), diagnosis.count("risk")
    told = (
        [count_of(failures, "failure")] if failures else ["All well" if not risks else "No failure"]
    )
    told += [count_of(risks, "risk")] if risks else []
    return ", ".join(told)


def _source_document(source: SourceDiagnosis) -> dict[str, object]:
    return {
        "name": source.name,
        "url": source.url,
        "credential": source.credential,
        "opened": [_opened_document(opened) for opened in source.opened],
        "checks": [_check_document(check) for check in source.checks],
    }


def _target_document(one: TargetDiagnosis) -> dict[str, object]:
    target = one.target
    return {
        "name": target.name,
        "app": target.app,
        "subscription": target.subscription,
        "resource_group": target.resource_group,
        "function_app": target.function_app,
        "slot": target.slot,
        "plan": one.plan or None,
        "python": one.python or None,
        "opened": [_opened_document(opened) for opened in one.opened],
        "checks": [_check_document(check) for check in one.checks],
    }


def _opened_document(opened: Opened) -> dict[str, object]:
    expires = opened.expires
    clock = None if expires is None else dt.datetime.fromtimestamp(expires, tz=dt.UTC)
    return {
        "origin": opened.origin,
        "reason": opened.reason,
        "scope": opened.scope,
        "expires": None if clock is None else clock.isoformat(timespec="seconds"),
    }


def _check_document(check: Check) -> dict[str, object]:
    return {
        "subject": check.subject,
        "verdict": check.verdict,
        "text": check.text,
        "remedy": check.remedy,
        "code": check.code,
        "exit_code": check.exit_code,
        "milliseconds": check.milliseconds,
    }
