"""The settings of a site: read as one, replaced as one; which of them stay with their slot."""

from __future__ import annotations

from collections.abc import Mapping

from local_azure.answers import Answer, RefusedAnswer, json_answer
from local_azure.resource_manager.calls import SiteCall, SiteHandler
from local_azure.resource_manager.errors import no_resource, web_error
from local_azure.sites.site import Site
from local_azure.sites.subscription import finish_well

FOREIGN = "SOMEBODY_ELSES"
# The one setting that Resource Manager is known to refuse on Flex Consumption.
_NOT_ON_FLEX = "FUNCTIONS_WORKER_RUNTIME"


def list_settings(call: SiteCall) -> Answer:
    """POST of config/appsettings/list."""
    site = call.site
    is_stale = bool(site.earlier) and site.world.faults.meets("settings-stale", site.name)
    shown = site.earlier if is_stale else site.settings
    return json_answer(call.resource("config/appsettings", dict(shown)))


def replace_settings(call: SiteCall) -> Answer:
    """PUT of config/appsettings: what is not in it is gone."""
    site = call.site
    wanted = _check(site, call.asked.document.get("properties") or {})
    faults = site.world.faults
    if faults.meets("settings-refused-late", site.name):
        raise RefusedAnswer(web_error(500, "InternalServerError", "There was an error."))
    if faults.meets("settings-foreign", site.name):
        site.write_settings(site.settings | {FOREIGN: "written by somebody else"})
    before = dict(site.settings)
    site.write_settings(wanted)
    if faults.meets("settings-lost", site.name):
        site.write_settings(before)
    if faults.meets("settings-unanswered", site.name):
        raise RefusedAnswer(web_error(500, "InternalServerError", "There was an error."))
    shown = call.resource("config/appsettings", wanted)
    on_apps = site.spec.hosting == "container-apps"
    if not on_apps and not faults.meets("settings-accepted", site.name):
        return json_answer(shown)
    operation = call.subscription.begin(
        site, "ContainerAppUpdateAppSettings", finish_well, seconds=2.0
    )
    location = call.link(f"operationresults/{operation.id}")
    return json_answer(shown, 202, headers=(("Location", location),))


def read_sticky(call: SiteCall) -> Answer:
    """GET of config/slotConfigNames, which only the production site has."""
    sticky = _production(call).sticky
    shown = {
        "appSettingNames": [*sticky.settings],
        "connectionStringNames": [*sticky.connection_strings],
        "azureStorageConfigNames": [*sticky.storage],
    }
    return json_answer(call.resource("config/slotConfigNames", shown))


def replace_sticky(call: SiteCall) -> Answer:
    """PUT of config/slotConfigNames: all lists are replaced."""
    sticky, told = _production(call).sticky, call.asked.document.get("properties") or {}
    sticky.settings = tuple(told.get("appSettingNames") or ())
    sticky.connection_strings = tuple(told.get("connectionStringNames") or ())
    sticky.storage = tuple(told.get("azureStorageConfigNames") or ())
    return read_sticky(call)


def list_connection_strings(call: SiteCall) -> Answer:
    """POST of config/connectionstrings/list: there are none."""
    return json_answer(call.resource("config/connectionstrings", {}))


def _production(call: SiteCall) -> Site:
    if call.site.slot:
        raise no_resource("Microsoft.Web/sites/slots/config", "slotConfigNames", call.site.name)
    return call.site


def _check(site: Site, told: Mapping[str, object]) -> dict[str, str]:
    settings = {name: str(value) for name, value in told.items() if value is not None}
    for name in settings:
        flex = site.spec.is_flex and name.upper() == _NOT_ON_FLEX
        # The service says the same of both.
        if flex or ":" in name:
            message = (
                f"Site.SiteConfig.AppSettings.{name} is invalid. The {name} site setting for Flex "
                "Consumption sites is invalid. Please remove or rename it before retrying."
                if site.spec.is_flex
                else f"AppSetting with name(s) '{name}' is not allowed."
            )
            raise RefusedAnswer(web_error(400, "BadRequest", message))
    return settings


HANDLERS: Mapping[str, SiteHandler] = {
    "POST config/appsettings/list": list_settings,
    "PUT config/appsettings": replace_settings,
    "GET config/slotConfigNames": read_sticky,
    "PUT config/slotConfigNames": replace_sticky,
    "POST config/connectionstrings/list": list_connection_strings,
}
