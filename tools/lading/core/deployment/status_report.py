"""A status as text and JSON."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence

from lading.core.deployment.proof import evidence_document
from lading.core.deployment.scm_records import DeploymentRecord
from lading.core.deployment.status import Status, Unread
from lading.core.deployment.targets import place_of
from lading.core.tables import render_columns

_SCHEMA = "lading/status/1"
_HEADINGS = ("target", "place", "plan", "python", "package", "host", "drift")
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


def render_statuses_text(found: Sequence[Status | Unread]) -> str:
    """Return one target whole, also with its slot; of several a table, and what is worth a look."""
    if len({one.target.name for one in found}) == 1:
        texts = (
            render_status_text(one) if isinstance(one, Status) else _unread(one) for one in found
        )
        return "\n".join(texts)
    lines = [render_columns([_HEADINGS, *map(_row, found)])]
    for one in found:
        if isinstance(one, Unread):
            lines.append(_unread(one))
        elif told := [*(drift.text for drift in one.drifts), *one.advice]:
            lines += [f"{place_of(one.target)}:", *(f"  {text}" for text in told)]
    return "\n".join(lines)


def render_statuses_json(found: Sequence[Status | Unread]) -> str:
    """Return statuses as one JSON document: `schema`, `exit_code`, and `targets`, of each this.

    `target`, `function_app`, `slot`, `at`, `plan`, `python`, `state` (of the site), `runs` (a
    content hash, 12 digits of it where only a record says so, null where nobody knows), `evidence`
    (`kind`, `says`: "new" where it is the package of this checkout, `text`, `origin`), `drifts`
    (`kind`, `subject`, `text`), `functions` (`name`, `url`, `disabled`), `host` (null, or `state`,
    `version`, `uptime`, `errors`), `latest` (null, or `id`, `state`, `message`, `deployer`,
    `received`), `advice` and `notes` (texts). One that could not be read has `target`,
    `function_app`, `slot` and `error` (`code`, `message`, `remedy`).
    """
    document = {
        "schema": _SCHEMA,
        "exit_code": exit_code_of_statuses(found),
        "targets": [
            _document(one) if isinstance(one, Status) else _unread_document(one) for one in found
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def exit_code_of_statuses(found: Sequence[Status | Unread]) -> int:
    """Return 0 where every target could be read, else the code of why one could not."""
    return max((one.error.exit_code for one in found if isinstance(one, Unread)), default=0)


def _lines(status: Status) -> Iterator[str]:
    place, where = status.place, place_of(status.target)
    python = f", Python {place.site.python}" if place.site.python else ""
    yield f"{where}: {place.site.plan.name}{python}, {place.site.state or 'state not told'}"
    runs = status.runs[:12] if status.runs else "nobody can say: it does not tell, and no file does"
    yield f"  runs       {runs}"
    yield from (f"             {piece.text} ({piece.origin})" for piece in status.evidence)
    if status.latest is not None:
        yield f"  deployed   {about_record(status.latest)}"
    if place.host is not None:
        uptime = f" since {place.host.uptime:.0f} s" if place.host.uptime is not None else ""
        yield f"  host       {place.host.state} {place.host.version}".rstrip() + uptime
    for function in place.functions:
        off = " (disabled)" if function.disabled else ""
        yield f"  function   {function.name} {function.url}".rstrip() + off
    yield from (f"  drift      {drift.text}" for drift in status.drifts)
    if not status.drifts:
        yield "  no drift"
    yield from (f"  to do      {text}" for text in status.advice)
    yield from (f"  note       {text}" for text in status.notes)


def _row(one: Status | Unread) -> tuple[str, ...]:
    name, where = one.target.name, place_of(one.target)
    if isinstance(one, Unread):
        return (name, where, "?", "?", "?", "?", "not read")
    place = one.place
    host = place.host.state if place.host is not None else place.site.state or "?"
    return (
        name,
        where,
        place.site.plan.name,
        place.site.python or "?",
        one.runs[:12] or "?",
        host,
        ", ".join(dict.fromkeys(drift.kind for drift in one.drifts)) or "none",
    )


def _unread(one: Unread) -> str:
    return f"{place_of(one.target)}: {one.error}"


def about_record(record: DeploymentRecord) -> str:
    """Return how a deployment ended, when, and by whom."""
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
        "runs": status.runs or None,
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
        "latest": None if latest is None else record_document(latest),
        "advice": list(status.advice),
        "notes": list(status.notes),
    }


def _unread_document(one: Unread) -> dict[str, object]:
    error = one.error
    return {
        "target": one.target.name,
        "function_app": one.target.function_app,
        "slot": one.target.slot,
        "error": {"code": error.code, "message": error.message, "remedy": error.remedy},
    }


def record_document(record: DeploymentRecord) -> dict[str, object]:
    """Return a deployment's record as JSON has it."""
    received = record.received
    return {
        "id": record.id,
        "state": _STATES.get(record.status, f"status {record.status}"),
        "message": record.message,
        "deployer": record.deployer,
        "received": None if received is None else received.isoformat(timespec="seconds"),
    }
