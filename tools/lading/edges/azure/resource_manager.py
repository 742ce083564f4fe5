"""Resource Manager for one Function App or slot: azure-mgmt-web, over the requests of lading.

The library's own sending is not used: it would send what changes something again on its own where
an answer has the header Retry-After, and follow redirects with the token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol
from urllib.parse import quote

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, DecodeError, HttpResponseError
from azure.core.pipeline.policies import RetryPolicy, SansIOHTTPPolicy
from azure.core.rest import HttpRequest
from azure.mgmt.web import WebSiteManagementClient
from azure.mgmt.web.models import CsmSlotEntity, SlotConfigNamesResource, StringDictionary
from azure.mgmt.web.operations import WebAppsOperations

from lading.core.access.scope import Grant
from lading.core.errors import DeploymentFailed
from lading.core.hosting.resource_manager import (
    SiteAddress,
    parse_management_error,
    refusal_of,
    unreachable,
)
from lading.core.hosting.sites import OLDEST_API
from lading.core.secret import Secret
from lading.edges.http import Http, LeftScopeError, TransferError
from lading.edges.http.azure_transport import AzureTransport

# What the SDK takes for a failure: the service answers 200 where its description says 204.
_DONE = frozenset({200, 202, 204})
_SWAP_SECONDS = 600.0
_POLL_SECONDS = 5
_READS_BY_POST = ("/list", "/listkeys", "/listsyncstatus")


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
    """What can be asked of, and done to, one Function App. Answers are documents, for core to read.

    Every method raises CredentialError where a right is missing, ConfigError where there is no such
    app, DeploymentFailed for anything else. What changes something is sent once.
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
        self._client = WebSiteManagementClient(
            _Nobody(),
            address.subscription,
            account.endpoint,
            transport=AzureTransport(http, keep=keep, grant=account.grant, is_once=_changes),
            # The transport shows the token, and decides what is sent again.
            authentication_policy=SansIOHTTPPolicy(),
            retry_policy=RetryPolicy.no_retries(),
            redirect_policy=SansIOHTTPPolicy(),
            polling_interval=_POLL_SECONDS,
        )

    def read_site(self) -> object:
        """Return the site, with its plan and its hosts."""
        return self._ask("GET", "", wanted="the properties")

    def read_settings(self) -> object:
        """Return all app settings, with their values: every one is kept from every text."""
        with self._told("the app settings"):
            found = (
                self._apps.list_application_settings_slot(*self._app, slot)
                if (slot := self.address.slot)
                else self._apps.list_application_settings(*self._app)
            )
        for value in (found.properties or {}).values():
            if value:
                self._keep(Secret(value))
        return found.as_dict()

    def write_settings(self, values: Mapping[str, Secret]) -> None:
        """Replace all app settings, whoever wrote them."""
        whole = StringDictionary(properties={name: one.reveal() for name, one in values.items()})
        with self._told("a change of the app settings"):
            if slot := self.address.slot:
                self._apps.update_application_settings_slot(*self._app, slot, whole)
            else:
                self._apps.update_application_settings(*self._app, whole)

    def read_slot_names(self) -> object:
        """Return the names that stay with a slot, of which the app itself keeps the list."""
        with self._told("the names that stay with a slot"):
            found = self._apps.list_slot_configuration_names(*self._app)
        return found.as_dict()

    def write_slot_names(self, names: Mapping[str, object]) -> None:
        """Replace the names that stay with a slot; `names` is what was read, changed."""
        with self._told("a change of the names that stay with a slot"):
            self._apps.update_slot_configuration_names(*self._app, SlotConfigNamesResource(names))

    def read_functions(self) -> tuple[object, ...]:
        """Return the functions that the host has told of; none until it did."""
        with self._told("the functions"):
            found = (
                self._apps.list_instance_functions_slot(*self._app, slot)
                if (slot := self.address.slot)
                else self._apps.list_functions(*self._app)
            )
            return tuple(one.as_dict() for one in found)

    def read_master_key(self) -> Secret:
        """Return the key of the host's own API."""
        with self._told("the keys of the host"):
            key = (
                self._apps.list_host_keys_slot(*self._app, slot)
                if (slot := self.address.slot)
                else self._apps.list_host_keys(*self._app)
            ).master_key
        if not key:
            raise self._failed("the keys of the host", "it has no master key yet")
        secret = Secret(key)
        self._keep(secret)
        return secret

    def read_host_status(self) -> object:
        """Return what the host says of itself, asked for by Resource Manager and not from here."""
        return self._ask("GET", "/hostruntime/admin/host/status", wanted="the host's status")

    def read_deployments(self) -> object:
        """Return the deployments that the SCM site knows, asked for by Resource Manager."""
        return self._ask("GET", "/deployments", wanted="the deployments")

    def read_rights(self) -> object:
        """Return which actions this identity may do to the app, and which not."""
        return self._ask(
            "GET",
            "/providers/Microsoft.Authorization/permissions",
            wanted="this identity's rights",
            version="2022-04-01",
        )

    def sync_triggers(self) -> None:
        """Let the platform read anew which triggers there are."""
        with self._told("a synchronisation of the triggers", also=_DONE):
            if slot := self.address.slot:
                self._apps.sync_functions_slot(*self._app, slot)
            else:
                self._apps.sync_functions(*self._app)

    def restart(self) -> None:
        """Restart the app."""
        with self._told("a restart"):
            if slot := self.address.slot:
                self._apps.restart_slot(*self._app, slot)
            else:
                self._apps.restart(*self._app)

    def publish_from_url(self, url: Secret) -> object:
        """Let the platform fetch a package from a URL, without building anything."""
        body = {"properties": {"packageUri": url.reveal(), "remoteBuild": False}}
        self._keep(url)
        return self._ask("PUT", "/extensions/onedeploy", wanted="a deployment by URL", body=body)

    def swap_with_production(self, slot: str) -> None:
        """Swap a slot with production, and wait until that is done."""
        entity = CsmSlotEntity(target_slot=slot, preserve_vnet=True)
        with self._told(f"a swap with the slot {slot}"):
            poller = self._apps.begin_swap_slot_with_production(*self._app, entity)
            poller.result(timeout=_SWAP_SECONDS)
        if not poller.done():
            raise self._failed(
                f"a swap with the slot {slot}", f"it took longer than {_SWAP_SECONDS:.0f} s"
            )

    @property
    def _apps(self) -> WebAppsOperations:
        return self._client.web_apps

    @property
    def _app(self) -> tuple[str, str]:
        return self.address.resource_group, self.address.name

    def _ask(
        self,
        method: str,
        path: str,
        *,
        wanted: str,
        body: object = None,
        version: str = OLDEST_API,
    ) -> object:
        """Ask what the SDK has no operation for."""
        request = HttpRequest(
            method,
            f"{quote(self.address.resource_id)}{path}",
            params={"api-version": version},
            json=body,
        )
        with self._told(wanted):
            response = self._client.send_request(request)
            if response.status_code not in _DONE:
                raise HttpResponseError(response=response)
            text = response.text()
        try:
            return json.loads(text) if text.strip() else None
        except ValueError:
            raise self._failed(wanted, "the answer is no JSON") from None

    @contextmanager
    def _told(self, wanted: str, *, also: frozenset[int] = frozenset()) -> Iterator[None]:
        """Tell what goes wrong in the words of the house; `also` are statuses that are well."""
        try:
            yield
        except HttpResponseError as error:
            response = error.response
            if response is None or isinstance(error, DecodeError):
                raise self._failed(wanted, "the answer cannot be read") from None
            if response.status_code in also:
                return
            found = parse_management_error(response.status_code or 0, response.text())
            raise refusal_of(found, self.address, wanted=wanted) from None
        except (TransferError, LeftScopeError) as error:
            raise self._failed(wanted, error.reason) from None
        except AzureError as error:
            raise self._failed(wanted, type(error).__name__) from None

    def _failed(self, wanted: str, reason: str) -> DeploymentFailed:
        return unreachable(self.address, wanted=wanted, reason=reason)


def _changes(method: str, url: str) -> bool:
    """Say whether a request changes something; much is read by POST, because it holds secrets."""
    path = url.partition("?")[0].lower()
    return method != "GET" and not path.endswith(_READS_BY_POST)
