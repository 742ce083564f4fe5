"""A status as text and JSON."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence

from lading.core.deployment.proof import evidence_document
from lading.core.deployment.scm_records import DeploymentRecord
from lading.core.deployment.status import Status

_SCHEMA = "lading/status/1"
_STATES = {
    -1: "cancelled",
    0: "under way",
    1: "under way",
    2: "under way",
    3: "failed",
    4: "ended well",
    5: "dropped",
    6: "ended well in part",
}


def render_status_text(status: Status) -> str:
    """Return a status as a person reads it."""
    return "\n".join(_lines(status))


def render_statuses_json(statuses: Sequence[Status]) -> str:
    """Return statuses as one JSON document: `schema`, and `targets`, of each what follows.

    `target`, `function_app`, `slot`, `at`, `plan`, `python`, `state` (of the site), `runs` (a
    content hash, null where nobody knows), `evidence` (`kind`, `says`, `text`, `origin`), `drifts`
    (`kind`, `subject`, `text`), `functions` (`name`, `url`, `disabled`), `host` (null, or `state`,
    `version`, `uptime`, `errors`) and `latest` (null, or `id`, `state`, `message`, `deployer`,
    `received`).
    """
    document = {"schema": _SCHEMA, "targets": [_document(status) for status in statuses]}
    return json.dumps(document, indent=2) + "\n"


def _lines(status: Status) -> Iterator[str]:
    place, target = status.place, status.target
    where = f"{target.function_app}, slot {target.slot}" if target.slot else target.function_app
    python = f", Python {place.site.python}" if place.site.python else ""
    yield f"{where}: {place.site.plan.name}{python}, {place.site.state or 'state not told'}"
    runs = place.runs[:12] if place.runs else "nobody can say: it does not tell, and no file does"
    yield f"  runs       {runs}"
    yield from (f"             {piece.text} ({piece.origin})" for piece in status.evidence)
    if status.latest is not None:
        yield f"  deployed   {_about(status.latest)}"
    if place.host is not None:
        uptime = f" since {place.host.uptime:.0f} s" if place.host.uptime is not None else ""
        yield f"  host       {place.host.state} {place.host.version}".rstrip() + uptime
    for function in place.functions:
        off = " (disabled)" if function.disabled else ""
        yield f"  function   {function.name} {function.url}".rstrip() + off
    yield from (f"  drift      {drift.text}" for drift in status.drifts)
    if not status.drifts:
        yield "  no drift"


def _about(record: DeploymentRecord) -> str:
    when = record.ended or record.received
    parts = (
        _STATES.get(record.status, f"status {record.status}"),
        "" if when is None else when.astimezone(dt.UTC).strftime("on %Y-%m-%d at %H:%M UTC"),
        f"by {record.deployer}" if record.deployer else "",
        f'"{record.message[:60]}"' if record.message else "",
    )
    return " ".join(filter(None, parts))


def _document(status: Status) -> dict[str, object]:
    place, latest = status.place, status.latest
    return {
        "target": status.target.name,
        "function_app": status.target.function_app,
        "slot": status.target.slot,
        "at": status.at.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "plan": place.site.plan.kind,
        "python": place.site.python,
        "state": place.site.state,
        "runs": place.runs or None,
        "evidence": [evidence_document(one) for one in status.evidence],
        "drifts": [
            {"kind": one.kind, "subject": one.subject, "text": one.text} for one in status.drifts
        ],
        "functions": [
            {"name": one.name, "url": one.url, "disabled": one.disabled} for one in place.functions
        ],
        "host": None
        if place.host is None
        else {
            "state": place.host.state,
            "version": place.host.version,
            "uptime": place.host.uptime,
            "errors": list(place.host.errors),
        },
        "latest": None if latest is None else _record(latest),
    }


def _record(record: DeploymentRecord) -> dict[str, object]:
    received = record.received
    return {
        "id": record.id,
        "state": _STATES.get(record.status, f"status {record.status}"),
        "message": record.message,
        "deployer": record.deployer,
        "received": None if received is None else received.isoformat(timespec="seconds"),
    }
