"""The deployments that a site remembers: what they say of what runs, and what they leave open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from lading.core.deployment.evidence import answer_evidence, functions_evidence, label_evidence
from lading.core.deployment.proof import Evidence, Origin, Says
from lading.core.deployment.release import Package
from lading.core.deployment.scm_records import (
    LET_GO_AFTER,
    UNDER_WAY,
    DeploymentRecord,
    content_of,
)
from lading.core.deployment.scm_verdicts import explain_failure
from lading.core.deployment.state import SiteState
from lading.core.verification import Label

_GOOD = frozenset({4, 6})
_EVER = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The deployments on record, the newest first, and who told of them."""

    records: tuple[DeploymentRecord, ...] = ()
    origin: Origin = "SCM"

    @property
    def newest(self) -> DeploymentRecord | None:
        """Return the newest deployment, however it ended."""
        return next(iter(self.records), None)

    @property
    def settled(self) -> DeploymentRecord | None:
        """Return the newest deployment that ended well: its package should be what runs."""
        return next((record for record in self.records if record.status in _GOOD), None)


def history_of(records: tuple[DeploymentRecord, ...], *, origin: Origin) -> History:
    """Return what a list of records says, in whichever order it came."""
    ordered = sorted(records, key=lambda record: record.received or _EVER, reverse=True)
    return History(records=tuple(ordered), origin=origin)


def release_evidence(
    place: SiteState, history: History, package: Package | None
) -> tuple[Evidence, ...]:
    """Return what says which release runs; of each piece whether it is the package, if any is."""
    pieces = (
        _content(place, package),
        _recorded(history, package),
        _functions(place, package),
    )
    return tuple(piece for piece in pieces if piece is not None)


def what_runs(place: SiteState, history: History) -> str:
    """Return the content that runs, as far as it is known: 64 digits, 12, or ""."""
    settled = history.settled
    return place.runs or (content_of(settled) if settled is not None else "")


def advise(place: SiteState, history: History, *, now: dt.datetime) -> Iterator[str]:
    """Tell what a site's deployments leave open, and what to do about it."""
    newest = history.newest
    if newest is not None and newest.status in UNDER_WAY:
        yield _under_way(newest, now)
    elif place.deploying:
        yield "a deployment is under way; ask again when it has ended"
    elif newest is not None and newest.status not in _GOOD:
        failure = explain_failure(newest)
        yield f"the newest deployment came to nothing: {failure.text}. {failure.remedy}"
    settled = history.settled
    brought = content_of(settled) if settled is not None else ""
    if place.runs and brought and not place.runs.startswith(brought):
        yield (
            f"the newest good deployment brought {brought}, and {place.runs[:12]} runs: a "
            "rollback, a swap, or something that is no deployment put it there"
        )


def tell_ways(place: SiteState) -> Iterator[str]:
    """Tell which of the ways to a site are closed to this machine."""
    if place.site.refusal is not None:
        yield f"lading does not deploy to it: {place.site.refusal.reason}"
    if place.closed is not None:
        yield f"{place.closed.text}; its deployments are told by Resource Manager alone"
    if place.host_closed:
        yield "its host takes no calls from here; Resource Manager passed the questions on"
    if place.settings is None and place.site.refusal is None:
        yield "its settings may not be read: Reader is not enough, Website Contributor is"


def _content(place: SiteState, package: Package | None) -> Evidence | None:
    if not place.runs:
        return None
    is_read = place.site.plan.character == "zip-deploy" and place.closed is None
    if package is not None and is_read:
        label = Label(content_sha256=place.runs, python=place.site.python)
        return label_evidence(label, package, before="")
    if package is not None:
        return answer_evidence(place.runs, package, before="")
    short = place.runs[:12]
    if is_read:
        text = f"lading.json there says {short}"
        return Evidence(kind="label", says="nothing", text=text, origin="SCM")
    text = f"the app answers that it runs {short}"
    return Evidence(kind="answer", says="nothing", text=text, origin="the app")


def _recorded(history: History, package: Package | None) -> Evidence | None:
    record = history.settled
    if record is None:
        return None
    content = content_of(record)
    says: Says = "nothing"
    if content and package is not None:
        says = "new" if package.short == content else "other"
    by = f"that of {record.deployer}" if record.deployer else "somebody's"
    what = f"it brought {content}" if content else f"{by}, which does not say what it brought"
    text = f"the deployment {record.id[:8]} ended well{_when(record.ended)}: {what}"
    return Evidence(kind="deployment", says=says, text=text, origin=history.origin)


def _functions(place: SiteState, package: Package | None) -> Evidence | None:
    if package is None or not package.imported or not place.functions:
        return None
    return functions_evidence(place.functions, package, before=())


def _under_way(record: DeploymentRecord, now: dt.datetime) -> str:
    content = content_of(record)
    whose = f"lading's of {content}" if content else f"by {record.deployer or 'somebody'}"
    begun = f"a deployment ({whose}) is under way{_when(record.received, word='since')}"
    if record.received is not None and now - record.received > LET_GO_AFTER:
        return f"{begun}, longer than Azure lets one take: deploy again"
    return (
        f"{begun}. It goes on without whoever began it: ask again when it has ended, and deploy "
        "again where its run was ended, to finish what it had left. Azure lets go of one that "
        "hangs after 25 minutes"
    )


def _when(time: dt.datetime | None, *, word: str = "on") -> str:
    return "" if time is None else time.astimezone(dt.UTC).strftime(f" {word} %Y-%m-%d %H:%M UTC")
