"""What was found, how bad it is, on what evidence, and the remedy; what was allowed, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

from packaging.utils import canonicalize_name

from lading.core.errors import UsageError

Severity = Literal["error", "warning"]

# No reason is good enough to ship these.
NEVER_ALLOWED = frozenset({"credential-of-this-build", "escaping-path"})
# Every code that a finding can have. Those of warnings are among them: what a user writes down for
# one of them is no mistake, and a warning may become an error.
CODES = NEVER_ALLOWED | {
    "alike-names",
    "changed-artifact",
    "collision",
    "credential-in-app-file",
    "duplicate-distribution",
    "duplicate-route",
    "editable-install",
    "end-of-support",
    "extension-bundle",
    "glibc-too-new",
    "hidden-route",
    "host-file",
    "import-error",
    "import-needs-setting",
    "incomplete-distribution",
    "invalid-route",
    "invalid-schedule",
    "key-in-wheel",
    "libstdcxx-too-new",
    "missing-library",
    "module-hidden",
    "nested-package",
    "no-bytecode",
    "no-functions",
    "not-audited",
    "nothing-vendored",
    "over-budget",
    "private-key",
    "pth-ignored",
    "reserved-route",
    "stdlib-shadowed",
    "too-large",
    "venv-in-package",
    "vulnerable",
    "worker-shadowed",
    "wrong-abi",
    "wrong-platform",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """An exception that the user takes responsibility for; `package` None means any."""

    code: str
    package: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was noticed about a package.

    `subject` is the distribution or file, `line` where in that file, 0 where it is no line's;
    `known_as` are names of what was found, by which it may be allowed instead of by its subject;
    `allowed` is the reason under which an error was let pass.
    """

    code: str
    severity: Severity
    subject: str
    evidence: str
    remedy: str
    line: int = 0
    known_as: tuple[str, ...] = ()
    allowed: str | None = None

    @property
    def place(self) -> str:
        """Return the subject, with the line where there is one, as editors open it."""
        return f"{self.subject}:{self.line}" if self.line else self.subject

    @property
    def refuses(self) -> bool:
        """Say whether this finding keeps the package from leaving."""
        return self.severity == "error" and self.allowed is None


def check_allowed_code(code: str) -> str | None:
    """Return why a code cannot be allowed, None where it can."""
    if code in NEVER_ALLOWED:
        return f"{code} is never allowed"
    if code in CODES:
        return None
    near = get_close_matches(code.lower(), sorted(CODES - NEVER_ALLOWED), n=1)
    known = ", ".join(sorted(CODES - NEVER_ALLOWED))
    hint = f"did you mean {near[0]}?" if near else f"codes are: {known}"
    return f"no finding has the code {code}; {hint}"


def parse_allowances(texts: Sequence[str], reason: str) -> tuple[Allowance, ...]:
    """Return what `--allow CODE[:PACKAGE] --reason "…"` permits; raise UsageError."""
    if bool(texts) != bool(reason):
        lacking = "a reason, which goes into the report" if texts else "an --allow"
        raise UsageError(
            f"{'--allow' if texts else '--reason'} wants {lacking}",
            remedy='Write both: --allow CODE:PACKAGE --reason "…"',
        )
    return tuple(_parse_allowance(text, reason) for text in texts)


def _parse_allowance(text: str, reason: str) -> Allowance:
    code, _, package = text.partition(":")
    problem = check_allowed_code(code)
    if problem:
        raise UsageError(f"--allow {text}: {problem}", remedy="Write a code that a finding has.")
    return Allowance(code=code, package=package or None, reason=reason)


def judge(findings: Iterable[Finding], allowances: Iterable[Allowance]) -> tuple[Finding, ...]:
    """Return the findings, with every error that the user allowed marked with the reason."""
    permitted = tuple(allowances)
    return tuple(_with_allowance(finding, permitted) for finding in findings)


def _with_allowance(finding: Finding, allowances: tuple[Allowance, ...]) -> Finding:
    if finding.severity != "error" or finding.code in NEVER_ALLOWED:
        return finding
    for allowance in allowances:
        if allowance.code == finding.code and _covers(allowance, finding):
            return replace(finding, allowed=allowance.reason)
    return finding


def _covers(allowance: Allowance, finding: Finding) -> bool:
    if allowance.package is None:
        return True
    wanted = canonicalize_name(allowance.package)
    return (
        canonicalize_name(finding.subject) == wanted
        or allowance.package == finding.subject
        or allowance.package in finding.known_as
    )
