"""Look at a target: what only a diagnosis asks of it, without changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from lading.core.access.issued import Issued
from lading.core.config import Target
from lading.core.deployment.preflight import PULLS_WHERE
from lading.core.deployment.state import SiteState
from lading.core.diagnosis import Check, Opened, failed, note
from lading.core.diagnosis.copies import Copies
from lading.core.diagnosis.sightings import judge_sighting
from lading.core.documents import as_document, parse_json, table_of
from lading.core.errors import CredentialError
from lading.core.identity.claims import read_object_id
from lading.edges.azure.apps import Azure

_MILLISECONDS = 1000
# What is signed is no package, and the signature is forgotten at once.
_NO_PACKAGE, _SHORT = "lading-doctor", timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who signs in, the token of Resource Manager, and Azure as that identity reaches it."""

    azure: Azure
    issued: Issued

    @property
    def who(self) -> str:
        """Return the object id to which roles are granted, "" where nobody knows it."""
        return read_object_id(self.issued.credential.password)

    @property
    def opened(self) -> Opened:
        """Return who it is, and until when, as it is told."""
        return Opened(
            origin=self.issued.origin,
            reason=self.issued.reason,
            scope=f"{self.azure.account.endpoint}/",
            expires=self.issued.expires,
        )


def find_app(target: Target, signed: SignedIn) -> Check | int:
    """Return how many milliseconds Azure took to show a target's app, or why it cannot be seen."""
    azure = signed.azure
    started = azure.clock()
    heard = azure.patience.ask_arm("read", azure.manager(target, slot=None).read_site)
    took = azure.clock() - started
    refused = judge_sighting(target, heard.reply, heard.reaction, signed.who)
    return refused or round(took * _MILLISECONDS)


def read_password_policy(target: Target, azure: Azure) -> bool | None:
    """Return whether an SCM site takes passwords, None where Azure does not say."""
    manager = azure.manager(target, slot=target.slot)
    heard = azure.patience.ask_arm("read", manager.read_publishing_policy)
    allowed = table_of(as_document(parse_json(heard.body)), "properties").get("allow")
    return allowed if isinstance(allowed, bool) else None


def look_at_copies(target: Target, place: SiteState, signed: SignedIn) -> Iterator[Check]:
    """Tell whether packages can be kept for a way back, and pulled where SCM is closed."""
    container, site = target.packages, place.site
    if container is None:
        if site.plan.character == "publish":
            yield note(
                "copies",
                "no earlier package is kept: going back takes its zip",
                'packages = "https://ACCOUNT.blob.core.windows.net/CONTAINER" on the target keeps '
                "them.",
            )
        return
    pulls = place.closed is not None and place.closed.code in PULLS_WHERE
    copies = Copies(container=container, who=signed.who, pulled=pulls)
    kept = signed.azure.container(container)
    try:
        yield copies.judge_listing(kept.list_names())
        if pulls:
            yield copies.judge_signing(kept.sign(_NO_PACKAGE, lasting=_SHORT))
    except CredentialError as error:
        yield failed("copies", error)
