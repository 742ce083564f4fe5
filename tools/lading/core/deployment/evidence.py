"""Pieces of evidence, from what was read of an app after a deployment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

from lading.core.deployment.proof import Evidence, Origin, Says
from lading.core.deployment.release import Package
from lading.core.deployment.scm_verdicts import EndedWell, Failed, PollVerdict, Retryable
from lading.core.deployment.state import HostStatus, ListedFunction
from lading.core.verification import Label

# What stands in the list of a Flex app whose triggers were never synchronised.
_PLACEHOLDER = "warmup"
_TOLD = 3


def label_evidence(
    label: Label | None, package: Package, *, before: str, origin: Origin = "SCM"
) -> Evidence:
    """Return what a lading.json says that was read back; `before` is the content that ran."""
    if label is None:
        text = "there is no lading.json that can be read"
        return Evidence(kind="label", says="nothing", text=text, origin=origin)
    text = f"lading.json there says {label.content_sha256[:12]}"
    says = _compare(label.content_sha256, package, before)
    return Evidence(kind="label", says=says, text=text, origin=origin)


def labels_evidence(
    named: Label | None, shown: Label | None, package: Package, *, before: str
) -> Evidence:
    """Return what a site says of the package that it is to run, and of what wwwroot shows.

    Where they differ neither counts: wwwroot may show what was extracted long ago, or the package
    that the app runs until it starts anew.
    """
    if named is None or shown is None or named.content_sha256 == shown.content_sha256:
        return label_evidence(named or shown, package, before=before)
    text = (
        f"lading.json there says {shown.content_sha256[:12]}, and that of the package to run "
        f"{named.content_sha256[:12]}"
    )
    return Evidence(kind="label", says="nothing", text=text, origin="SCM")


def answer_evidence(content: str, package: Package, *, before: str) -> Evidence:
    """Return what the app itself answers that it runs, "" where it answered nothing of the kind."""
    if not content:
        text = "the app does not say what it runs"
        return Evidence(kind="answer", says="nothing", text=text, origin="the app")
    text = f"the app answers that it runs {content[:12]}"
    says = _compare(content, package, before)
    return Evidence(kind="answer", says=says, text=text, origin="the app")


def deployment_evidence(verdict: PollVerdict | None, *, origin: Origin = "SCM") -> Evidence:
    """Return what the record of the own deployment says; None where none was found."""
    says: Says
    match verdict:
        case EndedWell():
            partly = ", but for a step after the package was stored" if verdict.partly else ""
            name = f" {verdict.record.id[:8]}" if verdict.record.id else ""
            says, text = "new", f"the deployment{name} ended well{partly}"
        case Failed() | Retryable():
            says, text = "old", verdict.text
        case None:
            says, text = "nothing", "no record of the deployment is left"
        case _:
            says, text = "nothing", verdict.text
    return Evidence(kind="deployment", says=says, text=text, origin=origin)


def swap_evidence(*, swapped: bool) -> Evidence:
    """Return what the end of a swap says of production, where no deployment of its own was."""
    text = "the swap ended well" if swapped else "nobody says how the swap ended"
    says: Says = "new" if swapped else "nothing"
    return Evidence(kind="deployment", says=says, text=text, origin="Resource Manager")


def functions_evidence(
    listed: Iterable[ListedFunction], package: Package, *, before: Iterable[str]
) -> Evidence:
    """Return what Azure's list of functions says, against what verification saw."""
    names = {function.name for function in listed}
    if not any(name.lower() == _PLACEHOLDER for name in package.functions):
        names = {name for name in names if name.lower() != _PLACEHOLDER}
    expected = set(package.functions)
    if not package.imported:
        says: Says = "nothing"
        text = f"Azure lists {_count(names)}; which ones it has is not known: it was not imported"
    elif names == expected:
        says, text = "new", f"Azure lists the {_count(names)} that verification saw"
    elif not names:
        says, text = "nothing", "Azure lists no function yet"
    else:
        says = "old" if names == set(before) else "nothing"
        parts = (("lacks", expected - names), ("still has", names - expected))
        text = "Azure's list " + " and ".join(
            f"{verb} {_some(which)}" for verb, which in parts if which
        )
    return Evidence(kind="functions", says=says, text=text, origin="Resource Manager")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Where Flex gets the instances of an app from: processes that were started beforehand.

    `seen` are those that the app had right before its package was sent, None where nobody told.
    """

    seen: frozenset[str] | None = None


def host_evidence(
    status: HostStatus | None,
    *,
    deployed: float,
    origin: Origin = "the app",
    pool: Pool | None = None,
) -> Evidence:
    """Return what the host says of itself; `deployed` is how many seconds ago it was to restart.

    That is infinite where nothing restarts it. A host of which the app's own address says nothing
    is one that does not run yet. Both are spans, not times of day: no two clocks are
    compared.
    """
    says: Says = "nothing"
    pending = False
    if status is None:
        pending = origin == "the app"
        text = "the host does not say how it is"
    elif status.errors or status.state.lower() == "error":
        says = "broken"
        text = f"the host does not start: {'; '.join(status.errors) or 'it does not say why'}"
    elif not status.is_healthy:
        pending = True
        text = f"the host is in the state {status.state}"
    elif status.uptime is None:
        text = "the host runs, and does not say since when"
    elif status.uptime > deployed:
        says, text = _of_pool(status, pool)
    else:
        after = ", after the deployment" if isfinite(deployed) else ""
        says, text = "new", f"the host runs since {status.uptime:.0f} s{after}"
    return Evidence(kind="host", says=says, text=text, origin=origin, pending=pending)


def _of_pool(status: HostStatus, pool: Pool | None) -> tuple[Says, str]:
    """Judge a process that is older than the deployment: one of a pool may be new to the app."""
    if pool is None or not status.instance or status.instance in (pool.seen or ()):
        return "old", "the host's process is older than the deployment"
    if pool.seen is None:
        return "nothing", "the host's process is older, which one from the pool of Flex may be"
    return "new", "the host runs in an instance that it was not in before the deployment"


def _compare(content: str, package: Package, before: str) -> Says:
    if content == package.content_sha256:
        return "new"
    return "old" if before and content == before else "other"


def _count(names: set[str]) -> str:
    return f"{len(names)} function" if len(names) == 1 else f"{len(names)} functions"


def _some(names: set[str]) -> str:
    told = sorted(names)
    more = f" and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return ", ".join(told[:_TOLD]) + more
