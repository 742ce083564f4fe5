"""SCM of Flex Consumption: one deploy, and records that do not stay."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from local_azure.answers import Answer, RefusedAnswer, json_answer, text_answer
from local_azure.asked import Asked
from local_azure.scm import records
from local_azure.scm.handlers import ScmHandler
from local_azure.scm.uploads import after_acceptance, drain, receive, refuse_early, said_with
from local_azure.sites.deployments import Record, Upload
from local_azure.sites.site import Site

IN_PROGRESS = "There is another deployment in progress. Please try again when it completes."


def publish(asked: Asked, site: Site) -> Answer:
    """POST of publish: the body is the zip, the answer its id."""
    faults = site.world.faults
    if faults.meets("early-verdict", site.name):
        raise refuse_early(asked, IN_PROGRESS)
    if asked.media_type != "application/zip":
        drain(asked)
        status = 400 if faults.meets("content-type-400", site.name) else 415
        return text_answer("The Content-Type must be application/zip.", status)
    for fault, status in (("publish-missing", 404), ("publish-unavailable", 503)):
        if faults.meets(fault, site.name):
            drain(asked)
            return text_answer("Site Unavailable" if status > 500 else "Not Found", status)  # noqa: PLR2004
    usual_build = "true" if faults.meets("remote-build-by-default", site.name) else ""
    upload = said_with(asked, receive(asked, site), usual_build=usual_build)
    record = start(site, upload)
    return after_acceptance(site, _accepted(asked, site, record))


def start(site: Site, upload: Upload) -> Record:
    """Begin a deployment; raises RefusedAnswer while another is under way."""
    faults = site.world.faults
    with site.lock:
        busy = faults.meets("deployment-in-progress", site.name)
        if busy or site.deployments.running is not None:
            if not busy and faults.meets("conflict-later", site.name):
                return site.deployments.refuse_later(upload)
            raise RefusedAnswer(text_answer(IN_PROGRESS, 409))
        return site.deployments.start(upload, identifier=str(uuid.uuid4()))


def read_record(asked: Asked, site: Site, identifier: str) -> Answer:
    """GET of a deployment, by id or `latest`: it may be unknown at first, and again at the end."""
    faults = site.world.faults
    record = records.find_record(site, identifier)
    if record is None or faults.meets("polls-missing", site.name):
        return records.unknown(identifier)
    if record.forgotten:
        faults.note("recycled-later")
        return records.unknown(identifier)
    for fault in ("recycled-missing", "recycled-empty"):
        limit = faults.amount(fault, site.name)
        if limit is not None and record.answers >= limit:
            faults.note(fault)
            return json_answer({}) if fault.endswith("empty") else records.unknown(identifier)
    record.answers += 1
    shown = records.render_record(record, site, origin=asked.origin)
    accepted = not record.is_over and faults.meets("polls-accepted", site.name)
    return json_answer(shown, 202 if accepted else 200)


def list_records(asked: Asked, site: Site) -> Answer:
    """GET of deployments: nobody has told whether those of an instance that is gone are there."""
    known = site.deployments.records
    if known and site.world.faults.meets("list-forgets", site.name):
        known = [record for record in known if not record.is_over]
    return records.list_records(asked, site, known=known)


def _accepted(asked: Asked, site: Site, record: Record) -> Answer:
    """Return the answer to an upload, in each of the ways that clients are ready for."""
    faults = site.world.faults
    if faults.meets("publish-done", site.name):
        return Answer()
    if faults.meets("publish-plain-id", site.name):
        return text_answer(record.id, 202)
    headers: tuple[tuple[str, str], ...] = ()
    if faults.meets("publish-located", site.name):
        location = f"{asked.origin}/api/deployments/{record.id}"
        headers = (("Location", location), ("SCM-DEPLOYMENT-ID", record.id))
    return json_answer(record.id, 202, headers=headers)


HANDLERS: Mapping[str, ScmHandler] = {
    "POST publish": publish,
    "GET deployments": list_records,
    "GET deployments/{}": read_record,
    "GET deployments/{}/log": records.read_log,
    "GET deployments/{}/log/{}": records.read_log_details,
}
