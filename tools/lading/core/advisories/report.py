"""What an audit found, as findings, as a line for people and as a part of a JSON document."""

from __future__ import annotations

from collections.abc import Iterator

from lading.core.advisories import PYPI, Advisory, Audit, Release, Vulnerable
from lading.core.findings import Finding, Severity

_MOST_NAMES = 5
_OTHERWISE = 'advisories = "pypi" in [tool.lading] asks PyPI for public names instead.'


def check_audit(audit: Audit, severity: Severity) -> tuple[Finding, ...]:
    """Find what is known to be vulnerable, and what nobody could say anything of."""
    return (
        *(
            _finding(one.release, advisory, severity)
            for one in audit.vulnerable
            for advisory in one.advisories
        ),
        *_silent(audit, severity),
    )


def render_audit(audit: Audit) -> str:
    """Return in one line who was asked for what, and for what not."""
    asked, found = len(audit.inquiry.asked), len(audit.vulnerable)
    line = f"audit: {_count(asked)} asked for at {audit.place}, {found} with known vulnerabilities"
    line += f", {len(audit.silent)} unknown there" if audit.silent else ""
    withheld = audit.inquiry.withheld
    kept = f"; not asked for, as they are not known to be public: {_names(withheld)}"
    return f"{line} ({audit.tool}){kept if withheld else ''}"


def audit_document(audit: Audit) -> dict[str, object]:
    """Return an audit as JSON has it."""
    return {
        "place": audit.place,
        "tool": audit.tool,
        "asked": [str(release) for release in audit.inquiry.asked],
        "withheld": list(audit.inquiry.withheld),
        "silent": [str(release) for release in audit.silent],
        "vulnerable": [_vulnerable_document(one) for one in audit.vulnerable],
    }


def _finding(release: Release, advisory: Advisory, severity: Severity) -> Finding:
    also = f" ({', '.join(advisory.aliases)})" if advisory.aliases else ""
    fixed = f"fixed in {', '.join(advisory.fixed)}" if advisory.fixed else "not fixed in any"
    summary = f": {advisory.summary}" if advisory.summary else ""
    return Finding(
        code="vulnerable",
        severity=severity,
        subject=release.name,
        evidence=f"{release.version} has {advisory.id}{also}, {fixed}{summary}",
        remedy=f"lading lock --upgrade-package {release.name}"
        if advisory.fixed
        else "Do without it, or say why it does not matter here: allow = [...] of the app.",
        known_as=(advisory.id, *advisory.aliases),
    )


def _silent(audit: Audit, severity: Severity) -> Iterator[Finding]:
    if not audit.silent:
        return
    names = tuple(release.name for release in audit.silent)
    yield Finding(
        code="not-audited",
        severity=severity,
        subject="package",
        evidence=f"{audit.place} has no data of vulnerabilities of {_count(len(names))}:"
        f" {_names(names)}",
        remedy=_OTHERWISE if audit.place != PYPI else "See whether a proxy answers in its place.",
    )


def _names(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{', '.join(names[:_MOST_NAMES])}{more}"


def _count(number: int) -> str:
    return f"{number} {'distribution' if number == 1 else 'distributions'}"


def _vulnerable_document(one: Vulnerable) -> dict[str, object]:
    return {
        "name": one.release.name,
        "version": one.release.version,
        "advisories": [
            {
                "id": advisory.id,
                "aliases": list(advisory.aliases),
                "fixed": list(advisory.fixed),
                "summary": advisory.summary,
            }
            for advisory in one.advisories
        ],
    }
