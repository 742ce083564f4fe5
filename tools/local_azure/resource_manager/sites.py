"""Sites, slots and plans as Resource Manager shows and changes them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from local_azure.answers import Answer, RefusedAnswer, json_answer
from local_azure.resource_manager.calls import (
    FLEX_VERSION,
    SiteCall,
    SiteHandler,
    plan_id,
    site_id,
)
from local_azure.resource_manager.errors import web_error
from local_azure.sites.site import Site

# What Flex Consumption has no room for; the service refuses these of the site's configuration.
_NOT_ON_FLEX = frozenset(
    {
        *("functionappscalelimit", "ftpsstate", "use32bitworkerprocess", "netframeworkversion"),
        *("functionsruntimescalemonitoringenabled", "linuxfxversion", "alwayson"),
    }
)


def render_site(subscription: str, site: Site, version: str) -> dict[str, object]:
    """Return a site or a slot as a version of the API shows it."""
    spec = site.spec
    on_apps = spec.hosting == "container-apps"
    properties: dict[str, object] = {
        "name": site.spec.name,
        "state": site.state,
        **_host_names(site),
        "enabled": site.state == "Running",
        "reserved": True,
        "resourceGroup": spec.group,
        "siteConfig": {"linuxFxVersion": _image(site)},
        "httpsOnly": True,
        "lastModifiedTimeUtc": site.world.clock.stamp(),
    }
    if on_apps:
        properties["managedEnvironmentId"] = _environment(subscription, site)
    else:
        properties |= {"sku": spec.sku.tier, "serverFarmId": plan_id(subscription, site)}
    if spec.is_flex and version >= FLEX_VERSION:
        properties["functionAppConfig"] = _flex_config(site)
    slots = "/slots" if site.slot else ""
    return {
        "id": site_id(subscription, site),
        "name": site.name,
        "type": f"Microsoft.Web/sites{slots}",
        "kind": spec.kind,
        "location": spec.location,
        "properties": properties,
    }


def _host_names(site: Site) -> dict[str, object]:
    app, scm = (urlsplit(origin).netloc for origin in (site.origin, site.scm_origin))
    return {
        "hostNames": [app],
        "enabledHostNames": [app, scm],
        "defaultHostName": app,
        "hostNameSslStates": [
            {"name": name, "sslState": "Disabled", "hostType": kind}
            for name, kind in ((app, "Standard"), (scm, "Repository"))
        ],
    }


def render_plan(subscription: str, site: Site) -> dict[str, object]:
    """Return the plan of a site."""
    sku = site.spec.sku
    return {
        "id": plan_id(subscription, site),
        "name": site.spec.plan_name,
        "type": "Microsoft.Web/serverfarms",
        "kind": "linux" if not site.spec.is_flex else "functionapp",
        "location": site.spec.location,
        "sku": {"name": sku.name, "tier": sku.tier, "size": sku.name, "capacity": 1},
        "properties": {"status": "Ready", "reserved": True, "numberOfSites": 1},
    }


def read_site(call: SiteCall) -> Answer:
    """GET of a site."""
    return json_answer(render_site(call.subscription.id, call.site, call.version))


def list_slots(call: SiteCall) -> Answer:
    """GET of a site's slots."""
    slots = call.site.slots.values()
    shown = [render_site(call.subscription.id, slot, call.version) for slot in slots]
    return json_answer({"value": shown})


def change_site(call: SiteCall) -> Answer:
    """PATCH or PUT of a site: its runtime, its settings and its other configuration."""
    site, properties = call.site, call.asked.document.get("properties") or {}
    flex = properties.get("functionAppConfig")
    if site.spec.is_flex and call.asked.method == "PUT" and not flex:
        message = "Site.FunctionAppConfig is invalid. The FunctionAppConfig section was not given."
        raise RefusedAnswer(web_error(400, "BadRequest", message))
    version = ((flex or {}).get("runtime") or {}).get("version")
    site.python = str(version or site.python)
    config = dict(properties.get("siteConfig") or {})
    named = config.pop("appSettings", None)
    change_config(site, config)
    if named is not None:
        site.write_settings({pair["name"]: pair["value"] for pair in named})
    return read_site(call)


def read_config(call: SiteCall) -> Answer:
    """GET of config/web."""
    site = call.site
    shown = {"linuxFxVersion": _image(site), "alwaysOn": False, "scmType": "None", **site.config}
    return json_answer(call.resource("config/web", shown))


def patch_config(call: SiteCall) -> Answer:
    """PATCH of config/web."""
    change_config(call.site, call.asked.document.get("properties") or {})
    return read_config(call)


def change_config(site: Site, changes: Mapping[str, object]) -> None:
    """Change what is not a setting; raises RefusedAnswer for what the plan does not have."""
    refused = sorted(name for name in changes if name.lower() in _NOT_ON_FLEX)
    if site.spec.is_flex and refused:
        message = (
            f"Site.SiteConfig.{refused[0]} is invalid. The {refused[0]} property is not supported "
            "for Flex Consumption sites. Please remove it before retrying."
        )
        raise RefusedAnswer(web_error(400, "BadRequest", message))
    if any(site.config.get(name) != value for name, value in changes.items()):
        site.config.update(changes)
        site.world.agenda.after(site.world.timing.restart, site.restart_scm)


def _image(site: Site) -> str:
    if site.spec.is_flex:
        return ""
    on_apps = site.spec.hosting == "container-apps"
    return "DOCKER|mcr.microsoft.com/acme" if on_apps else f"Python|{site.python}"


def _environment(subscription: str, site: Site) -> str:
    group = f"/subscriptions/{subscription}/resourceGroups/{site.spec.group}"
    return f"{group}/providers/Microsoft.App/managedEnvironments/acme"


def _flex_config(site: Site) -> dict[str, object]:
    return {
        "deployment": {
            "storage": {
                "type": "blobContainer",
                "value": site.spec.container,
                "authentication": {"type": "SystemAssignedIdentity"},
            }
        },
        "runtime": {"name": "python", "version": site.python},
        "scaleAndConcurrency": {"maximumInstanceCount": 100, "instanceMemoryMB": 2048},
        "siteUpdateStrategy": {"type": "Recreate"},
    }


HANDLERS: Mapping[str, SiteHandler] = {
    "GET ": read_site,
    "PATCH|PUT ": change_site,
    "GET slots": list_slots,
    "GET config/web": read_config,
    "PATCH|PUT config/web": patch_config,
}
