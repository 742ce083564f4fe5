"""Deployments through Resource Manager, which passes them on to SCM, and packages by their URL."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from local_azure.answers import Answer, RefusedAnswer, json_answer
from local_azure.resource_manager.calls import SiteCall, SiteHandler
from local_azure.resource_manager.errors import not_found, web_error
from local_azure.scm import flex, zip_deploy
from local_azure.scm.records import find_record, render_log, render_record
from local_azure.sites.deployments import Record, Status, Upload

_PACKAGE = "released-package.zip"
_STATES = {
    Status.PENDING: "BuildRequestReceived",
    Status.BUILDING: "BuildInProgress",
    Status.DEPLOYING: "BuildInProgress",
    Status.SUCCESS: "RuntimeSuccessful",
    Status.PARTLY: "RuntimeSuccessful",
    Status.CANCELLED: "BuildAborted",
}


def list_deployments(call: SiteCall) -> Answer:
    """GET of deployments."""
    if call.site.world.faults.meets("deployments-unavailable", call.site.name):
        raise RefusedAnswer(web_error(503, "ServiceUnavailable", "SCM does not answer."))
    known = call.site.deployments.records
    if not known and call.site.world.faults.meets("deployments-missing", call.site.name):
        raise not_found("Deployments", call.site.name)
    shown = [_wrap(call, record) for record in reversed(known)]
    return json_answer({"value": shown})


def read_deployment(call: SiteCall) -> Answer:
    """GET of a deployment, or of the latest."""
    return json_answer(_wrap(call, _find(call)))


def read_log(call: SiteCall) -> Answer:
    """GET of a deployment's log."""
    record = _find(call)
    entries = render_log(record, origin=call.site.scm_origin)
    return json_answer(call.resource(f"deployments/{record.id}/log", {"entries": entries}))


def read_status(call: SiteCall) -> Answer:
    """GET of deploymentStatus, by the id that SCM gave as SCM-DEPLOYMENT-ID."""
    site, record = call.site, _find(call)
    state = _STATES.get(record.status, "BuildFailed")
    failed = record.is_over and site.world.faults.meets("status-runtime-failed", site.name)
    if failed:
        state = "RuntimeFailed"
    runs = state == "RuntimeSuccessful"
    shown = {
        "deploymentId": record.id,
        "status": state,
        "numberOfInstancesInProgress": 0,
        "numberOfInstancesSuccessful": int(runs),
        "numberOfInstancesFailed": int(failed),
        "failedInstancesLogs": None,
        "errors": [] if runs or not record.is_over else [{"code": "1", "message": record.text}],
    }
    return json_answer(call.resource(f"deploymentStatus/{record.id}", shown))


def one_deploy(call: SiteCall) -> Answer:
    """PUT of extensions/onedeploy or extensions/zipdeploy: the site fetches a package itself."""
    site, faults = call.site, call.site.world.faults
    if faults.meets("onedeploy-forbidden", site.name):
        raise RefusedAnswer(web_error(403, "Forbidden", "Ip Forbidden"))
    told = call.asked.document.get("properties") or {}
    url = str(told.get("packageUri") or "")
    if not url.startswith("https://"):
        raise RefusedAnswer(web_error(400, "BadRequest", "The packageUri is missing or invalid."))
    named = not faults.meets("onedeploy-named", site.name) or urlsplit(url).path.endswith(_PACKAGE)
    if not named:
        message = f"The package of a Flex Consumption app has to be called {_PACKAGE}."
        raise RefusedAnswer(web_error(400, "BadRequest", message))
    try:
        package = site.packages.receive(site.world.fetch(url))
    except OSError as error:
        raise RefusedAnswer(web_error(400, "BadRequest", f"Package fetch: {error}")) from error
    upload = Upload(
        package=package, deployer="OneDeploy", remote_build=told.get("remoteBuild") is True
    )
    if site.spec.is_flex:
        record = flex.start(site, upload)
    else:
        if site.scm_settings.get("WEBSITE_RUN_FROM_PACKAGE") == "1":
            stamp = f"{site.world.clock.utc():%Y%m%d%H%M%S}"
            upload = Upload(package=site.packages.keep(package, stamp), deployer="OneDeploy")
        record = zip_deploy.start(site, upload, identifier=str(uuid.uuid4()))
    if faults.meets("onedeploy-done", site.name):
        return json_answer(_wrap(call, record))
    location = call.link("deployments/latest")
    return json_answer(_wrap(call, record), 202, headers=(("Location", location),))


def _find(call: SiteCall) -> Record:
    identifier = call.given[0]
    record = find_record(call.site, identifier)
    if record is None:
        raise not_found("Deployment", identifier)
    return record


def _wrap(call: SiteCall, record: Record) -> dict[str, object]:
    shown = render_record(record, call.site, origin=call.site.scm_origin)
    return call.resource(f"deployments/{record.id}", shown)


HANDLERS: Mapping[str, SiteHandler] = {
    "GET deployments": list_deployments,
    "GET deployments/{}": read_deployment,
    "GET deployments/{}/log": read_log,
    "GET deploymentStatus/{}": read_status,
    "PUT extensions/onedeploy": one_deploy,
    "PUT extensions/zipdeploy": one_deploy,
}
