"""What a reply of Resource Manager means, in the shapes in which it and Microsoft.Web fail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lading.core.access.asked import Answer
from lading.core.access.said import one_line, words_of
from lading.core.deployment.reactions import (
    Accepted,
    Again,
    Look,
    Need,
    NoAnswer,
    Reaction,
    Refused,
    wait_of,
    without_queries,
)
from lading.core.deployment.uploads import SWAP_REMEDY
from lading.core.documents import Document, as_document, parse_json, rows_of, text_of

# What was asked. Those that do the same when they are asked twice are asked again without a look.
Operation = Literal[
    "read", "write-settings", "write-sticky", "sync", "restart", "swap", "onedeploy"
]
_ASKED_TWICE = frozenset({"read", "write-settings", "write-sticky", "sync"})
_GOOD = range(200, 300)
_ACCEPTED = 202
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _MISSING, _CONFLICT, _TOO_MANY = (
    *(400, 401, 403, 404),
    *(409, 429),
)
_BROKEN = range(500, 600)
_PASSING = frozenset({401, 408, 429, 502, 503, 504})
# Another operation on the site, on its plan.
_BUSY_CODES = frozenset({"59203", "59205"})
_BUSY = re.compile(r"another operation is in progress|operation .*in progress", re.IGNORECASE)
_FOR_SWAP = re.compile(r"prepared for swap", re.IGNORECASE)
_FROM_HOST = re.compile(r"from host runtime", re.IGNORECASE)
_SETTING = re.compile(r"AppSettings\.(?P<name>[A-Za-z0-9_.:-]+?)['\"]?(?:[\s,;]|\.(?:\s|$)|$)")
_ACTION = re.compile(r"perform action '(?P<action>[^']+)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmError:
    """An error as Azure tells it; `extended` are the numbers that Microsoft.Web adds."""

    code: str
    message: str
    extended: frozenset[str] = frozenset()


def parse_arm_error(body: str) -> ArmError:
    """Return the error in a body: `{"error": {…}}`, or `{"Code": …}` as Microsoft.Web writes it."""
    document = as_document(parse_json(body))
    inner = as_document(document.get("error")) or document
    extended = {
        text_of(row, "ExtendedCode") or text_of(as_document(row.get("ErrorEntity")), "ExtendedCode")
        for row in (inner, *rows_of(inner, "Details"), *rows_of(inner, "details"))
    }
    return ArmError(
        code=_either(inner, "code"),
        message=one_line(_either(inner, "message")),
        extended=frozenset(filter(None, extended)),
    )


def judge_arm(operation: Operation, reply: Answer | NoAnswer) -> Reaction:
    """Return what to do about a reply to an operation."""
    if isinstance(reply, NoAnswer):
        return _interrupted(operation, reply.reason, sent=reply.sent)
    # The SDK expects 204 of a sync, and the service answers 200: both are good.
    if reply.status in _GOOD:
        return Accepted(
            location=reply.headers.get("location", ""), finished=reply.status != _ACCEPTED
        )
    if reply.status in _BROKEN:
        return _interrupted(operation, f"it failed ({reply.status}){_quoted(reply)}", sent=True)
    return _refused(operation, reply)


def may_be_done(reply: Answer | NoAnswer) -> bool:
    """Say whether what was asked may have been done: nobody has refused it."""
    if isinstance(reply, NoAnswer):
        return reply.sent
    return reply.status in _GOOD or reply.status in _BROKEN


def judge_operation(reply: Answer | NoAnswer) -> Reaction:
    """Return how something stands that was begun, by the reply to that question.

    Only the question is ever asked again: what was begun twice would be undone, as a swap is.
    """
    if isinstance(reply, NoAnswer):
        return _asked_again(f"Azure does not say how it stands: {reply.reason}")
    text = f"Azure does not say how it stands ({reply.status}){_quoted(reply)}"
    reaction: Reaction
    if reply.status == _ACCEPTED:
        reaction = _asked_again("it goes on", wait=wait_of(reply.headers, 5.0))
    elif reply.status in _GOOD:
        reaction = Accepted(finished=True)
    elif reply.status in _PASSING:
        need: Need = "fresh-token" if reply.status == _UNAUTHORIZED else "nothing"
        reaction = _asked_again(text, need=need, wait=wait_of(reply.headers, 5.0))
    elif reply.status in _BROKEN or reply.status == _MISSING:
        reaction = Look(text=text)
    else:
        reaction = Refused(
            code="given-up",
            text=f"Azure gave it up ({reply.status}){_quoted(reply)}",
            remedy="Correct what it names, and deploy again.",
        )
    return reaction


def _asked_again(text: str, *, wait: float = 5.0, need: Need = "nothing") -> Again:
    remedy = "See in the portal how it ended."
    return Again(code="going-on", text=text, remedy=remedy, need=need, wait=wait)


def _refused(operation: Operation, reply: Answer) -> Reaction:
    error = parse_arm_error(reply.body)
    if reply.status == _UNAUTHORIZED:
        return Again(
            code="arm-unauthorized",
            text=f"Resource Manager did not accept the token (401){_quoted(reply)}",
            remedy="Check the cloud and the tenant of the identity.",
            need="fresh-token",
            wait=0.0,
            at_most=1,
        )
    if reply.status in {_CONFLICT, _TOO_MANY}:
        return _conflict(reply, error)
    if reply.status == _BAD_REQUEST and _FROM_HOST.search(error.message):
        return Again(
            code="host-not-ready",
            text=f"the host does not answer yet{_quoted(reply)}",
            remedy="See why it does not start: AzureWebJobsStorage and its firewall, an import "
            "that fails (Diagnose and solve problems), or a private name server.",
            wait=5.0,
            at_most=40,
            patience=240.0,
        )
    return _final(operation, reply, error)


def _conflict(reply: Answer, error: ArmError) -> Reaction:
    if _FOR_SWAP.search(error.message):
        return Refused(
            code="swap-pending",
            text="a swap was prepared and neither finished nor cancelled",
            remedy=SWAP_REMEDY,
        )
    is_busy = error.extended & _BUSY_CODES or _BUSY.search(error.message)
    if reply.status == _TOO_MANY and not is_busy:
        return Again(
            code="arm-throttled",
            text="Azure takes no more requests for now (429)",
            remedy="Deploy again in some minutes: others ask for this subscription too.",
            wait=wait_of(reply.headers, 10.0),
            at_most=30,
            patience=300.0,
        )
    if is_busy:
        return Again(
            code="arm-busy",
            text=f"another operation on the app is in progress ({reply.status})",
            remedy="Deploy again once it has ended: a swap, a scaling, a change of settings.",
            wait=wait_of(reply.headers, 10.0),
            at_most=30,
            patience=300.0,
        )
    return Refused(
        code="conflict",
        text=f"Azure refused for the state that the app is in (409){_quoted(reply)}",
        remedy="Correct what it names.",
    )


def _final(operation: Operation, reply: Answer, error: ArmError) -> Refused:
    named = _SETTING.search(error.message)
    if reply.status == _BAD_REQUEST and named and operation == "write-settings":
        name = named["name"]
        colon = f" Linux takes no colon: write {name.replace(':', '__')}." if ":" in name else ""
        return Refused(
            code="forbidden-setting",
            text=f"Azure does not take the setting {name} on this plan (400)",
            remedy=f"Take it out of the target's files.{colon}",
        )
    if reply.status == _FORBIDDEN:
        action = _ACTION.search(error.message)
        needs = f" It lacks {action['action']}." if action else ""
        return Refused(
            code="no-right",
            text=f"the identity may not do this (403){_quoted(reply)}",
            remedy="Grant it the role Website Contributor on the Function App, or take the lock "
            f"away that Azure names.{needs}",
        )
    if reply.status == _MISSING:
        return Refused(
            code="not-there",
            text=f"Azure has no such Function App or slot (404){_quoted(reply)}",
            remedy="Check subscription, resource-group, function-app and slot of the target; what "
            "an identity may not see is not there for it either.",
        )
    return Refused(
        code="azure-refused",
        text=f"Azure refused ({reply.status}){_quoted(reply)}",
        remedy="Correct what it names.",
    )


def _interrupted(operation: Operation, why: str, *, sent: bool) -> Reaction:
    """Judge what may have been done: an operation that does the same twice is just asked again."""
    text = f"Resource Manager gave no answer to {operation}: {why}"
    if sent and operation not in _ASKED_TWICE:
        return Look(text=text)
    return Again(
        code="arm-unreachable",
        text=text,
        remedy="Check the network and the proxy (HTTPS_PROXY, NO_PROXY), and Azure's status page.",
        at_most=5,
    )


def _quoted(reply: Answer) -> str:
    words = parse_arm_error(reply.body).message or words_of(reply)
    return f': it said "{without_queries(words)}"' if words else ""


def _either(document: Document, key: str) -> str:
    return text_of(document, key) or text_of(document, key.capitalize())
