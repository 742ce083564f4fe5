"""Findings as SARIF: what code hosts need to show them, and to know them again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from lading.core.config import App
from lading.core.findings import Finding
from lading.core.sarif import render_findings_sarif

APP = App(
    name="orders",
    folder="function app",
    requirements="requirements/orders.txt",
    python="3.13",
    lock="orders.lock",
)
KEY = Finding(
    code="private-key",
    severity="error",
    subject="keys/server.pem",
    evidence="a private key",
    line=7,
    remedy="Revoke it.",
)
PTH = Finding(code="pth-ignored", severity="warning", subject="demo", evidence="x", remedy="y")


def run_of(*findings: Finding) -> dict[str, Any]:
    text = render_findings_sarif(findings, APP, files={"keys/server.pem"}, version="1.2.3")
    document = json.loads(text)
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def uri_of(result: dict[str, Any]) -> object:
    return result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_a_finding_points_at_the_apps_file_or_at_the_requirements() -> None:
    results = run_of(KEY, PTH)["results"]
    assert [uri_of(one) for one in results] == [
        "function%20app/keys/server.pem",
        "requirements/orders.txt",
    ]
    assert [one["level"] for one in results] == ["error", "warning"]
    assert "Revoke it." in results[0]["message"]["text"]


def test_a_finding_of_an_app_at_the_root_points_at_its_file() -> None:
    app = replace(APP, folder=".")
    text = render_findings_sarif([KEY], app, files={"keys/server.pem"}, version="1.2.3")
    assert uri_of(json.loads(text)["runs"][0]["results"][0]) == "keys/server.pem"


def test_a_finding_points_at_its_line_where_that_is_the_apps() -> None:
    elsewhere = replace(KEY, subject="azure/functions/__init__.py")
    places = [
        one["locations"][0]["physicalLocation"]["region"]["startLine"]
        for one in run_of(KEY, elsewhere)["results"]
    ]
    assert places == [7, 1]


def test_every_rule_is_told_once() -> None:
    run = run_of(PTH, KEY, replace(KEY, subject="other"))
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["private-key", "pth-ignored"]


def test_what_was_allowed_is_suppressed_with_the_reason() -> None:
    (result,) = run_of(replace(KEY, allowed="a test key"))["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": "a test key"}]


def test_a_finding_is_known_again_when_only_its_words_differ() -> None:
    first, other = run_of(KEY, PTH)["results"]
    (again,) = run_of(replace(KEY, evidence="line 9"))["results"]
    assert first["partialFingerprints"] == again["partialFingerprints"]
    assert first["partialFingerprints"] != other["partialFingerprints"]


def test_two_findings_about_one_file_are_not_taken_for_one() -> None:
    results = run_of(KEY, replace(KEY, line=90))["results"]
    first, second = (one["partialFingerprints"]["lading/v1"] for one in results)
    assert first != second


def test_no_findings_are_an_empty_run() -> None:
    assert run_of()["results"] == []
