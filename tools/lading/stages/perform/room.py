"""How often a package may be sent in one run: before it drives out the one that runs.

App Service stores what it then refuses, and keeps the newest packages only, five where no setting
says otherwise; the one that runs is among them as long as not so many others came after it.
"""

from __future__ import annotations

from lading.core.access.asked import Answer
from lading.core.deployment.reactions import NoAnswer, Refused
from lading.core.deployment.rollback import POINTER, SITE_PACKAGES, parse_site_packages
from lading.core.documents import as_document, parse_json, text_of
from lading.edges.azure.scm import Scm

_SENT_AT_MOST = 4
_KEPT = 5
_HOW_MANY = "SCM_MAX_ZIP_PACKAGE_COUNT"
_OK = 200


class Ration:
    """How often a package may be sent, and whether it may have been taken."""

    def __init__(self) -> None:
        self._sent = 0
        self._at_most = _SENT_AT_MOST
        # For all that is known.
        self.may_be_there = False

    @property
    def is_used_up(self) -> bool:
        """Say whether it must not be sent again."""
        return self._sent >= self._at_most

    def confine(self, room: int) -> None:
        """Let no more be sent than there is room for, but once."""
        self._at_most = max(1, min(_SENT_AT_MOST, room))

    def take(self) -> None:
        """Count that it is sent."""
        self._sent += 1

    def refusal(self) -> Refused:
        """Return what is told where it is used up."""
        times = "once" if self._sent == 1 else f"{self._sent} times"
        return Refused(
            code="sent-too-often",
            text=f"it was sent {times}, and Azure did not take it",
            remedy="See what else deploys or restarts this app, and deploy again once that is "
            "over. Azure keeps few packages: sent once more, this one could drive out the one "
            "that runs.",
        )


def read_room(scm: Scm) -> int:
    """Return how many packages may come before the one that runs is driven out."""
    current = _body(scm.read_file(POINTER)).strip()
    if not current:
        return _SENT_AT_MOST
    stored = parse_site_packages(_body(scm.list_folder(SITE_PACKAGES)))
    newer = sum(one.name > current for one in stored)
    return _kept(scm) - 1 - newer


def _kept(scm: Scm) -> int:
    told = text_of(as_document(parse_json(_body(scm.read_settings()))), _HOW_MANY)
    return max(int(told), 1) if told.isascii() and told.isdecimal() else _KEPT


def _body(reply: Answer | NoAnswer) -> str:
    return reply.body if isinstance(reply, Answer) and reply.status == _OK else ""
