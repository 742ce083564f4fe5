"""Resource Manager for one Function App or slot, over the requests of lading.

Microsoft's azure-mgmt-web would be the library for it. It costs two seconds and 200 MB before it
has asked anything, and all that it does beyond a request (signing in, sending what changes
something again where an answer has the header Retry-After, following redirects with the token) has
to be switched off here. The tests hold the local Azure to it instead.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol
from urllib.parse import quote

from lading.core.access.asked import Answer
from lading.core.access.scope import Grant
from lading.core.deployment.reactions import NoAnswer, wait_of
from lading.core.documents import Document, as_document, parse_json, table_of, text_of
from lading.core.hosting.address import SiteAddress
from lading.core.hosting.sites import OLDEST_API
from lading.core.secret import Secret
from lading.edges.http import Http, Request, TransferError

# Bytes: an app may have hundreds of functions, each with all that it is bound to.
_LARGEST_ANSWER = 16 * 1024 * 1024
# Seconds: for how long a swap is waited for, and how often it is looked at.
_SWAP_SECONDS = 600.0
_POLL_SECONDS = 5.0
_READS_BY_POST = ("/list", "/listkeys", "/listsyncstatus")
_ACCEPTED = 202
_GOOD = range(200, 300)
_ACCEPT = {"Accept": "application/json"}
# A shorter value ("python", "false") could be any word, and would be masked wherever it stands.
_SHORTEST_SECRET = 12

Reply = Answer | NoAnswer


class Account(Protocol):
    """Who asks: gives the token of Resource Manager, renewed where it is due."""

    @property
    def endpoint(self) -> str:
        """Return the URL of Resource Manager in this cloud."""

    def grant(self) -> Grant:
        """Return the token, and that it is for the endpoint alone; raises CredentialError."""


class ResourceManager:
    """What can be asked of, and done to, one Function App.

    Every method returns the answer, good or bad, for core to judge, or why there was none; only a
    token that cannot be had is raised, as CredentialError. What changes something is sent once.
    """

    def __init__(
        self,
        address: SiteAddress,
        account: Account,
        *,
        http: Http,
        keep: Callable[[Secret], None],
    ) -> None:
        self.address = address
        self._account = account
        self._http = http
        self._keep = keep

    def read_site(self) -> Reply:
        """Ask for the site, with its plan and its hosts."""
        return self._ask("GET", "")

    def read_settings(self) -> Reply:
        """Ask for all app settings: what may be a secret is kept from every text from here on."""
        reply = self._ask("POST", "/config/appsettings/list")
        for value in table_of(_document(reply), "properties").values():
            if isinstance(value, str) and len(value) >= _SHORTEST_SECRET:
                self._keep(Secret(value))
        return reply

    def write_settings(self, values: Mapping[str, Secret]) -> Reply:
        """Replace all app settings, whoever wrote them."""
        properties = {name: value.reveal() for name, value in values.items()}
        return self._ask("PUT", "/config/appsettings", body={"properties": properties})

    def read_slots(self) -> Reply:
        """Ask for the slots of the app, whichever of them is the own address."""
        return self._ask("GET", "/slots", address=self._app)

    def read_slot_names(self) -> Reply:
        """Ask for the names that stay with a slot, of which the app itself keeps the list."""
        return self._ask("GET", "/config/slotConfigNames", address=self._app)

    def write_slot_names(self, names: Mapping[str, object]) -> Reply:
        """Replace the names that stay with a slot; `names` is what was read, changed."""
        return self._ask("PUT", "/config/slotConfigNames", body=names, address=self._app)

    def read_functions(self) -> Reply:
        """Ask for the functions that the host has told of; none until it did."""
        return self._ask("GET", "/functions")

    def read_host_keys(self) -> Reply:
        """Ask for the keys of the host; the master key is kept from every text."""
        reply = self._ask("POST", "/host/default/listkeys")
        if key := text_of(_document(reply), "masterKey"):
            self._keep(Secret(key))
        return reply

    def read_host_status(self) -> Reply:
        """Ask what the host says of itself, by way of Resource Manager."""
        return self._ask("GET", "/hostruntime/admin/host/status")

    def read_deployments(self) -> Reply:
        """Ask for the deployments that the SCM site knows, by way of Resource Manager."""
        return self._ask("GET", "/deployments")

    def read_rights(self) -> Reply:
        """Ask which actions this identity may do to the app, and which not."""
        path = "/providers/Microsoft.Authorization/permissions"
        return self._ask("GET", path, version="2022-04-01")

    def sync_triggers(self) -> Reply:
        """Let the platform read anew which triggers there are."""
        return self._ask("POST", "/host/default/sync")

    def restart(self) -> Reply:
        """Restart the app."""
        return self._ask("POST", "/restart")

    def publish_from_url(self, url: Secret) -> Reply:
        """Let the platform fetch a package from a URL, without building anything."""
        body = {"properties": {"packageUri": url.reveal(), "remoteBuild": False}}
        self._keep(url)
        return self._ask("PUT", "/extensions/onedeploy", body=body)

    def swap_with_production(self, slot: str) -> Reply:
        """Swap a slot with production, and wait until that is done, at most ten minutes."""
        wanted = {"targetSlot": slot, "preserveVnet": True}
        reply = self._ask("POST", "/slotsswap", body=wanted, address=self._app)
        waited = 0.0
        while isinstance(reply, Answer) and reply.status == _ACCEPTED:
            place = reply.headers.get("location", "")
            if not place or waited >= _SWAP_SECONDS:
                return NoAnswer(reason=f"no end of the swap within {waited:.0f} s", sent=True)
            seconds = wait_of(reply.headers, _POLL_SECONDS)
            self._http.pause(seconds)
            waited += seconds
            reply = self._send(Request(url=place, headers=_ACCEPT))
        is_done = isinstance(reply, Answer) and reply.status in _GOOD
        return Answer(status=200) if is_done else reply

    @property
    def _app(self) -> SiteAddress:
        return replace(self.address, slot=None)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        version: str = OLDEST_API,
        address: SiteAddress | None = None,
    ) -> Reply:
        place = quote((address or self.address).resource_id)
        url = f"{self._account.endpoint.rstrip('/')}{place}{path}?api-version={version}"
        request = Request(
            url=url,
            method=method,
            headers=_ACCEPT,
            once=method != "GET" and not path.endswith(_READS_BY_POST),
        )
        if body is not None:
            content = {"Content-Type": "application/json", **_ACCEPT}
            request = replace(request, headers=content, body=json.dumps(body).encode())
        return self._send(request)

    def _send(self, request: Request) -> Reply:
        grant = self._account.grant()
        full = replace(request, grant=grant, confined_to=grant.scope)
        try:
            with self._http.open(full) as response:
                body = response.read(limit=_LARGEST_ANSWER)
                return Answer(
                    status=response.status,
                    headers={name.lower(): text for name, text in response.headers.items()},
                    body=body.decode("utf-8", "replace"),
                    reason=response.reason,
                )
        except TransferError as error:
            # Whether anything of it got there nobody can tell.
            return NoAnswer(reason=error.reason, sent=True)


def _document(reply: Reply) -> Document:
    return as_document(parse_json(reply.body)) if isinstance(reply, Answer) else {}
