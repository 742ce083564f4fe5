"""Functions, keys and triggers through Microsoft's own client, of sites and of their slots."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.web import WebSiteManagementClient
from azure.mgmt.web.models import StringDictionary

from local_azure.cloud import Cloud
from local_azure.identity.directory import ARM
from local_azure.sites.site import Site
from tests.local_azure.cloud.conftest import GROUP, Sender, make_package, raw


def test_functions_are_listed_once_the_host_has_run(
    premium: Site, cloud: Cloud, web: WebSiteManagementClient, send: Sender
) -> None:
    apps = web.web_apps
    assert not [*apps.list_functions(GROUP, premium.name)]
    assert send.upload(premium, make_package()).status == 202
    cloud.clock.skip(10)
    found = {function.name: function for function in apps.list_functions(GROUP, premium.name)}
    assert {*found} == {"orders-premium/price", "orders-premium/nightly"}
    price = apps.get_function(GROUP, premium.name, "PRICE")
    assert price.invoke_url_template == f"{premium.origin}/api/price/{{item}}"
    assert apps.list_host_keys(GROUP, premium.name).master_key == premium.keys.master
    apps.sync_functions(GROUP, premium.name)
    apps.list_sync_status(GROUP, premium.name)
    assert premium.syncs == 1


def test_the_list_of_functions_may_have_pages(
    premium: Site, cloud: Cloud, web: WebSiteManagementClient, send: Sender
) -> None:
    assert send.upload(premium, make_package()).status == 202
    cloud.clock.skip(10)
    cloud.faults.switch_on("functions-paged")
    found = {one.name for one in web.web_apps.list_functions(GROUP, premium.name)}
    assert found == {"orders-premium/price", "orders-premium/nightly"}
    assert "functions-paged" in cloud.faults.met


def test_syncing_triggers_answers_what_the_client_does_not_expect(
    premium: Site, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    with pytest.raises(HttpResponseError) as error:
        web.web_apps.sync_function_triggers(GROUP, premium.name)
    assert error.value.status_code == 200
    cloud.faults.switch_on("sync-no-content", 1)
    web.web_apps.sync_function_triggers(GROUP, premium.name)
    assert premium.syncs == 2


def test_a_host_that_fails_is_told_in_a_shape_that_the_client_cannot_read(
    premium: Site, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    cloud.faults.switch_on("sync-refused", 1)
    with pytest.raises(HttpResponseError) as error:
        web.web_apps.sync_functions(GROUP, premium.name)
    assert error.value.error is None
    told = raw(error.value).json()
    assert told["Code"] == "BadRequest"
    assert told["Message"] == "Encountered an error (ServiceUnavailable) from host runtime."
    web.web_apps.sync_functions(GROUP, premium.name)


def test_the_list_of_functions_may_lag(
    flex: Site, cloud: Cloud, web: WebSiteManagementClient, send: Sender
) -> None:
    cloud.faults.switch_on("functions-late", 2)
    cloud.faults.switch_on("warmup-only", 1)
    send.publish(flex, make_package())
    cloud.clock.skip(10)

    def listed() -> list[str]:
        return [str(one.name) for one in web.web_apps.list_functions(GROUP, flex.name)]

    send("GET", f"{flex.scm_origin}/api/deployments")
    names = [listed(), listed(), listed()]
    web.web_apps.sync_functions(GROUP, flex.name)
    names.append(listed())
    home = flex.name
    assert names == [[], [], [f"{home}/WarmUp"], [f"{home}/price", f"{home}/nightly"]]


def test_the_host_can_be_asked_by_way_of_resource_manager(
    flex: Site, cloud: Cloud, send: Sender
) -> None:
    url = f"{cloud.resource_manager.origin}{cloud.id_of(flex)}/hostruntime/admin/host/status"
    url += "?api-version=2023-12-01"
    cloud.clock.skip(5)
    assert send("GET", url, audience=ARM).json()["state"] == "Running"
    cloud.faults.switch_on("proxied-status-missing")
    assert send("GET", url, audience=ARM).status == 400


def test_a_slot_is_a_site_of_its_own(
    premium: Site, cloud: Cloud, web: WebSiteManagementClient, send: Sender
) -> None:
    apps, staging = web.web_apps, premium.slots["staging"]
    wanted = StringDictionary(properties={"WEBSITE_RUN_FROM_PACKAGE": "1", "COLOUR": "green"})
    apps.update_application_settings_slot(GROUP, premium.name, "Staging", wanted)
    told = apps.list_application_settings_slot(GROUP, premium.name, "staging").properties or {}
    assert "COLOUR" in told
    assert "COLOUR" not in premium.settings
    cloud.clock.skip(10)
    assert send.upload(staging, make_package()).status == 202
    cloud.clock.skip(10)
    names = [one.name for one in apps.list_instance_functions_slot(GROUP, premium.name, "staging")]
    assert names == ["orders-premium/staging/price", "orders-premium/staging/nightly"]
    assert not premium.listed
    apps.restart_slot(GROUP, premium.name, "staging")
    apps.sync_functions_slot(GROUP, premium.name, "staging")
    keys = apps.list_host_keys_slot(GROUP, premium.name, "staging")
    assert keys.master_key == staging.keys.master != premium.keys.master
    assert apps.get_slot(GROUP, premium.name, "staging").default_host_name in staging.origin
    assert len([*apps.list_deployments_slot(GROUP, premium.name, "staging")]) == 1
    with pytest.raises(ResourceNotFoundError):
        apps.get_slot(GROUP, premium.name, "nowhere")
