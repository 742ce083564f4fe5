"""Who may enter SCM and the app's own address, and how others are turned away."""

from __future__ import annotations

import pytest
import urllib3

from local_azure.cloud import Cloud
from local_azure.identity.directory import APP_SERVICE, ARM, AZURE_DEVOPS
from local_azure.sites.site import Site
from tests.local_azure.cloud.conftest import Sender, make_package


@pytest.mark.parametrize(
    ("audience", "fault", "status"),
    [
        (APP_SERVICE, "", 200),
        (ARM, "", 200),
        ("https://management.core.windows.net", "", 200),
        (AZURE_DEVOPS, "", 401),
        ("", "", 401),
        (ARM, "scm-arm-audience", 401),
        (APP_SERVICE, "scm-arm-audience", 200),
        (APP_SERVICE, "scm-own-audience", 401),
        (ARM, "scm-own-audience", 200),
        (APP_SERVICE, "scm-unauthorised", 401),
        (APP_SERVICE, "scm-forbidden", 403),
        (APP_SERVICE, "scm-ip-forbidden", 403),
    ],
)
def test_scm_looks_for_whom_a_token_is(
    audience: str, fault: str, status: int, flex: Site, cloud: Cloud, send: Sender
) -> None:
    if fault:
        cloud.faults.switch_on(fault, 1)
    answer = send("GET", f"{flex.scm_origin}/api/deployments", audience=audience)
    assert answer.status == status
    assert (answer.reason == "Ip Forbidden") == (fault == "scm-ip-forbidden")


def test_an_address_may_be_refused_on_the_page_alone(
    premium: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.faults.switch_on("scm-ip-forbidden")
    cloud.faults.switch_on("ip-forbidden-page")
    answer = send("GET", f"{premium.scm_origin}/api/deployments")
    assert (answer.status, answer.reason) == (403, "Forbidden")
    assert b"has blocked your access" in answer.data


def test_a_password_counts_where_the_policy_lets_it(premium: Site, send: Sender) -> None:
    url = f"{premium.scm_origin}/api/deployments"
    own = urllib3.make_headers(
        basic_auth=f"{premium.publishing_user}:{premium.publishing_password}"
    )
    wrong = urllib3.make_headers(basic_auth=f"{premium.publishing_user}:wrong")
    assert send("GET", url, headers=own, audience="").status == 401
    premium.basic_publishing = True
    assert send("GET", url, headers=own, audience="").status == 200
    assert send("GET", url, headers=wrong, audience="").status == 401
    slot = premium.slots["staging"]
    slot.basic_publishing = True
    assert send("GET", f"{slot.scm_origin}/api/deployments", headers=own, audience="").status == 401


def test_a_stopped_site_turns_everybody_away(premium: Site, send: Sender) -> None:
    premium.state = "Stopped"
    for url in (f"{premium.scm_origin}/api/deployments", premium.origin):
        answer = send("GET", url)
        assert (answer.status, b"stopped" in answer.data) == (403, True)


def test_scm_may_be_out_of_reach(flex: Site, cloud: Cloud, send: Sender) -> None:
    cloud.faults.switch_on("scm-unreachable", 1)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        send("GET", f"{flex.scm_origin}/api/deployments")
    assert send("GET", f"{flex.scm_origin}/api/deployments").status == 200


def test_a_fault_may_be_of_one_site_only(
    flex: Site, premium: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.faults.switch_on("scm-unavailable", site="orders-premium/staging")
    sites = (flex, premium, premium.slots["staging"])
    seen = [send("GET", f"{site.scm_origin}/api/deployments").status for site in sites]
    assert seen == [200, 200, 503]


def test_the_host_tells_how_it_is_to_who_has_its_key(
    flex: Site, cloud: Cloud, send: Sender
) -> None:
    url = f"{flex.origin}/admin/host/status"
    key = {"x-functions-key": flex.keys.master}
    assert send("GET", f"{flex.origin}/admin/host/ping", audience="").status == 200
    assert send("GET", url, audience="").status == 401
    send.publish(flex, make_package())
    cloud.clock.skip(60)
    send("GET", f"{flex.scm_origin}/api/deployments")
    cloud.clock.skip(1)
    running = send("GET", url, headers=key, audience="").json()
    assert (running["state"], 1000 <= running["processUptime"] < 60_000) == ("Running", True)
    states = []
    for fault in ("host-starting", "host-error"):
        cloud.faults.switch_on(fault, 1)
        answer = send("GET", f"{url}?code={flex.keys.master}", audience="")
        states.append((answer.status, answer.json()["state"], "errors" in answer.json()))
    assert states == [(200, "Starting", False), (200, "Error", True)]
    flex.restart()
    assert send("GET", url, headers=key).json()["processUptime"] < 1000


def test_the_host_of_a_flex_app_may_be_older_than_its_start(
    flex: Site, cloud: Cloud, send: Sender
) -> None:
    url, key = f"{flex.origin}/admin/host/status", {"x-functions-key": flex.keys.master}
    first = send("GET", url, headers=key).json()
    cloud.faults.switch_on("host-from-pool")
    flex.restart()
    second = send("GET", url, headers=key).json()
    assert second["processUptime"] > 3600 * 1000
    assert second["instanceId"] != first["instanceId"]


def test_triggers_can_be_synced_at_the_host(flex: Site, cloud: Cloud, send: Sender) -> None:
    url = f"{flex.origin}/admin/host/synctriggers"
    key = {"x-functions-key": flex.keys.master}
    assert send("POST", url).status == 401
    assert send("POST", url, headers=key).status == 500
    send.publish(flex, make_package())
    cloud.clock.skip(60)
    assert send("POST", url, headers=key).json() == {"status": "success"}
    cloud.faults.switch_on("sync-refused", 1)
    assert send("POST", url, headers=key).status == 500


@pytest.mark.parametrize(("fault", "status"), [("app-unavailable", 503), ("app-ip-forbidden", 403)])
def test_the_apps_own_address_may_be_closed(
    fault: str, status: int, flex: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.faults.switch_on(fault, 1)
    assert send("GET", f"{flex.origin}/admin/host/ping").status == status
    assert send("GET", f"{flex.origin}/admin/host/ping").status == 200


def test_an_address_is_nobodys_after_its_site_is_gone(
    flex: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.reset()
    assert send("GET", flex.origin).status == 404
    again = cloud.create(flex.spec)
    assert {again.origin, again.scm_origin} == {flex.origin, flex.scm_origin}
    assert send("GET", f"{again.scm_origin}/api/deployments").json() == []
