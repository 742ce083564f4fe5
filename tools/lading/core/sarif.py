"""Findings as SARIF 2.1.0, which code hosts show beside the lines of a pull request."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
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
        "results": [
            _result(finding, app, files) | {"partialFingerprints": {"lading/v1": fingerprint}}
            for finding, fingerprint in zip(told, _fingerprints(told), strict=True)
        ],
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
    result: dict[str, object] = {
        "ruleId": finding.code,
        "level": finding.severity,
        "message": {"text": f"{finding.place}: {finding.evidence}. {finding.remedy}"},
        "locations": [location],
    }
    if finding.allowed is not None:
        result["suppressions"] = [{"kind": "external", "justification": finding.allowed}]
    return result


def _fingerprints(findings: Iterable[Finding]) -> Iterator[str]:
    """Give what each finding is known by in another run; no two of one run have the same.

    Two runs tell of one finding if it is about the same thing, whatever its numbers are by then.
    """
    seen: Counter[str] = Counter()
    for finding in findings:
        about = "\0".join((finding.code, finding.subject, *finding.known_as[:1]))
        again = f"\0{seen[about]}" if seen[about] else ""
        seen[about] += 1
        yield hashlib.sha256(f"{about}{again}".encode()).hexdigest()
