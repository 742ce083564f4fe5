"""Deployments as SCM tells of them, directly and through Resource Manager."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from local_azure.answers import Answer, json_answer, text_answer
from local_azure.asked import Asked
from local_azure.sites.deployments import Record, Status
from local_azure.sites.site import Site


def render_record(record: Record, site: Site, *, origin: str) -> dict[str, object]:
    """Return a deployment as SCM tells of it."""
    status = Status.PENDING if _is_hidden(record, site) else record.status
    upload = record.upload
    url = f"{origin}/api/deployments/{record.id}"
    good = record.status in {Status.SUCCESS, Status.PARTLY}
    shown: dict[str, object] = {
        "id": record.id,
        "status": int(status),
        "status_text": record.text,
        "author_email": "N/A",
        "author": upload.author,
        "deployer": upload.deployer,
        "message": upload.message,
        "progress": "" if record.is_over else "Running",
        "received_time": record.received,
        "start_time": record.started or None,
        "end_time": record.ended,
        "last_success_end_time": record.ended if good else None,
        "complete": record.is_over,
        "active": record is site.deployments.active,
        "is_temp": record.temporary,
        "is_readonly": True,
        "url": url,
        "log_url": f"{url}/log",
        "site_name": site.spec.name,
        "build_summary": {"errors": [], "warnings": []},
    }
    return shown | ({"remoteBuild": upload.remote_build} if site.spec.is_flex else {})


def render_log(record: Record, *, origin: str) -> list[dict[str, object]]:
    """Return the log of a deployment; the first entry has details."""
    return [
        {
            "log_time": stamp,
            "id": f"{record.id}-{number}",
            "message": message,
            "type": kind,
            "details_url": None
            if number
            else f"{origin}/api/deployments/{record.id}/log/{record.id}-0",
        }
        for number, (stamp, message, kind) in enumerate(record.log)
    ]


def list_records(asked: Asked, site: Site, *, known: Sequence[Record] | None = None) -> Answer:
    """GET of deployments: the newest first, with an ETag; `known` are all unless told otherwise."""
    told = site.deployments.records if known is None else known
    newest = sorted(told, key=lambda one: one.received, reverse=True)
    shown = [render_record(record, site, origin=asked.origin) for record in newest]
    digest = hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]
    tag = (("ETag", f'"{digest}"'),)
    if asked.header("If-None-Match") == f'"{digest}"':
        return Answer(status=304, headers=tag)
    return json_answer(shown, headers=tag)


def read_log(asked: Asked, site: Site, identifier: str) -> Answer:
    """GET of a deployment's log."""
    record = find_record(site, identifier)
    if record is None or site.world.faults.meets("log-missing", site.name):
        return unknown(identifier)
    return json_answer(render_log(record, origin=asked.origin))


def read_log_details(asked: Asked, site: Site, identifier: str, _entry: str) -> Answer:
    """GET of an entry's details."""
    record = find_record(site, identifier)
    if record is None:
        return unknown(identifier)
    return json_answer(render_log(record, origin=asked.origin)[1:])


def find_record(site: Site, identifier: str) -> Record | None:
    """Return a deployment by its id, or the latest: the one under way, else the last that ended."""
    if identifier.lower() != "latest":
        return site.deployments.find(identifier)
    records = site.deployments.records
    ended = sorted(records, key=lambda record: record.ended or "")
    return site.deployments.running or (ended[-1] if ended else None)


def unknown(identifier: str) -> Answer:
    """Return what is said of a deployment that is not there."""
    return text_answer(f"Deployment '{identifier}' not found.", 404)


def _is_hidden(record: Record, site: Site) -> bool:
    """Say whether SCM keeps a status to itself: all of them, while it holds its lock."""
    return not site.spec.is_flex and site.deployments.running is not None and record.is_over
