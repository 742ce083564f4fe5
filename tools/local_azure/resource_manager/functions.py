"""The functions of a site as Resource Manager lists them, the host's keys, and syncing triggers."""

from __future__ import annotations

from collections.abc import Mapping

from local_azure.answers import Answer, RefusedAnswer, json_answer
from local_azure.resource_manager.calls import SiteCall, SiteHandler
from local_azure.resource_manager.errors import host_runtime, not_found
from local_azure.sites.functions_host import Listed
from local_azure.sites.host_status import host_status


def list_functions(call: SiteCall) -> Answer:
    """GET of functions."""
    first = int(call.asked.query.get("$skiptoken", "0"))
    shown = [_render(call, one) for one in call.site.list_functions()]
    if len(shown) < 2 or not call.site.world.faults.meets("functions-paged", call.site.name):  # noqa: PLR2004
        return json_answer({"value": shown})
    following = f"{call.link('functions')}&$skiptoken={first + 1}"
    more = {"nextLink": following} if first + 1 < len(shown) else {}
    return json_answer({"value": shown[first : first + 1], **more})


def read_function(call: SiteCall) -> Answer:
    """GET of one function."""
    return json_answer(_render(call, _find(call)))


def list_function_keys(call: SiteCall) -> Answer:
    """POST of a function's listkeys."""
    _find(call)
    return json_answer({"default": call.site.keys.default})


def list_host_keys(call: SiteCall) -> Answer:
    """POST of host/default/listkeys."""
    keys = call.site.keys
    document = {"masterKey": keys.master, "functionKeys": {"default": keys.default}}
    return json_answer({**document, "systemKeys": {}})


def admin_token(call: SiteCall) -> Answer:
    """GET of functions/admin/token: a token for the host's /admin; here it is the master key."""
    return json_answer(call.site.keys.master)


def sync(call: SiteCall) -> Answer:
    """POST of host/default/sync."""
    _sync(call)
    return Answer(status=204)


def sync_triggers(call: SiteCall) -> Answer:
    """POST of syncfunctiontriggers, which answers 200 where the SDK expects 204."""
    _sync(call)
    expected = call.site.world.faults.meets("sync-no-content", call.site.name)
    return Answer(status=204) if expected else json_answer({"status": "success"})


def sync_status(_call: SiteCall) -> Answer:
    """POST of host/default/listsyncstatus."""
    return Answer(status=204)


def proxied_status(call: SiteCall) -> Answer:
    """GET of hostruntime/admin/host/status: the host's own answer."""
    if call.site.world.faults.meets("proxied-status-missing", call.site.name):
        raise RefusedAnswer(host_runtime("NotFound"))
    return json_answer(host_status(call.site))


def _sync(call: SiteCall) -> None:
    site = call.site
    host = site.functions_host
    if site.world.faults.meets("sync-refused", site.name):
        raise RefusedAnswer(host_runtime("ServiceUnavailable"))
    if host is not None and host.problem:
        raise RefusedAnswer(host_runtime("InternalServerError"))
    site.sync()


def _find(call: SiteCall) -> Listed:
    name = call.given[0]
    for one in call.site.list_functions():
        if one.name.lower() == name.lower():
            return one
    raise not_found("Function", name)


def _render(call: SiteCall, function: Listed) -> dict[str, object]:
    site = call.site
    admin = f"{site.origin}/admin"
    route, host = function.route, site.functions_host
    prefix = f"{host.route_prefix}/" if host and host.route_prefix else ""
    properties: dict[str, object] = {
        "name": function.name,
        "script_root_path_href": f"{admin}/vfs/home/site/wwwroot/",
        "script_href": f"{admin}/vfs/home/site/wwwroot/{function.file}",
        "config_href": f"{admin}/vfs/home/site/wwwroot/{function.name}/function.json",
        "test_data_href": f"{admin}/vfs/tmp/FunctionsData/{function.name}.dat",
        "href": f"{admin}/functions/{function.name}",
        "language": "python",
        "config": {"name": function.name, "bindings": [*function.bindings]},
        "test_data": "",
        "isDisabled": False,
    }
    if route is not None:
        properties["invoke_url_template"] = f"{site.origin}/{prefix}{route}"
    full = f"{site.name}/{function.name}"
    return call.resource(f"functions/{function.name}", properties, name=full)


HANDLERS: Mapping[str, SiteHandler] = {
    "GET functions": list_functions,
    "GET functions/admin/token": admin_token,
    "GET functions/{}": read_function,
    "POST functions/{}/listkeys": list_function_keys,
    "POST host/default/listkeys": list_host_keys,
    "POST host/default/sync": sync,
    "POST host/default/listsyncstatus": sync_status,
    "POST syncfunctiontriggers": sync_triggers,
    "POST hostruntime/admin/host/synctriggers": sync_triggers,
    "GET hostruntime/admin/host/status": proxied_status,
}
