"""SCM of Elastic Premium and Dedicated: zip deploy, as Kudu on Linux does it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from local_azure.answers import Answer, RefusedAnswer, json_answer, text_answer
from local_azure.asked import Asked
from local_azure.scm import records
from local_azure.scm.files import read_file, write_file
from local_azure.scm.handlers import ScmHandler
from local_azure.scm.log_stream import follow_log
from local_azure.scm.uploads import (
    after_acceptance,
    drain,
    is_true,
    receive,
    refuse_early,
    said_with,
)
from local_azure.sites.deployments import Record, Upload
from local_azure.sites.installation import RUN_FROM_PACKAGE
from local_azure.sites.site import Site

IN_PROGRESS = "There is a deployment currently in progress. Please try again when it completes."
_REMOTE_URL = (
    "Run-From-Zip is set to a remote URL using WEBSITE_RUN_FROM_PACKAGE or WEBSITE_USE_ZIP app "
    "setting. Deployment is not supported in this configuration."
)
_AUTO_SWAP = "There is an auto swap deployment currently in progress."


def deploy(asked: Asked, site: Site) -> Answer:
    """POST of zipdeploy: the package is stored first, and the verdict follows."""
    if site.world.faults.meets("early-verdict", site.name):
        raise refuse_early(asked, IN_PROGRESS)
    from_package = site.scm_settings.get(RUN_FROM_PACKAGE, "")
    if from_package == "1" and not asked.header("Content-Type"):
        drain(asked)
        return text_answer("Object reference not set to an instance of an object.", 500)
    package = receive(asked, site)
    if from_package == "1":
        newest = int(site.scm_settings.get("SCM_MAX_ZIP_PACKAGE_COUNT", "5"))
        stamp = f"{site.world.clock.utc():%Y%m%d%H%M%S}"
        package = site.packages.keep(package, stamp, newest=newest)
    tracked = is_true(asked.query.get("trackdeploymentprogress", ""))
    upload = said_with(asked, package)
    identifier = str(uuid.uuid4()) if tracked else ""
    asks = is_true(asked.query.get("overwritewebsiterunfrompackage", ""))
    overwrites = asks and site.spec.hosting == "consumption"
    record = start(site, upload, identifier=identifier, overwrites=overwrites)
    if not any(is_true(asked.query.get(name, "")) for name in ("isasync", "async")):
        return after_acceptance(site, _wait(site, record))
    stamp = f"{site.world.clock.utc():%Y-%m-%d_%H-%M-%SZ}"
    location = f"{asked.origin}/api/deployments/latest?deployer={upload.deployer}&time={stamp}"
    more = (("SCM-DEPLOYMENT-ID", identifier),) if tracked else ()
    return after_acceptance(site, Answer(status=202, headers=(("Location", location), *more)))


def publish(asked: Asked, site: Site) -> Answer:
    """POST of publish, App Service's own way, which wants to know what is sent."""
    if asked.query.get("type", "").lower() != "zip":
        drain(asked)
        return text_answer("The 'type' query parameter is missing or not supported.", 400)
    return deploy(asked, site)


def start(site: Site, upload: Upload, *, identifier: str = "", overwrites: bool = False) -> Record:
    """Begin a deployment, which has a temporary record at first; raises RefusedAnswer.

    Where it `overwrites`, the site need not stay with the URL from which it runs.
    """
    is_remote = site.scm_settings.get(RUN_FROM_PACKAGE, "").lower().startswith("http")
    with site.lock:
        for is_met, text in (
            (site.world.faults.meets("deployment-in-progress", site.name), IN_PROGRESS),
            (site.world.faults.meets("auto-swap", site.name), _AUTO_SWAP),
            (is_remote and not overwrites, _REMOTE_URL),
            (site.deployments.running is not None, IN_PROGRESS),
        ):
            if is_met:
                raise RefusedAnswer(text_answer(text, 409))
        return site.deployments.start(upload, identifier=identifier, temporary=True)


def read_record(asked: Asked, site: Site, identifier: str) -> Answer:
    """GET of a deployment; `latest` answers 202 and status 0 while one is under way."""
    if site.world.faults.meets("polls-missing", site.name):
        return records.unknown(identifier)
    with site.lock:
        record = records.find_record(site, identifier)
        if record is None:
            return records.unknown(identifier)
        shown = records.render_record(record, site, origin=asked.origin)
        if identifier.lower() == "latest" and not record.is_over:
            here = f"{asked.origin}{asked.path}"
            return json_answer(shown | {"status": 0}, 202, headers=(("Location", here),))
        return json_answer(shown)


def is_deploying(_asked: Asked, site: Site) -> Answer:
    """GET of isdeploying, which says it in words."""
    return json_answer({"value": str(site.deployments.running is not None), "msg": ""})


def read_settings(_asked: Asked, site: Site) -> Answer:
    """GET of settings: what SCM sees of them."""
    return json_answer(site.scm_settings)


def read_setting(_asked: Asked, site: Site, name: str) -> Answer:
    """GET of one setting."""
    if name not in site.scm_settings:
        return text_answer(f"'{name}' does not exist.", 404)
    return json_answer(site.scm_settings[name])


def write_settings(asked: Asked, site: Site) -> Answer:
    """POST of settings: SCM's own, over those of the site, until it restarts."""
    if site.deployments.running is not None:
        return text_answer(IN_PROGRESS, 409)
    site.scm_settings |= {name: str(value) for name, value in asked.document.items()}
    return Answer(status=204)


def validate(asked: Asked, _site: Site) -> Answer:
    """POST of zipdeploy/validate: nothing to say."""
    drain(asked)
    return json_answer({"result": ""})


def _wait(site: Site, record: Record) -> Answer:
    """Let a deployment end while the client waits."""
    site.world.clock.skip(4 * site.world.timing.step)
    site.world.agenda.settle()
    good = record is site.deployments.active
    return Answer() if good else text_answer(record.text or IN_PROGRESS, 400)


# Of SCM on Linux Consumption only these are there.
_ON_CONSUMPTION = ("zipdeploy", "deployments", "isdeploying", "settings")
HANDLERS: Mapping[str, ScmHandler] = {
    "POST zipdeploy": deploy,
    "POST publish": publish,
    "POST zipdeploy/validate": validate,
    "GET deployments": records.list_records,
    "GET deployments/{}": read_record,
    "GET deployments/{}/log": records.read_log,
    "GET deployments/{}/log/{}": records.read_log_details,
    "GET logstream": follow_log,
    "GET isdeploying": is_deploying,
    "GET settings": read_settings,
    "GET settings/{}": read_setting,
    "POST settings": write_settings,
    "GET|HEAD vfs/{*}": read_file,
    "PUT vfs/{*}": write_file,
}
CONSUMPTION_HANDLERS: Mapping[str, ScmHandler] = {
    route: handler
    for route, handler in HANDLERS.items()
    if route.partition(" ")[2].partition("/")[0] in _ON_CONSUMPTION
}
