"""What a container's reply means in which packages are kept, or from which one is to be pulled."""

from __future__ import annotations

from lading.core.access.asked import Answer
from lading.core.deployment.reactions import Accepted, Again, NoAnswer, Refused, quoted

_GOOD = range(200, 300)
_BROKEN = range(500, 600)
_FORBIDDEN, _MISSING, _BUSY, _TOO_MANY = 403, 404, 409, 429
_ROLE = (
    "Grant the identity that deploys the role Storage Blob Data Contributor on the container, for "
    "a URL to pull from also Storage Blob Delegator on the account, and let this machine through "
    "its firewall."
)


def judge_keeping(reply: Answer | NoAnswer, *, container: str) -> Accepted | Again | Refused:
    """Return what to do about a reply; what is stored twice is the same package."""
    if isinstance(reply, NoAnswer):
        return _again(f"{container} gave no answer: {reply.reason}")
    if reply.status in _GOOD:
        return Accepted(finished=True)
    if reply.status in _BROKEN or reply.status in {_BUSY, _TOO_MANY}:
        return _again(f"{container} answered {reply.status}{quoted(reply)}")
    if reply.status == _FORBIDDEN:
        return Refused(
            code="container-role",
            text=f"the identity may not use {container} (403){quoted(reply)}",
            remedy=_ROLE,
        )
    if reply.status == _MISSING:
        return Refused(
            code="no-container",
            text=f"there is no {container} (404)",
            remedy="Create it: az storage container create --auth-mode login --account-name "
            "ACCOUNT --name NAME.",
        )
    return Refused(
        code="container-refused",
        text=f"{container} refused ({reply.status}){quoted(reply)}",
        remedy="Correct what it names, or packages = … of the target.",
    )


def _again(text: str) -> Again:
    return Again(
        code="container-unreachable",
        text=text,
        remedy="Check the network, the proxy, and the firewall of the storage account.",
        at_most=3,
    )
