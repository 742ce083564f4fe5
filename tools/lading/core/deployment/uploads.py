"""What an SCM site's reply to a package means: taken, later, look first, or never.

Its verdict comes after the upload, and some replies come from a front end that does not know it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lading.core.access.asked import Answer
from lading.core.access.said import words_of
from lading.core.deployment.reactions import (
    Accepted,
    Again,
    Look,
    NoAnswer,
    Reaction,
    Refused,
    quoted,
    wait_of,
)
from lading.core.documents import as_document, parse_json, text_of
from lading.core.hosting import RUN_FROM_PACKAGE, Character

_DONE, _MISSING, _TOO_LARGE, _BROKEN = 200, 404, 413, 500
_CLIENT_ERRORS = range(400, 500)
_REDIRECTS = range(300, 400)
_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
# In the reason phrase; and on the page, where a proxy has lost that.
_IP = re.compile(
    r"\bip\b.{0,20}(?:forbidden|denied|restrict)|ip forbidden|has blocked your access",
    re.IGNORECASE,
)
_STOPPED = re.compile(r"\b(?:stopped|site disabled|is disabled)\b", re.IGNORECASE)
_REMOTE_URL = re.compile(r"run-from-zip|remote url", re.IGNORECASE)
_FOR_SWAP = re.compile(r"prepared for swap", re.IGNORECASE)

IP_REMEDY = (
    "Run it from inside the network, or let this machine's address in at Networking → Access "
    "restrictions → Advanced tool site (a rule of its own, beside the app's). With packages = "
    '"https://ACCOUNT.blob.core.windows.net/CONTAINER" on the target the package goes by way of '
    "Resource Manager."
)
ROLE_REMEDY = (
    "Grant the identity the role Website Contributor on the Function App "
    "(Microsoft.Web/sites/publish/Action)."
)
STOPPED_REMEDY = "Start it: az functionapp start --name NAME --resource-group GROUP."
SWAP_REMEDY = "Finish the swap or cancel it: Deployment slots → Swap, or POST …/resetSlotConfig."
# A deployment that was killed leaves a lock behind for 25 minutes.
_BUSY_REMEDY = (
    "Wait until it has ended. Where a run was cancelled half way, Azure lets go of it after 25 "
    "minutes at the latest."
)


def judge_upload(character: Character, reply: Answer | NoAnswer) -> Reaction:
    """Return what to do about the reply to a package that was sent."""
    if isinstance(reply, NoAnswer):
        return _unanswered(reply)
    if reply.status == _MISSING:
        return _missing(character, reply)
    return _JUDGES.get(reply.status, _other)(reply)


def forbidden(reply: Answer) -> Refused:
    """Return what a 403 of an SCM site means: the address, a stopped site, or the role."""
    told = f"{reply.reason} {reply.body[:4000]}"
    if _IP.search(told):
        return Refused(
            code="scm-closed",
            text="the SCM site is closed to this machine's address (403 Ip Forbidden)",
            remedy=IP_REMEDY,
        )
    if _STOPPED.search(told):
        return Refused(
            code="stopped",
            text="the Function App is stopped, and its SCM site with it (403)",
            remedy=STOPPED_REMEDY,
        )
    return Refused(
        code="no-right",
        text=f"the identity may not deploy (403 from the SCM site){quoted(reply)}",
        remedy=ROLE_REMEDY,
    )


def _unanswered(reply: NoAnswer) -> Reaction:
    if reply.sent:
        return Look(text=f"the connection ended during the upload: {reply.reason}", again=1)
    return Again(
        code="scm-unreachable",
        text=f"the SCM site cannot be reached: {reply.reason}",
        remedy="Check the network and the proxy (HTTPS_PROXY, NO_PROXY). A site with a private "
        f"endpoint has a name only inside its network. {IP_REMEDY}",
        need="ready-scm",
        at_most=3,
    )


def _accepted(reply: Answer) -> Reaction:
    """Read the id: Flex answers with a bare JSON string, App Service with a Location."""
    found = parse_json(reply.body)
    text = found if isinstance(found, str) else text_of(as_document(found), "id")
    told = text or reply.headers.get("scm-deployment-id", "") or reply.body.strip()
    return Accepted(
        id=told if _ID.fullmatch(told) else "",
        location=reply.headers.get("location", ""),
        # Without `isAsync`, and with some callers on Flex, it was all done within the request.
        finished=reply.status == _DONE and not _ID.fullmatch(told),
    )


def _unauthorized(reply: Answer) -> Reaction:
    return Again(
        code="scm-unauthorized",
        text=f"the SCM site did not accept the token (401){quoted(reply)}",
        remedy=f"Check the cloud and the tenant of the identity. {ROLE_REMEDY}",
        need="fresh-token",
        wait=0.0,
        at_most=2,
    )


def _missing(character: Character, reply: Answer) -> Reaction:
    if character == "zip-deploy":
        return Refused(
            code="no-zip-deploy",
            text=f"the SCM site has no zip deploy (404), as on Flex Consumption{quoted(reply)}",
            remedy="Run it again: the plan is read anew. If it stays, open the SCM site in a "
            "browser: an app whose host never started has none.",
        )
    return Again(
        code="scm-not-there",
        text=f"the SCM site has no place for a package yet (404){quoted(reply)}",
        remedy="Look at the Function App in the portal: its state, its quota, and whether "
        "properties.functionAppConfig is there.",
        need="ready-scm",
        wait=10.0,
        at_most=2,
    )


def _conflict(reply: Answer) -> Reaction:
    words = words_of(reply)
    if _REMOTE_URL.search(words):
        return Refused(
            code="package-url",
            text=f"{RUN_FROM_PACKAGE} is a URL, and the app takes no other package (409)",
            remedy=f"Write {RUN_FROM_PACKAGE}=1 into a file of the target's settings.",
        )
    if _FOR_SWAP.search(words):
        return Refused(
            code="swap-pending",
            text=f"a swap was prepared and neither finished nor cancelled (409){quoted(reply)}",
            remedy=SWAP_REMEDY,
        )
    return Again(
        code="busy",
        text=f"another deployment is under way (409){quoted(reply)}",
        remedy=_BUSY_REMEDY,
        need="free-scm",
        wait=wait_of(reply.headers, 10.0),
        at_most=2,
        patience=600.0,
    )


def _not_now(reply: Answer) -> Reaction:
    return Again(
        code="scm-busy",
        text=f"the SCM site wants to be left alone for a while ({reply.status}){quoted(reply)}",
        remedy="Deploy again later; see what else asks this site all the time.",
        need="ready-scm",
        wait=max(wait_of(reply.headers, 10.0), 5.0),
        at_most=3,
    )


def _broken(reply: Answer) -> Reaction:
    """Judge replies of a front end: what is behind it may have taken the package, or not."""
    return Look(
        text=f"the SCM site failed ({reply.status}){quoted(reply)}",
        again=1 if reply.status == _BROKEN else 2,
        wait=wait_of(reply.headers, 10.0),
    )


def _gave_up(_reply: Answer) -> Reaction:
    return Look(text="the front end gave up waiting for the SCM site (504)")


def _other(reply: Answer) -> Reaction:
    if reply.status == _TOO_LARGE:
        return Refused(
            code="too-large",
            text=f"the package is too large for the SCM site (413){quoted(reply)}",
            remedy="See what is large: invoke verify tells sizes.",
        )
    if reply.status in _CLIENT_ERRORS:
        return Refused(
            code="upload-refused",
            text=f"the SCM site refused the package ({reply.status}){quoted(reply)}",
            remedy="Correct what it names. The package is a zip that was checked before.",
        )
    if reply.status in _REDIRECTS:
        return Refused(
            code="upload-redirected",
            text=f"the SCM site leads elsewhere ({reply.status}), which nothing is sent to",
            remedy="Ask who runs the network between: a proxy that wants a sign-in does this.",
        )
    return Look(text=f"the SCM site answered {reply.status}{quoted(reply)}, which it never does")


_JUDGES: Mapping[int, Callable[[Answer], Reaction]] = {
    200: _accepted,
    202: _accepted,
    401: _unauthorized,
    403: forbidden,
    406: _not_now,
    408: _not_now,
    409: _conflict,
    429: _not_now,
    500: _broken,
    502: _broken,
    503: _broken,
    504: _gave_up,
}
