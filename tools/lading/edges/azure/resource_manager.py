"""Resource Manager for one Function App or slot: azure-mgmt-web, over the requests of lading.

The library's own sending is not used: it would send what changes something again on its own where
an answer has the header Retry-After, and follow redirects with the token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import quote

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import RetryPolicy, SansIOHTTPPolicy
from azure.core.pipeline.transport import HttpResponse
from azure.core.rest import HttpRequest
from azure.mgmt.web import WebSiteManagementClient
from azure.mgmt.web.models import CsmSlotEntity, SlotConfigNamesResource, StringDictionary
from azure.mgmt.web.operations import WebAppsOperations

from lading.core.access.asked import Answer
from lading.core.access.scope import Grant, covers
from lading.core.deployment.reactions import NoAnswer
from lading.core.documents import Document, as_document, parse_json, rows_of, table_of, text_of
from lading.core.hosting.address import SiteAddress
from lading.core.hosting.sites import OLDEST_API
from lading.core.secret import Secret
from lading.core.urls import UrlError, parse_url
from lading.edges.http import Http, TransferError
from lading.edges.http.azure_transport import AzureTransport

_MOST_PAGES = 40
_OK = 200
_READS_BY_POST = ("/list", "/listkeys", "/listsyncstatus")
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


class _Nobody:
    """Stands where the SDK wants somebody to sign in."""

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        raise AssertionError("the transport shows the token")


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
        self._keep = keep
        self._endpoint = account.endpoint.rstrip("/")
        self._client = WebSiteManagementClient(
            _Nobody(),
            address.subscription,
            account.endpoint,
            transport=AzureTransport(http, keep=keep, grant=account.grant, is_once=_changes),
            # The transport shows the token, and decides what is sent again.
            authentication_policy=SansIOHTTPPolicy(),
            retry_policy=RetryPolicy.no_retries(),
            redirect_policy=SansIOHTTPPolicy(),
        )

    def read_site(self) -> Reply:
        """Ask for the site, with its plan and its hosts."""
        return self._ask("GET", "")

    def read_settings(self) -> Reply:
        """Ask for all app settings: what may be a secret is kept from every text from here on."""
        with _Hearing() as heard:
            if slot := self.address.slot:
                self._apps.list_application_settings_slot(*self._app, slot, raw_response_hook=heard)
            else:
                self._apps.list_application_settings(*self._app, raw_response_hook=heard)
        properties = table_of(_document(heard.reply), "properties")
        for value in properties.values():
            if isinstance(value, str) and len(value) >= _SHORTEST_SECRET:
                self._keep(Secret(value))
        return heard.reply

    def write_settings(self, values: Mapping[str, Secret]) -> Reply:
        """Replace all app settings, whoever wrote them."""
        whole = StringDictionary(properties={name: one.reveal() for name, one in values.items()})
        with _Hearing() as heard:
            if slot := self.address.slot:
                self._apps.update_application_settings_slot(
                    *self._app, slot, whole, raw_response_hook=heard
                )
            else:
                self._apps.update_application_settings(*self._app, whole, raw_response_hook=heard)
        return heard.reply

    def read_slots(self) -> Reply:
        """Ask for the slots of the app, whichever of them is the own address."""
        with _Hearing() as heard:
            pages = self._apps.list_slots(*self._app, raw_response_hook=heard)
            next(iter(pages), None)
        return heard.reply

    def read_slot_names(self) -> Reply:
        """Ask for the names that stay with a slot, of which the app itself keeps the list."""
        with _Hearing() as heard:
            self._apps.list_slot_configuration_names(*self._app, raw_response_hook=heard)
        return heard.reply

    def write_slot_names(self, names: Mapping[str, object]) -> Reply:
        """Replace the names that stay with a slot; `names` is what was read, changed."""
        whole = SlotConfigNamesResource(names)
        with _Hearing() as heard:
            self._apps.update_slot_configuration_names(*self._app, whole, raw_response_hook=heard)
        return heard.reply

    def read_functions(self) -> Reply:
        """Ask for the functions that the host has told of; none until it did."""
        return self._ask_all("/functions")

    def read_host_keys(self) -> Reply:
        """Ask for the keys of the host; the master key is kept from every text."""
        with _Hearing() as heard:
            if slot := self.address.slot:
                self._apps.list_host_keys_slot(*self._app, slot, raw_response_hook=heard)
            else:
                self._apps.list_host_keys(*self._app, raw_response_hook=heard)
        if key := text_of(_document(heard.reply), "masterKey"):
            self._keep(Secret(key))
        return heard.reply

    def read_host_status(self) -> Reply:
        """Ask what the host says of itself, by way of Resource Manager."""
        return self._ask("GET", "/hostruntime/admin/host/status")

    def read_deployments(self) -> Reply:
        """Ask for the deployments that the SCM site knows, by way of Resource Manager."""
        return self._ask_all("/deployments")

    def read_rights(self) -> Reply:
        """Ask which actions this identity may do to the app, and which not."""
        path = "/providers/Microsoft.Authorization/permissions"
        return self._ask("GET", path, version="2022-04-01")

    def read_publishing_policy(self) -> Reply:
        """Ask whether the SCM site takes a password too."""
        return self._ask("GET", "/basicPublishingCredentialsPolicies/scm")

    def sync_triggers(self) -> Reply:
        """Let the platform read anew which triggers there are."""
        with _Hearing() as heard:
            if slot := self.address.slot:
                self._apps.sync_functions_slot(*self._app, slot, raw_response_hook=heard)
            else:
                self._apps.sync_functions(*self._app, raw_response_hook=heard)
        return heard.reply

    def restart(self) -> Reply:
        """Restart the app."""
        with _Hearing() as heard:
            if slot := self.address.slot:
                self._apps.restart_slot(*self._app, slot, raw_response_hook=heard)
            else:
                self._apps.restart(*self._app, raw_response_hook=heard)
        return heard.reply

    def publish_from_url(self, url: Secret) -> Reply:
        """Let the platform fetch a package from a URL, without building anything."""
        body = {"properties": {"packageUri": url.reveal(), "remoteBuild": False}}
        self._keep(url)
        return self._ask("PUT", "/extensions/onedeploy", body=body)

    def swap_with_production(self, slot: str) -> Reply:
        """Begin to swap a slot with production; where that takes time, its place is told."""
        entity = CsmSlotEntity(target_slot=slot, preserve_vnet=True)
        with _Hearing() as heard:
            self._apps.begin_swap_slot_with_production(
                *self._app, entity, polling=False, raw_response_hook=heard
            )
        return heard.reply

    def read_operation(self, place: str) -> Reply:
        """Ask how something stands that was begun, at the place that its answer told."""
        return self._read_at(place)

    def _ask_all(self, path: str) -> Reply:
        """Ask for a list page by page, and return it as one; or the page that could not be had."""
        reply = self._ask("GET", path)
        rows, place = _page_of(reply)
        if not place:
            return reply
        for _ in range(_MOST_PAGES):
            reply = self._read_at(place)
            more, place = _page_of(reply)
            rows += more
            if not place:
                break
        if not isinstance(reply, Answer) or reply.status != _OK:
            return reply
        return replace(reply, body=json.dumps({"value": rows}))

    def _read_at(self, place: str) -> Reply:
        try:
            is_here = covers(f"{self._endpoint}/", parse_url(place))
        except UrlError:
            is_here = False
        if not is_here:
            return NoAnswer(reason="it sends us elsewhere, where nobody is asked")
        with _Hearing() as heard:
            self._client.send_request(HttpRequest("GET", place), raw_response_hook=heard)
        return heard.reply

    @property
    def _apps(self) -> WebAppsOperations:
        return self._client.web_apps

    @property
    def _app(self) -> tuple[str, str]:
        return self.address.resource_group, self.address.name

    def _ask(
        self, method: str, path: str, *, body: object = None, version: str = OLDEST_API
    ) -> Reply:
        """Ask what the SDK has no operation for, or gives only a part of."""
        request = HttpRequest(
            method,
            f"{quote(self.address.resource_id)}{path}",
            params={"api-version": version},
            json=body,
        )
        with _Hearing() as heard:
            self._client.send_request(request, raw_response_hook=heard)
        return heard.reply


class _Hearing:
    """Hears the answer as it came, before the SDK makes a model of it or takes it for a failure.

    As a context it ends quietly whatever the SDK raises: `reply` says what came of the request.
    """

    def __init__(self) -> None:
        self.reply: Reply = NoAnswer(reason="nothing was asked")

    def __call__(self, response: PipelineResponse[object, HttpResponse]) -> None:
        self.reply = _answer_of(response.http_response)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        match error:
            case HttpResponseError(response=HttpResponse() as response):
                self.reply = _answer_of(response)
            case TransferError():
                self.reply = NoAnswer(reason=error.reason, sent=True)
            case AzureError():
                self.reply = NoAnswer(reason=type(error).__name__, sent=True)
            case _:
                return False
        return True


def _answer_of(response: HttpResponse) -> Answer:
    return Answer(
        status=response.status_code or 0,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=response.text(),
        reason=response.reason or "",
    )


def _document(reply: Reply) -> Document:
    return as_document(parse_json(reply.body)) if isinstance(reply, Answer) else {}


def _page_of(reply: Reply) -> tuple[list[Document], str]:
    """Return what is on a page, and where the next one is, "" where there is none."""
    document = _document(reply)
    return list(rows_of(document, "value")), text_of(document, "nextLink")


def _changes(method: str, url: str) -> bool:
    """Say whether a request changes something; much is read by POST, because it holds secrets."""
    path = url.partition("?")[0].lower()
    return method != "GET" and not path.endswith(_READS_BY_POST)
