"""What is above a site: the cloud, tenants, subscriptions, resource groups, plans, runtimes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local_azure.answers import Answer, json_answer
from local_azure.asked import Asked
from local_azure.identity.directory import APP_SERVICE, ARM_AUDIENCES
from local_azure.resource_manager.calls import group_id
from local_azure.resource_manager.errors import no_resource, refuse
from local_azure.resource_manager.sites import render_plan, render_site
from local_azure.sites.subscription import Subscription

_PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request about anything but a site; `given` are the variable parts of its path."""

    asked: Asked
    subscription: Subscription
    tenant: str
    authority: str
    given: tuple[str, ...] = ()


Handler = Callable[[Call], Answer]


def endpoints(call: Call) -> Answer:
    """GET of metadata/endpoints: where a cloud has what, for who registers it."""
    here = call.asked.origin
    document = {
        "name": "LocalAzure",
        "resourceManager": here,
        "portal": here,
        "gallery": here,
        "graph": "https://graph.windows.net/",
        "graphAudience": "https://graph.windows.net/",
        "microsoftGraphResourceId": "https://graph.microsoft.com/",
        "batch": "https://batch.core.windows.net/",
        "media": "https://rest.media.azure.net",
        "sqlManagement": "https://management.core.windows.net:8443/",
        "appServiceResourceId": APP_SERVICE,
        "authentication": {
            "loginEndpoint": call.authority,
            "audiences": [f"{name}/" for name in reversed(ARM_AUDIENCES)],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "acrLoginServer": "azurecr.io",
            "sqlServerHostname": "database.windows.net",
        },
    }
    return json_answer(document)


def list_tenants(call: Call) -> Answer:
    """GET of tenants."""
    tenant = {"id": f"/tenants/{call.tenant}", "tenantId": call.tenant}
    return json_answer({"value": [tenant]})


def list_subscriptions(call: Call) -> Answer:
    """GET of subscriptions."""
    return json_answer({"value": [_subscription(call)]})


def read_subscription(call: Call) -> Answer:
    """GET of a subscription."""
    return json_answer(_subscription(call))


def list_groups(call: Call) -> Answer:
    """GET of the resource groups."""
    groups = [_group(call, name) for name in call.subscription.groups()]
    return json_answer({"value": groups})


def read_group(call: Call) -> Answer:
    """GET of a resource group."""
    return json_answer(_group(call, _known_group(call)))


def list_sites(call: Call) -> Answer:
    """GET of all sites, or of those in a resource group."""
    group = _known_group(call) if len(call.given) > 1 else ""
    version = call.asked.query["api-version"]
    shown = [
        render_site(call.subscription.id, site, version)
        for site in call.subscription
        if group in {"", site.spec.group}
    ]
    return json_answer({"value": shown})


def list_plans(call: Call) -> Answer:
    """GET of the plans."""
    shown = [render_plan(call.subscription.id, site) for site in call.subscription]
    return json_answer({"value": shown})


def read_plan(call: Call) -> Answer:
    """GET of a plan."""
    group, name = _known_group(call), call.given[2]
    for site in call.subscription:
        if site.spec.plan_name.lower() == name.lower() and site.spec.group == group:
            return json_answer(render_plan(call.subscription.id, site))
    raise no_resource("Microsoft.Web/serverfarms", name, group)


def list_stacks(_call: Call) -> Answer:
    """GET of functionAppStacks: which Pythons there are, as far as clients look."""
    minors = [
        {
            "displayText": f"Python {python}",
            "value": python,
            "stackSettings": {"linuxRuntimeSettings": _runtime_settings(python)},
        }
        for python in _PYTHONS
    ]
    major = {"displayText": "Python 3", "value": "3", "minorVersions": minors}
    stack = {"displayText": "Python", "value": "python", "preferredOs": "linux"}
    properties = {**stack, "majorVersions": [major]}
    kind = "Microsoft.Web/functionAppStacks"
    return json_answer({"value": [{"name": "python", "type": kind, "properties": properties}]})


def _runtime_settings(python: str) -> dict[str, object]:
    runtime = {"runtime": {"name": "python", "version": python}}
    return {
        "runtimeVersion": f"Python|{python}",
        "isHidden": False,
        "remoteDebuggingSupported": False,
        "appInsightsSettings": {"isSupported": True},
        "gitHubActionSettings": {"isSupported": True, "supportedVersion": python},
        "appSettingsDictionary": {"FUNCTIONS_WORKER_RUNTIME": "python"},
        "siteConfigPropertiesDictionary": {"linuxFxVersion": f"Python|{python}"},
        "supportedFunctionsExtensionVersions": ["~4"],
        "Sku": [{"skuCode": "FC1", "functionAppConfigProperties": runtime}],
    }


def _subscription(call: Call) -> dict[str, object]:
    identifier = call.subscription.id
    return {
        "id": f"/subscriptions/{identifier}",
        "subscriptionId": identifier,
        "tenantId": call.tenant,
        "displayName": "Acme",
        "state": "Enabled",
        "managedByTenants": [],
    }


def _group(call: Call, name: str) -> dict[str, object]:
    return {
        "id": group_id(call.subscription.id, name),
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": "westeurope",
        "properties": {"provisioningState": "Succeeded"},
    }


def _known_group(call: Call) -> str:
    wanted = call.given[1]
    for name in call.subscription.groups():
        if name.lower() == wanted.lower():
            return name
    raise refuse(404, "ResourceGroupNotFound", f"Resource group '{wanted}' could not be found.")


HANDLERS: Mapping[str, Handler] = {
    "GET metadata/endpoints": endpoints,
    "GET tenants": list_tenants,
    "GET subscriptions": list_subscriptions,
    "GET subscriptions/{}": read_subscription,
    "GET subscriptions/{}/resourcegroups": list_groups,
    "GET subscriptions/{}/resourcegroups/{}": read_group,
    "GET subscriptions/{}/providers/microsoft.web/sites": list_sites,
    "GET subscriptions/{}/providers/microsoft.web/serverfarms": list_plans,
    "GET subscriptions/{}/resourcegroups/{}/providers/microsoft.web/sites": list_sites,
    "GET subscriptions/{}/resourcegroups/{}/providers/microsoft.web/serverfarms/{}": read_plan,
    "GET providers/microsoft.web/functionappstacks": list_stacks,
    "GET providers/microsoft.web/locations/{}/functionappstacks": list_stacks,
}
