"""The bill of lading: values turned into text and JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePath

from lading.core.advisories import Audit
from lading.core.advisories.report import audit_document, render_audit
from lading.core.bundle.manifest import Loaded
from lading.core.bundle.savings import (
    kept_document,
    render_slimming_markdown,
    render_slimming_text,
    savings_document,
    slimming_document,
)
from lading.core.config import DEFAULT_INDEX, App
from lading.core.findings import Finding
from lading.core.functions import Verdict
from lading.core.functions.report import render_functions, render_verdict, verdict_document
from lading.core.sizes import render_size


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What `build` did. No field could carry a credential.

    Sizes in bytes, `seconds` of wall clock, `proving` those of them that checks and import took.
    `verdict` says what loading it showed, or why not;
    `commit` is the checkout's, "" outside Git; `changed` is False where the artifact was already
    what it should be; `asked` tells which sources were asked, how often, and with what credential;
    `statements` are the files beside the artifact that other tools read; `audit` is None where
    nobody asked for known vulnerabilities.
    """

    app: str
    python: str
    artifact: str
    sha256: str
    content_sha256: str
    size: int
    entries: int
    changed: bool
    seconds: float
    proving: float
    lock_fingerprint: str
    commit: str
    loaded: tuple[Loaded, ...]
    findings: tuple[Finding, ...]
    bytecode: str
    sandbox: str
    verdict: Verdict
    asked: tuple[str, ...]
    statements: tuple[str, ...]
    audit: Audit | None


def render_build_json(report: BuildReport) -> str:
    """Return the report as a JSON document, field by field."""
    document = {
        "schema": "lading/build-report/1",
        "app": report.app,
        "python": report.python,
        "artifact": {
            "path": report.artifact,
            "sha256": report.sha256,
            "content_sha256": report.content_sha256,
            "size": report.size,
            "entries": report.entries,
            "changed": report.changed,
        },
        "lock_fingerprint": report.lock_fingerprint,
        "commit": report.commit,
        "distributions": [_loaded_document(loaded) for loaded in report.loaded],
        "slimming": slimming_document(report.loaded),
        "findings": [finding_document(finding) for finding in report.findings],
        "bytecode": report.bytecode,
        "sandbox": report.sandbox,
        "proof": render_verdict(report.verdict),
        "verdict": verdict_document(report.verdict),
        "asked": list(report.asked),
        "statements": list(report.statements),
        "audit": audit_document(report.audit) if report.audit else None,
        "seconds": round(report.seconds, 3),
        "proving_seconds": round(report.proving, 3),
    }
    return json.dumps(document, indent=2) + "\n"


def finding_document(finding: Finding) -> dict[str, object]:
    """Return a finding as JSON has it."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "subject": finding.subject,
        "line": finding.line or None,
        "evidence": finding.evidence,
        "remedy": finding.remedy,
        "allowed": finding.allowed,
    }


def render_build_text(report: BuildReport) -> str:
    """Return the report as a person reads it: what went in, what was noticed, what came out."""
    private = [loaded for loaded in report.loaded if loaded.source != DEFAULT_INDEX]
    lines = [
        f"{loaded.name} {loaded.version} from {loaded.source}"
        f" ({loaded.files} files, {render_size(loaded.size)})"
        for loaded in private
    ]
    public = len(report.loaded) - len(private)
    things = "distribution" if public == 1 else "distributions"
    lines.append(f"{public} {things} from the default index")
    lines += [render_finding(finding) for finding in report.findings]
    size = render_size(report.size)
    state = "" if report.changed else ", unchanged"
    lines += [
        *render_slimming_text(report.loaded),
        f"bytecode: {report.bytecode}",
        f"confinement: {report.sandbox}",
        *((render_audit(report.audit),) if report.audit else ()),
        render_verdict(report.verdict),
        *render_functions(report.verdict),
        *report.asked,
        f"{report.artifact}  {size}, {report.entries} files, {report.seconds:.1f} s{state}",
        f"sha256 {report.sha256}",
        f"content {report.content_sha256}",
        f"beside it: {', '.join(report.statements)}",
    ]
    return "\n".join(lines)


def render_build_markdown(report: BuildReport) -> str:
    """Return the report as Markdown, for the summary page of a CI run."""
    rows = [
        f"| {loaded.name} | {loaded.version} | {loaded.source} | {render_size(loaded.size)} |"
        for loaded in report.loaded
    ]
    findings = [f"* {render_finding(finding)}" for finding in report.findings]
    return "\n".join(
        [
            f"### {report.artifact}: {render_size(report.size)}, {report.entries} files",
            f"SHA-256 `{report.sha256}`, content `{report.content_sha256}`",
            f"beside it: {', '.join(f'`{name}`' for name in report.statements)}",
            "",
            *findings,
            "",
            "| distribution | version | source | size |",
            "|---|---|---|---:|",
            *rows,
            *render_slimming_markdown(report.loaded),
        ]
    )


def render_vendored_json(app: App, folder: PurePath) -> str:
    """Return what `vendor` wrote as a JSON document; the folder is relative to the project."""
    document = {
        "schema": "lading/vendored/1",
        "app": app.name,
        "python": app.python,
        "folder": folder.as_posix(),
    }
    return json.dumps(document, indent=2) + "\n"


def render_finding(finding: Finding) -> str:
    """Return a finding as two lines: what was found, and what to do."""
    if finding.allowed is not None:
        return f"allowed {finding.code}: {finding.place}: {finding.evidence} ({finding.allowed})"
    what = f"{finding.severity} {finding.code}: {finding.place}: {finding.evidence}"
    return f"{what}\n  → {finding.remedy}"


def _loaded_document(loaded: Loaded) -> dict[str, object]:
    return {
        "name": loaded.name,
        "version": loaded.version,
        "source": loaded.source,
        "sha256": loaded.sha256,
        "size": loaded.size,
        "files": loaded.files,
        "licence": loaded.licence,
        "left_out": [
            {"name": item.name, "size": item.size, "reason": item.reason, "rule": item.rule}
            for item in loaded.left_out
        ],
        "slimmed": savings_document(loaded.savings),
        "kept": kept_document(loaded),
    }
