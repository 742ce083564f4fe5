"""What `verify` found out about an artifact, and how it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lading.core.advisories import Audit
from lading.core.advisories.report import audit_document, render_audit
from lading.core.bundle import LABEL, Bundle
from lading.core.config import App
from lading.core.errors import PackageRefused, UsageError
from lading.core.findings import Finding
from lading.core.functions import Verdict
from lading.core.functions.report import render_functions, render_verdict, verdict_document
from lading.core.report import finding_document, render_finding
from lading.core.runtimes import runtime_for
from lading.core.sizes import render_size

_SCHEMA = "lading/label/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What an artifact says about itself."""

    content_sha256: str
    python: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """All that is known of an artifact. `made_by` is lading or another tool.

    Sizes in bytes; `distributions` are names with versions; `unchecked` tells what could not be
    checked, and why; `audit` is None where nobody asked for known vulnerabilities.
    """

    artifact: str
    made_by: str
    python: str
    sha256: str
    content_sha256: str
    size: int
    entries: int
    distributions: tuple[str, ...]
    findings: tuple[Finding, ...]
    verdict: Verdict
    unchecked: tuple[str, ...]
    audit: Audit | None = None

    @property
    def exit_code(self) -> int:
        """Return 6 where something forbids the package, else 0."""
        refused = any(finding.refuses for finding in self.findings)
        return PackageRefused.exit_code if refused else 0


def choose_python(artifact: str, *, asked: str, label: Label | None, app: App | None) -> str:
    """Return the Python that an artifact is for: as asked, as it says itself, or its app's.

    Raises UsageError where nobody says it, ConfigError where Azure has no such Python.
    """
    python = asked or (label.python if label else "") or (app.python if app else "")
    if not python:
        raise UsageError(
            f"{artifact} does not say which Python it is for",
            remedy="Say it: --python 3.13, or --app NAME where it is an app's of this project.",
        )
    return runtime_for(python).python


def parse_label(data: bytes) -> Label | None:
    """Return what a lading.json says, None where lading did not write it."""
    try:
        document: Any = json.loads(data)
        if not str(document["schema"]).startswith(_SCHEMA):
            return None
        return Label(content_sha256=str(document["content_sha256"]), python=str(document["python"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def check_label(bundle: Bundle, label: Label | None) -> tuple[Finding, ...]:
    """Find a package that is not what its label says."""
    if label is None or label.content_sha256 == bundle.content_sha256:
        return ()
    return (
        Finding(
            code="changed-artifact",
            severity="error",
            subject=LABEL,
            evidence=f"it says that the content is {label.content_sha256[:12]}…,"
            f" and it is {bundle.content_sha256[:12]}…",
            remedy="Somebody changed the package after it was built. Build it again.",
        ),
    )


def render_verification_text(verification: Verification) -> str:
    """Return it as a person reads it."""
    count = len(verification.distributions)
    about = (
        f"{verification.artifact}  {render_size(verification.size)}, {verification.entries} files,"
        f" {count} {'distribution' if count == 1 else 'distributions'},"
        f" for Python {verification.python}, made by {verification.made_by}"
    )
    lines = [
        about,
        *(render_finding(finding) for finding in verification.findings),
        *((render_audit(verification.audit),) if verification.audit else ()),
        render_verdict(verification.verdict),
        *render_functions(verification.verdict),
        *(f"not checked: {what}" for what in verification.unchecked),
        f"sha256 {verification.sha256}",
        f"content {verification.content_sha256}",
        "refused" if verification.exit_code else "nothing speaks against it",
    ]
    return "\n".join(lines)


def render_verification_json(verification: Verification) -> str:
    """Return it as a JSON document, field by field."""
    document = {
        "schema": "lading/verification/1",
        "artifact": {
            "path": verification.artifact,
            "made_by": verification.made_by,
            "sha256": verification.sha256,
            "content_sha256": verification.content_sha256,
            "size": verification.size,
            "entries": verification.entries,
        },
        "python": verification.python,
        "distributions": list(verification.distributions),
        "findings": [finding_document(finding) for finding in verification.findings],
        "verdict": verdict_document(verification.verdict),
        "audit": audit_document(verification.audit) if verification.audit else None,
        "unchecked": list(verification.unchecked),
        "exit_code": verification.exit_code,
    }
    return json.dumps(document, indent=2) + "\n"
