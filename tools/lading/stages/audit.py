"""Inquiry → Audit: each release asked for where its name comes from, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lading.core.advisories import (
    Audit,
    Inquiry,
    Release,
    Vulnerable,
    parse_release_page,
)
from lading.edges.terminal import Progress

_THREADS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Who is asked (`place`), and who reads the answers (`tool`).

    `read_page` returns an index's page of a release, None where there is none.
    """

    place: str
    tool: str
    read_page: Callable[[Release], bytes | None]
    read_advisories: Callable[[Mapping[Release, str]], tuple[Vulnerable, ...]]
    progress: Progress


def audit_package(inquiry: Inquiry, auditor: Auditor) -> Audit:
    """Return what is publicly known of a package; raises SourceError where nobody answers."""
    auditor.progress.note(f"Asking {auditor.place} for known vulnerabilities")
    with ThreadPoolExecutor(_THREADS, "lading-audit") as pool:
        answers = list(pool.map(auditor.read_page, inquiry.asked))
    told = {
        release: page
        for release, answer in zip(inquiry.asked, answers, strict=True)
        if answer is not None and (page := parse_release_page(answer)) is not None
    }
    return Audit(
        inquiry=inquiry,
        place=auditor.place,
        tool=auditor.tool,
        silent=tuple(release for release in inquiry.asked if release not in told),
        vulnerable=auditor.read_advisories(told) if told else (),
    )
