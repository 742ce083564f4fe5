"""The diagnosis is one line a check, tells failures once, and has the exit code to mend first."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from lading.core.diagnosis import (
    Check,
    Diagnosis,
    Opened,
    SourceDiagnosis,
    Verdict,
    failed,
    join_failures,
)
from lading.core.diagnosis.report import (
    render_diagnosis_json,
    render_diagnosis_markdown,
    render_diagnosis_text,
    render_expiry,
)
from lading.core.errors import ConfigError, CredentialError, SourceError

ZONE = dt.timezone(dt.timedelta(hours=2), "CEST")
AT = dt.datetime(2026, 7, 1, 14, 0, tzinfo=ZONE)
GOOD = Check(subject="git", verdict="good", text="2.50")
RISK = Check(subject="~/.netrc", verdict="risk", text="goes far " * 12, remedy="Remove it. " * 9)


def diagnosis(*checks: Check, risks: tuple[Check, ...] = ()) -> Diagnosis:
    opened = Opened(
        origin="the Azure CLI",
        reason="nothing else is here",
        scope="https://feed.test/acme/",
        expires=AT.timestamp() + 54 * 60 + 30,
    )
    source = SourceDiagnosis(
        name="acme",
        url="https://feed.test/acme/simple/",
        credential="azure-devops",
        opened=(opened,),
        checks=checks,
    )
    return Diagnosis(at=AT, project=(), machine=(GOOD,), sources=(source,), risks=risks)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "expiry not told"),
        (0, "expires in 0 min, at 14:00 CEST"),
        (3599, "expires in 59 min, at 14:59 CEST"),
        (-1, "expired at 13:59 CEST"),
    ],
)
def test_an_expiry_is_told_in_minutes_and_by_the_clock(seconds: int | None, told: str) -> None:
    expires = None if seconds is None else AT.timestamp() + seconds
    assert render_expiry(expires, AT) == told


def test_the_text_says_who_opens_a_source_and_until_when() -> None:
    text = render_diagnosis_text(diagnosis())
    assert (
        "  ok    credential        the Azure CLI, because nothing else is here;"
        " expires in 54 min, at 14:54 CEST\n"
        "                          sent to https://feed.test/acme/ and nowhere else\n"
    ) in text
    assert text.endswith("\nAll well")
    assert "Risks" not in text


@pytest.mark.parametrize("width", [60, 80, 200])
def test_lines_keep_to_the_width(width: int) -> None:
    text = render_diagnosis_text(diagnosis(risks=(RISK,)), width=width)
    assert max(map(len, text.splitlines())) <= min(width, 120)
    assert text.endswith("\nNo failure, 1 risk")
    assert "\n        → Remove it." in text


def test_what_is_to_be_copied_keeps_its_lines() -> None:
    example = Check(
        subject="configuration", verdict="wrong", text="none", remedy="Write:\n  [a]\n  b = 1"
    )
    text = render_diagnosis_text(diagnosis(example), width=80)
    assert "→ Write:\n" in text
    assert "\n                              [a]\n" in text


def test_a_style_is_given_to_marks_and_titles_only() -> None:
    def paint(style: str, text: str) -> str:
        return f"<{style}>{text}</>"

    text = render_diagnosis_text(diagnosis(risks=(RISK,)), paint=paint)
    assert "  <good>ok    </>git" in text
    assert "<title>Risks</>\n  <risk>risk  </>~/.netrc: " in text


def test_the_exit_code_is_that_of_what_to_mend_first() -> None:
    config = failed("a", ConfigError(("x",), remedy="r"))
    credential = failed("b", CredentialError("x", remedy="r"))
    source = failed("c", SourceError("x", remedy="r"))
    assert diagnosis(source, credential).exit_code == 3
    assert diagnosis(source, config, credential).exit_code == 2
    assert diagnosis(source).exit_code == 4
    assert diagnosis(risks=(RISK,)).exit_code == 0


def test_failures_with_one_remedy_are_told_once() -> None:
    one, two, three = (
        failed(name, SourceError(f"{name} failed", remedy=remedy))
        for name, remedy in (("a", "r"), ("b", "other"), ("c", "r"))
    )
    joined = join_failures((one, GOOD, two, three))
    assert [check.text for check in joined] == ["a failed (the same: c)", "2.50", "b failed"]


def test_the_document_has_the_time_in_utc_and_no_verdict_but_four() -> None:
    document = json.loads(render_diagnosis_json(diagnosis(risks=(RISK,))))
    assert document["at"] == "2026-07-01T12:00:00+00:00"
    assert document["sources"][0]["opened"][0]["expires"] == "2026-07-01T12:54:30+00:00"
    verdicts: set[Verdict] = {document["machine"][0]["verdict"], document["risks"][0]["verdict"]}
    assert verdicts == {"good", "risk"}


def test_the_summary_page_has_what_somebody_should_do_something_about() -> None:
    page = render_diagnosis_markdown(
        diagnosis(failed("c", SourceError("gone", remedy="r")), risks=(RISK,))
    )
    assert page.startswith("### Doctor: 1 failure, 1 risk\n")
    assert "* **FAIL** c: gone → r" in page
    assert "2.50" not in page
