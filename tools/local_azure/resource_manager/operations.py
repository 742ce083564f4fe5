"""What is done to a site as a whole: restart, start, stop, swap, and who may publish how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from xml.sax.saxutils import quoteattr

from local_azure.answers import Answer, RefusedAnswer, json_answer
from local_azure.resource_manager.calls import SiteCall, SiteHandler
from local_azure.resource_manager.errors import busy, not_found, web_error
from local_azure.resource_manager.sites import render_site
from local_azure.sites.subscription import Operation

_PREPARED = (
    "Cannot perform this operation: configuration settings have been prepared for swap with slot "
    "'{slot}'. Complete or cancel the swap first."
)

_POLL_TROUBLES = (
    ("swap-poll-throttled", 429, "TooManyRequests"),
    ("swap-poll-unauthorised", 401, "ExpiredAuthenticationToken"),
    ("swap-poll-missing", 404, "NotFound"),
)


def restart(call: SiteCall) -> Answer:
    """POST of restart."""
    call.site.restart()
    return Answer()


def start(call: SiteCall) -> Answer:
    """POST of start."""
    call.site.state = "Running"
    call.site.restart()
    return Answer()


def stop(call: SiteCall) -> Answer:
    """POST of stop."""
    call.site.state = "Stopped"
    call.site.close()
    return Answer()


def swap(call: SiteCall) -> Answer:
    """POST of slotsswap, on a slot or on the production site."""
    site, faults = call.site, call.site.world.faults
    name = str(call.asked.document.get("targetSlot") or "")
    target = call.subscription.find(site.spec.name, name)
    if target is None or target is site:
        raise not_found("Slot", name)
    if faults.meets("swap-prepared", site.name):
        message = _PREPARED.format(slot=name)
        raise RefusedAnswer(web_error(409, "Conflict", message, extended="52010"))
    if call.subscription.busy(site):
        raise RefusedAnswer(busy(site.world.clock.stamp()))
    at_once = faults.meets("swap-at-once", site.name)
    seconds = 0.0 if at_once else site.world.timing.swap
    operation = call.subscription.swap(site, target, seconds=seconds)
    if at_once:
        site.world.agenda.settle()
        return json_answer(render_site(call.subscription.id, site, call.version))
    return _wait_for(call, operation)


def operation_result(call: SiteCall) -> Answer:
    """GET of operationresults: 202 until it is over."""
    faults, name = call.site.world.faults, call.site.name
    for fault, status, code in _POLL_TROUBLES:
        if faults.meets(fault, name):
            told = web_error(status, code, "How it stands cannot be told.")
            raise RefusedAnswer(replace(told, headers=(("Retry-After", "1"),)))
    operation = call.subscription.operations.get(call.given[0])
    if operation is None:
        raise not_found("Operation", call.given[0])
    match operation.outcome:
        case "running":
            return _wait_for(call, operation)
        case "failed":
            return web_error(409, "Conflict", operation.problem, extended="04004")
        case "done":
            return json_answer(render_site(call.subscription.id, call.site, call.version))


def _wait_for(call: SiteCall, operation: Operation) -> Answer:
    location = call.link(f"operationresults/{operation.id}")
    seconds = str(call.site.world.timing.retry_after)
    return Answer(status=202, headers=(("Location", location), ("Retry-After", seconds)))


def publishing_credentials(call: SiteCall) -> Answer:
    """POST of config/publishingcredentials/list."""
    site = call.site
    user, password = site.publishing_user, site.publishing_password
    scm = site.scm_origin.replace("https://", f"https://{user}:{password}@")
    shown = {"publishingUserName": user, "publishingPassword": password, "scmUri": scm}
    return json_answer(call.resource("config/publishingcredentials", shown))


def publishing_profile(call: SiteCall) -> Answer:
    """POST of publishxml: where to publish, with the password where the policy lets that count."""
    site = call.site
    scm = site.scm_origin.removeprefix("https://")
    password = site.publishing_password if site.basic_publishing else "REDACTED"
    profiles = "".join(
        f"<publishProfile profileName={quoteattr(f'{site.spec.name} - {name}')}"
        f" publishMethod={quoteattr(method)} publishUrl={quoteattr(url)}"
        f" userName={quoteattr(site.publishing_user)} userPWD={quoteattr(password)}"
        f" destinationAppUrl={quoteattr(site.origin)}><databases /></publishProfile>"
        for name, method, url in (
            ("Zip Deploy", "ZipDeploy", scm),
            ("FTP", "FTP", f"ftps://{scm}/site/wwwroot"),
        )
    )
    body = f"<publishData>{profiles}</publishData>".encode()
    return Answer(body=body, kind="application/xml")


def read_policy(call: SiteCall) -> Answer:
    """GET of basicPublishingCredentialsPolicies/scm or ftp."""
    (name,) = call.given
    allowed = call.site.basic_publishing and name.lower() == "scm"
    path = f"basicPublishingCredentialsPolicies/{name.lower()}"
    return json_answer(call.resource(path, {"allow": allowed}))


def change_policy(call: SiteCall) -> Answer:
    """PUT of basicPublishingCredentialsPolicies/scm or ftp."""
    (name,) = call.given
    if name.lower() == "scm":
        told = call.asked.document.get("properties") or {}
        call.site.basic_publishing = bool(told.get("allow"))
    return read_policy(call)


HANDLERS: Mapping[str, SiteHandler] = {
    "POST restart": restart,
    "POST start": start,
    "POST stop": stop,
    "POST slotsswap": swap,
    "GET operationresults/{}": operation_result,
    "POST config/publishingcredentials/list": publishing_credentials,
    "POST publishxml": publishing_profile,
    "GET basicPublishingCredentialsPolicies/{}": read_policy,
    "PUT basicPublishingCredentialsPolicies/{}": change_policy,
}
