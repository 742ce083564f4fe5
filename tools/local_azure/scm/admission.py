"""Who may enter SCM: tokens for App Service or Resource Manager, or the site's own password."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Protocol

from local_azure.answers import Answer, RefusedAnswer, text_answer
from local_azure.asked import Asked
from local_azure.identity.directory import APP_SERVICE, ARM_AUDIENCES
from local_azure.scm.uploads import SilenceError
from local_azure.sites.site import Site

STOPPED_PAGE = (
    b"<html><head><title>Web App - Unavailable</title></head>"
    b"<body><h1>Error 403 - This web app is stopped.</h1></body></html>"
)
_UNAUTHORISED = Answer(status=401, headers=(("WWW-Authenticate", 'Basic realm="site"'),))


class Authority(Protocol):
    """Who signed tokens; Entra ID's stand-in fits."""

    def recognises(self, token: str, audience: str) -> bool:
        """Say whether a token is valid and meant for an audience."""


def admit(asked: Asked, site: Site, authority: Authority) -> None:
    """Let a request pass; raises RefusedAnswer, or SilenceError where SCM cannot be reached."""
    faults = site.world.faults
    if faults.meets("scm-unreachable", site.name):
        raise SilenceError
    if faults.meets("scm-ip-forbidden", site.name):
        raise RefusedAnswer(ip_forbidden(site))
    if site.state == "Stopped":
        raise RefusedAnswer(Answer(status=403, body=STOPPED_PAGE, kind="text/html"))
    expired = faults.meets("scm-unauthorised", site.name)
    if expired or not _is_known(asked, site, authority):
        raise RefusedAnswer(_UNAUTHORISED)
    if faults.meets("scm-forbidden", site.name):
        raise RefusedAnswer(text_answer("", 403))


def ip_forbidden(site: Site) -> Answer:
    """Return what is said to an address that may not come here, as far as it gets there."""
    page = b"<html><body><h1>Error 403 - Forbidden</h1>%s</body></html>"
    if site.world.faults.meets("ip-forbidden-page", site.name):
        words = b"<p>The web app you have attempted to reach has blocked your access.</p>"
        return Answer(status=403, body=page % words, kind="text/html")
    return Answer(status=403, body=page % b"", kind="text/html", reason="Ip Forbidden")


def _is_known(asked: Asked, site: Site, authority: Authority) -> bool:
    scheme, _, shown = asked.header("Authorization").partition(" ")
    if scheme.lower() == "basic":
        return site.basic_publishing and _is_publisher(shown, site)
    if scheme.lower() != "bearer":
        return False
    faults = site.world.faults
    if authority.recognises(shown, APP_SERVICE):
        return not faults.meets("scm-own-audience", site.name)
    if any(authority.recognises(shown, audience) for audience in ARM_AUDIENCES):
        return not faults.meets("scm-arm-audience", site.name)
    return False


def _is_publisher(shown: str, site: Site) -> bool:
    try:
        pair = base64.b64decode(shown, validate=True)
    except binascii.Error:
        return False
    known = f"{site.publishing_user}:{site.publishing_password}"
    return hmac.compare_digest(pair, known.encode())
