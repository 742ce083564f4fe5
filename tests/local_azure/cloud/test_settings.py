"""Settings, through Microsoft's client: replaced as a whole, seen by SCM later, kept by slots."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.web import WebSiteManagementClient
from azure.mgmt.web.models import CsmSlotEntity, SlotConfigNamesResource, StringDictionary

from local_azure.cloud import Cloud
from local_azure.resource_manager.settings import FOREIGN
from local_azure.sites.deployments import STOPPED_BY_RESTART
from local_azure.sites.hosting import Hosting, SiteSpec
from local_azure.sites.site import Site
from tests.local_azure.cloud.conftest import GROUP, Sender, make_package, raw


def read(web: WebSiteManagementClient, site: Site) -> dict[str, str]:
    """Return the settings of a site."""
    return dict(web.web_apps.list_application_settings(GROUP, site.spec.name).properties or {})


def write(web: WebSiteManagementClient, site: Site, settings: dict[str, str]) -> None:
    """Replace the settings of a site."""
    wanted = StringDictionary(properties=settings)
    web.web_apps.update_application_settings(GROUP, site.spec.name, wanted)


def test_what_is_not_written_is_gone(premium: Site, web: WebSiteManagementClient) -> None:
    write(web, premium, {"COLOUR": "green"})
    assert read(web, premium) == {"COLOUR": "green"}


def test_scm_sees_a_change_later_and_only_a_change_restarts_it(
    premium: Site, cloud: Cloud, web: WebSiteManagementClient, send: Sender
) -> None:
    url = f"{premium.scm_origin}/api/settings"
    settings = read(web, premium)
    write(web, premium, settings)
    cloud.clock.skip(60)
    assert send("GET", url).json() == settings
    assert premium.restarts == 0
    cloud.faults.switch_on("settings-lag", 8)
    write(web, premium, settings | {"COLOUR": "green"})
    seen = []
    for _ in range(3):
        seen.append("COLOUR" in send("GET", url).json())
        cloud.clock.skip(6)
    assert seen == [False, False, True]
    assert send("GET", f"{url}/COLOUR").json() == "green"
    assert premium.restarts == 1


def test_settings_may_be_listed_as_they_were(
    premium: Site, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    before = read(web, premium)
    cloud.faults.switch_on("settings-stale", 1)
    write(web, premium, {"COLOUR": "green"})
    assert read(web, premium) == before
    assert read(web, premium) == {"COLOUR": "green"}


@pytest.mark.parametrize(
    ("fault", "is_written"), [("settings-unanswered", True), ("settings-refused-late", False)]
)
def test_a_write_may_be_answered_with_an_error_whether_it_was_done_or_not(
    fault: str, premium: Site, cloud: Cloud, web: WebSiteManagementClient, *, is_written: bool
) -> None:
    cloud.faults.switch_on(fault, 1)
    with pytest.raises(HttpResponseError):
        write(web, premium, {"COLOUR": "green"})
    assert ("COLOUR" in premium.settings) is is_written


def test_a_change_ends_the_deployment_that_it_meets(
    premium: Site, cloud: Cloud, web: WebSiteManagementClient, send: Sender
) -> None:
    cloud.faults.switch_on("never-ends")
    assert send.upload(premium, make_package()).status == 202
    write(web, premium, read(web, premium) | {"COLOUR": "green"})
    cloud.clock.skip(5)
    told = send("GET", f"{premium.scm_origin}/api/deployments/latest").json()
    assert (told["status"], told["status_text"]) == (3, STOPPED_BY_RESTART)
    assert told["complete"]
    assert premium.packages.release is None


@pytest.mark.parametrize(
    ("hosting", "name", "says"),
    [
        ("flex", "FUNCTIONS_WORKER_RUNTIME", "AppSettings.FUNCTIONS_WORKER_RUNTIME is invalid"),
        ("flex", "Queue:Name", "AppSettings.Queue:Name is invalid"),
        ("premium", "Queue:Name", "'Queue:Name' is not allowed"),
    ],
)
def test_a_name_may_be_refused(
    hosting: Hosting, name: str, says: str, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    site = cloud.create(SiteSpec(name="orders", hosting=hosting, settings={"COLOUR": "green"}))
    before = read(web, site)
    with pytest.raises(HttpResponseError) as error:
        write(web, site, {name: "python"})
    assert says in raw(error.value).json()["Message"]
    assert read(web, site) == before


def test_somebody_else_may_write_at_the_same_time(
    premium: Site, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    before = read(web, premium)
    cloud.faults.switch_on("settings-foreign", 1)
    write(web, premium, before | {"COLOUR": "green"})
    assert cloud.faults.met == ("settings-foreign",)
    assert FOREIGN not in read(web, premium)
    cloud.faults.switch_on("settings-lost", 1)
    write(web, premium, before)
    assert read(web, premium) == before | {"COLOUR": "green"}


def test_on_container_apps_a_write_is_accepted_which_the_client_takes_for_an_error(
    cloud: Cloud, premium: Site, web: WebSiteManagementClient, send: Sender
) -> None:
    apps = cloud.create(SiteSpec(name="orders-apps", hosting="container-apps"))
    cloud.faults.switch_on("settings-accepted", 1, site=premium.name)
    for site in (apps, premium):
        with pytest.raises(HttpResponseError) as error:
            write(web, site, {"COLOUR": "green"})
        assert error.value.status_code == 202
        with pytest.raises(HttpResponseError, match="another operation is in progress"):
            web.web_apps.restart(GROUP, site.name)
        cloud.clock.skip(5)
        location = raw(error.value).headers["Location"]
        done = send("GET", location, audience="https://management.azure.com")
        assert done.status == 200
        assert site.settings == {"COLOUR": "green"}


def test_names_that_stay_are_kept_by_the_production_site_alone(
    premium: Site, web: WebSiteManagementClient, send: Sender, cloud: Cloud
) -> None:
    names = SlotConfigNamesResource({"properties": {"appSettingNames": ["COLOUR"]}})
    web.web_apps.update_slot_configuration_names(GROUP, premium.name, names)
    told = web.web_apps.list_slot_configuration_names(GROUP, premium.name)
    assert told.app_setting_names == ["COLOUR"]
    assert premium.sticky.settings == ("COLOUR",)
    slot = cloud.id_of(premium.slots["staging"])
    url = f"{cloud.resource_manager.origin}{slot}/config/slotConfigNames?api-version=2023-12-01"
    assert send("GET", url, audience="https://management.azure.com").status == 404


def test_a_swap_takes_content_and_settings_but_not_what_stays(
    premium: Site, cloud: Cloud, web: WebSiteManagementClient, send: Sender
) -> None:
    staging = premium.slots["staging"]
    premium.sticky.settings = ("COLOUR",)
    for site, mark in ((premium, "one"), (staging, "two")):
        site.settings = {"COLOUR": mark, "SIZE": mark, "FUNCTIONS_EXTENSION_VERSION": mark}
        site.scm_settings = {"WEBSITE_RUN_FROM_PACKAGE": "1"}
        assert send.upload(site, make_package(mark)).status == 202
    cloud.clock.skip(10)
    send("GET", f"{premium.scm_origin}/api/deployments")
    poller = web.web_apps.begin_swap_slot(
        GROUP, premium.name, "staging", CsmSlotEntity(target_slot="production", preserve_vnet=True)
    )
    with pytest.raises(HttpResponseError, match="another operation is in progress"):
        web.web_apps.restart(GROUP, premium.name)
    cloud.clock.skip(10)
    poller.result()
    assert premium.packages.release is not None
    assert premium.packages.release.lading == {"content": "two"}
    assert premium.settings == {
        "COLOUR": "one",
        "SIZE": "two",
        "FUNCTIONS_EXTENSION_VERSION": "one",
    }
    assert staging.settings["SIZE"] == "one"
    latest = send("GET", f"{staging.scm_origin}/api/deployments/latest")
    assert latest.status == 200


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("swap-prepared", "prepared for swap with slot 'production'"),
        ("swap-fails", "did not respond to http ping"),
    ],
)
def test_a_swap_may_be_refused_or_given_up(
    fault: str, says: str, premium: Site, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    before = premium.settings
    cloud.faults.switch_on(fault, 1)
    wanted = CsmSlotEntity(target_slot="production", preserve_vnet=True)
    with pytest.raises(HttpResponseError, match=says):  # noqa: PT012 - either of them may say it
        poller = web.web_apps.begin_swap_slot(GROUP, premium.name, "staging", wanted)
        cloud.clock.skip(10)
        poller.result()
    assert premium.settings == before


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("swap-poll-throttled", 429),
        ("swap-poll-unauthorised", 401),
        ("swap-poll-missing", 404),
    ],
)
def test_how_a_swap_stands_may_be_kept_back(
    fault: str, status: int, premium: Site, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    cloud.faults.switch_on(fault)
    wanted = CsmSlotEntity(target_slot="staging", preserve_vnet=True)
    poller = web.web_apps.begin_swap_slot_with_production(GROUP, premium.name, wanted)
    with pytest.raises(HttpResponseError) as refused:
        poller.result()
    assert refused.value.status_code == status


def test_a_swap_may_be_done_at_once(
    premium: Site, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    premium.slots["staging"].settings = {"COLOUR": "green"}
    cloud.faults.switch_on("swap-at-once", 1)
    wanted = CsmSlotEntity(target_slot="staging", preserve_vnet=True)
    assert web.web_apps.begin_swap_slot_with_production(GROUP, premium.name, wanted).done()
    assert premium.settings["COLOUR"] == "green"
