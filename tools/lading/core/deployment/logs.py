"""Logs: which deployment is meant, and its log as text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from lading.core.access.asked import Answer
from lading.core.config import Target
from lading.core.deployment.history import History
from lading.core.deployment.reactions import Accepted, Again, NoAnswer, Refused, quoted
from lading.core.deployment.readiness import judge_ready
from lading.core.deployment.scm_records import UNDER_WAY, DeploymentRecord, LogLine, has_marker
from lading.core.deployment.status_report import about_record, record_document
from lading.core.errors import UsageError
from lading.core.hosting import Site

_SCHEMA = "lading/deployment-log/1"
_MISSING = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentLog:
    """The log of one deployment; without lines where Azure has none, or none any more.

    `is_forgotten` says that its record is gone, or cannot be read.
    """

    target: Target
    record: DeploymentRecord
    lines: tuple[LogLine, ...]
    is_forgotten: bool = False

    @property
    def has_ended(self) -> bool:
        """Say whether nothing more will come."""
        return self.is_forgotten or self.record.status not in UNDER_WAY


def choose_deployment(history: History, identifier: str) -> DeploymentRecord:
    """Return the deployment of that id, or of its beginning; "" for the newest that is lading's.

    Where none says that it is lading's, that is the newest. Raises UsageError where there is none.
    """
    records = history.records
    found: Iterator[DeploymentRecord] = (one for one in records if has_marker(one))
    if identifier:
        found = (one for one in records if one.id.startswith(identifier))
    chosen = next(found, None if identifier else history.newest)
    if chosen is None:
        known = ", ".join(record.id for record in records[:5]) or "none is on record"
        raise UsageError(
            f"there is no deployment {identifier}" if identifier else "no deployment is on record",
            remedy=f"Known, the newest first: {known}. Flex Consumption forgets them soon.",
        )
    return chosen


def render_heading(record: DeploymentRecord) -> str:
    """Return the line above a log."""
    return f"deployment {record.id}: {about_record(record)}"


def render_log_lines(log: DeploymentLog, *, after: int = 0) -> Iterator[str]:
    """Give the lines of a log as a person reads them, without so many that were told."""
    if log.has_ended and not log.lines:
        yield "no log of it is left, or the SCM site gives none"
    for line in log.lines[after:]:
        yield line.text if line.level == "message" else f"{line.level}: {line.text}"


def render_log_json(log: DeploymentLog) -> str:
    """Return a log as a JSON document.

    `schema`, `target`, `deployment` (as in a status) and `lines` (`text`, `level`: message, warning
    or error).
    """
    document = {
        "schema": _SCHEMA,
        "target": log.target.name,
        "deployment": record_document(log.record),
        "lines": [{"text": line.text, "level": line.level} for line in log.lines],
    }
    return json.dumps(document, indent=2) + "\n"


def check_stream(site: Site) -> None:
    """Raise UsageError for a site whose logs cannot be followed, with what can be done instead."""
    if site.plan.character == "zip-deploy":
        return
    raise UsageError(
        f"{site.name} is on {site.plan.name}, whose SCM site has no log stream",
        remedy="Open Live metrics of its Application Insights in the portal, or ask for what was "
        "logged: az monitor app-insights query --resource-group GROUP --apps INSIGHTS "
        "--analytics-query 'traces | order by timestamp desc | take 50'. The log of a deployment: "
        "lading logs --target … --deployment.",
    )


def judge_stream(reply: Answer | NoAnswer) -> Accepted | Again | Refused:
    """Return what to do about the reply to who follows a log."""
    if isinstance(reply, Answer) and reply.status == _MISSING:
        return Refused(
            code="no-stream",
            text=f"the SCM site has no log stream (404){quoted(reply)}",
            remedy="Open Log stream of the Function App in the portal.",
        )
    judged = judge_ready(reply)
    if isinstance(judged, Refused):
        return judged
    if judged == "ready":
        return Accepted(finished=True)
    why = reply.reason if isinstance(reply, NoAnswer) else str(reply.status)
    return Again(
        code="scm-unreachable",
        text=f"the SCM site gives no log: {why}",
        remedy="Check the network to the SCM site; lading doctor tells of proxies.",
    )
