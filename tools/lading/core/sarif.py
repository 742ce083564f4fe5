"""Findings as SARIF 2.1.0, which code hosts show beside the lines of a pull request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from urllib.parse import quote

from lading.core.config import App
from lading.core.findings import Finding


def render_findings_sarif(
    findings: Iterable[Finding], app: App, *, files: Collection[str], version: str
) -> str:
    """Return findings as a SARIF log.

    `files` are the app's own, by their names in the package: a finding about one of them points
    there, every other one at the requirements. What was allowed is in it as suppressed.
    """
    told = tuple(findings)
    rules = [
        {"id": code, "shortDescription": {"text": code.replace("-", " ")}}
        for code in sorted({finding.code for finding in told})
    ]
    driver = {"name": "lading", "semanticVersion": version, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"lading/{app.name}/"},
        "results": [_result(finding, app, files) for finding in told],
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=2) + "\n"


def _result(finding: Finding, app: App, files: Collection[str]) -> dict[str, object]:
    is_own = finding.subject in files
    place = app.path_of(finding.subject) if is_own else app.requirements
    location = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": (finding.line if is_own else 0) or 1},
        },
        "logicalLocations": [{"name": finding.subject, "kind": "module"}],
    }
    # Two runs tell of one finding if it is about the same thing, whatever its numbers are by then.
    about = "\0".join((finding.code, finding.subject, *finding.known_as[:1]))
    same = hashlib.sha256(about.encode()).hexdigest()
    result: dict[str, object] = {
        "ruleId": finding.code,
        "level": finding.severity,
        "message": {"text": f"{finding.place}: {finding.evidence}. {finding.remedy}"},
        "locations": [location],
        "partialFingerprints": {"lading/v1": same},
    }
    if finding.allowed is not None:
        result["suppressions"] = [{"kind": "external", "justification": finding.allowed}]
    return result
