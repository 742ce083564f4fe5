"""Zip deploy on Elastic Premium and Dedicated: when a verdict comes, and what is kept."""

from __future__ import annotations

import ssl
from contextlib import closing
from http.client import HTTPSConnection

import pytest
import urllib3
from azure.mgmt.web import WebSiteManagementClient

from local_azure.cloud import Cloud
from local_azure.identity.directory import APP_SERVICE
from local_azure.sites.hosting import SiteSpec
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.local_azure.cloud.conftest import GROUP, Sender, make_package


def latest(send: Sender, site: Site) -> urllib3.BaseHTTPResponse:
    """Ask for the latest deployment."""
    return send("GET", f"{site.scm_origin}/api/deployments/latest")


def finish(send: Sender, cloud: Cloud, site: Site) -> dict[str, object]:
    """Let time pass until the deployment is over, and return its record."""
    cloud.clock.skip(20)
    record: dict[str, object] = latest(send, site).json()
    return record


def test_a_deployment_is_accepted_and_followed(premium: Site, cloud: Cloud, send: Sender) -> None:
    answer = send.upload(premium, make_package(), query="Deployer=lading&message=one")
    assert (answer.status, answer.data) == (202, b"")
    location = answer.headers["Location"]
    assert location.startswith(f"{premium.scm_origin}/api/deployments/latest?deployer=lading&time=")
    seen = []
    for _ in range(4):
        told = send("GET", location)
        record = told.json()
        seen.append((told.status, record["status"], record["is_temp"], record["id"][:5] == "temp-"))
        cloud.clock.skip(0.55)
    assert seen == [
        (202, 0, True, True),
        (202, 0, False, False),
        (202, 0, False, False),
        (200, 4, False, False),
    ]
    assert (record["deployer"], record["message"], record["active"]) == ("lading", "one", True)
    own = send("GET", f"{premium.scm_origin}/API/Deployments/{record['id']}")
    assert own.json() == record
    log = send("GET", record["log_url"]).json()
    assert log[-1]["message"] == "Deployment successful."
    assert send("GET", log[0]["details_url"]).status == 200
    unknown = send("GET", f"{premium.scm_origin}/api/deployments/nobody")
    assert (unknown.status, b"'nobody' not found" in unknown.data) == (404, True)
    assert latest(send, cloud.create(SiteSpec(name="new", hosting="premium"))).status == 404


def test_a_package_is_run_from_and_the_newest_five_are_kept(
    premium: Site, cloud: Cloud, send: Sender
) -> None:
    for number in range(7):
        assert send.upload(premium, make_package(str(number))).status == 202
        finish(send, cloud, premium)
    assert len(premium.packages.stored) == 5
    files = f"{premium.scm_origin}/api/vfs"
    name = send("GET", f"{files}/data/SitePackages/packagename.txt").data.decode()
    assert name == premium.packages.stored[-1]
    assert send("GET", f"{files}/site/wwwroot/lading.json").json() == {"content": "6"}
    package = send("GET", f"{files}/data/SitePackages/{name}").data
    assert package == make_package("6")
    end = send("GET", f"{files}/data/SitePackages/{name}", headers={"Range": "bytes=-22"})
    assert (end.status, end.data) == (206, package[-22:])
    listed = send("GET", f"{files}/data/SitePackages/").json()
    assert len(listed) == 6
    for outside in ("/../../../etc/hostname", "/site/wwwroot/nothing"):
        assert send("GET", f"{files}{outside}").status == 404
    cloud.faults.switch_on("wwwroot-unmounted")
    assert send("GET", f"{files}/site/wwwroot/lading.json").status == 404


def test_refused_uploads_may_drive_out_the_package_that_runs(
    premium: Site, cloud: Cloud, send: Sender
) -> None:
    send.upload(premium, make_package("one"))
    finish(send, cloud, premium)
    live = (premium.packages.store / "packagename.txt").read_text("ascii")
    cloud.faults.switch_on("deployment-in-progress")
    for _ in range(5):
        cloud.clock.skip(1)
        assert send.upload(premium, make_package("two")).status == 409
    assert live not in premium.packages.stored
    url = f"{premium.scm_origin}/api/vfs/site/wwwroot/lading.json"
    assert send("GET", url).status == 404


def test_without_run_from_package_it_is_extracted_and_may_be_built(
    cloud: Cloud, send: Sender
) -> None:
    for switch, built in (("false", False), ("1", True)):
        settings = {"SCM_DO_BUILD_DURING_DEPLOYMENT": switch}
        site = cloud.create(SiteSpec(name=f"d-{built}", hosting="dedicated", settings=settings))
        assert send.upload(site, make_package()).status == 202
        assert finish(send, cloud, site)["status"] == 4
        assert (site.packages.wwwroot / "host.json").exists()
        assert site.packages.built is built


def test_while_the_lock_is_held_every_status_is_hidden(
    premium: Site, cloud: Cloud, send: Sender
) -> None:
    send.upload(premium, make_package("one"))
    first = finish(send, cloud, premium)
    url = f"{premium.scm_origin}/api/deployments/{first['id']}"
    assert send("GET", url).json()["status"] == 4
    assert send("GET", f"{premium.scm_origin}/api/isdeploying").json()["value"] == "False"
    send.upload(premium, make_package("two"))
    assert send("GET", url).json()["status"] == 0
    assert send("GET", f"{premium.scm_origin}/api/isdeploying").json()["value"] == "True"


def test_a_second_upload_is_refused_when_all_of_it_is_there_and_already_stored(
    premium: Site, cloud: Cloud, send: Sender
) -> None:
    send.upload(premium, make_package("one"))
    cloud.clock.skip(1.1)
    refused = send.upload(premium, make_package("two"))
    assert refused.status == 409
    assert b"deployment currently in progress" in refused.data
    assert len(premium.packages.stored) == 2
    finish(send, cloud, premium)
    assert premium.packages.release is not None
    assert premium.packages.release.lading == {"content": "one"}


@pytest.mark.parametrize(
    ("fault", "status", "says"),
    [
        ("deployment-in-progress", 409, "currently in progress"),
        ("early-verdict", 409, "currently in progress"),
        ("auto-swap", 409, "auto swap"),
        ("scm-unavailable", 503, "unavailable"),
        ("scm-bad-gateway", 502, "Bad Gateway"),
        ("excessive-operations", 406, "Retry after 5 seconds"),
    ],
)
def test_an_upload_may_be_refused(
    fault: str, status: int, says: str, premium: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.faults.switch_on(fault, 1)
    refused = send.upload(premium, make_package())
    assert (refused.status, says in refused.data.decode()) == (status, True)
    assert not premium.deployments.records
    assert send.upload(premium, make_package()).status == 202


def test_an_early_verdict_comes_while_the_body_is_on_its_way(
    premium: Site, cloud: Cloud, send: Sender, sources: LocalSources
) -> None:
    cloud.faults.switch_on("early-verdict", 1)
    token = send.credential.get_token(f"{APP_SERVICE}/.default").token
    trusting = ssl.create_default_context(cafile=str(sources.certificates.bundle))
    place = premium.scm_origin.removeprefix("https://")
    with closing(HTTPSConnection(place, timeout=60, context=trusting)) as connection:
        connection.putrequest("POST", "/api/zipdeploy?isAsync=true")
        connection.putheader("Authorization", f"Bearer {token}")
        connection.putheader("Content-Type", "application/zip")
        connection.putheader("Content-Length", "200000")
        connection.endheaders(b"x" * 100_000)
        answer = connection.getresponse()
        assert (answer.status, b"in progress" in answer.read()) == (409, True)
        connection.send(b"x" * 100_000)


def test_a_site_that_runs_from_an_url_takes_no_upload(cloud: Cloud, send: Sender) -> None:
    settings = {"WEBSITE_RUN_FROM_PACKAGE": "https://acme.blob.core.windows.net/a/b.zip"}
    site = cloud.create(SiteSpec(name="orders", hosting="premium", settings=settings))
    refused = send.upload(site, make_package())
    assert (refused.status, b"remote URL" in refused.data) == (409, True)


def test_an_upload_without_a_content_type_meets_a_bug(premium: Site, send: Sender) -> None:
    url = f"{premium.scm_origin}/api/zipdeploy?isAsync=true"
    assert send("POST", url, body=make_package()).status == 500


@pytest.mark.parametrize("fault", ["reply-lost", "gateway-timeout"])
def test_an_upload_may_be_taken_without_a_good_answer(
    fault: str, premium: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.faults.switch_on(fault, 1)
    try:
        assert send.upload(premium, make_package()).status == 504
    except urllib3.exceptions.ProtocolError:
        assert fault == "reply-lost"
    assert finish(send, cloud, premium)["status"] == 4
    assert len(premium.deployments.records) == 1


def test_an_upload_may_be_cut(premium: Site, cloud: Cloud, send: Sender) -> None:
    cloud.faults.switch_on("upload-cut", 1)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        send.upload(premium, make_package())
    assert not premium.deployments.records
    assert send.upload(premium, make_package()).status == 202


@pytest.mark.parametrize(
    ("fault", "status", "runs"),
    [
        ("ends-cancelled", -1, None),
        ("ends-failed", 3, None),
        ("ends-conflict", 5, None),
        ("ends-partly", 6, "one"),
        ("scm-restart", 3, None),
        ("release-not-taken", 4, None),
    ],
)
def test_a_deployment_may_end_otherwise(
    fault: str, status: int, runs: str | None, premium: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.faults.switch_on(fault, 1)
    send.upload(premium, make_package())
    record = finish(send, cloud, premium)
    assert (record["status"], record["complete"]) == (status, True)
    release = premium.packages.release
    assert (release.lading["content"] if release else None) == runs
    assert cloud.faults.met == (fault,)


def test_what_is_no_zip_fails(premium: Site, cloud: Cloud, send: Sender) -> None:
    send.upload(premium, b"not a zip")
    record = finish(send, cloud, premium)
    assert (record["status"], "no zip" in str(record["status_text"])) == (3, True)


def test_a_deployment_that_never_ends_holds_its_lock_until_that_is_stale(
    premium: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.faults.switch_on("never-ends", 1)
    send.upload(premium, make_package())
    cloud.clock.skip(1400)
    assert latest(send, premium).status == 202
    assert send.upload(premium, make_package()).status == 409
    cloud.clock.skip(101)
    assert send.upload(premium, make_package()).status == 202


def test_a_deployment_may_be_waited_for(premium: Site, cloud: Cloud, send: Sender) -> None:
    headers = {"Content-Type": "application/zip"}
    url = f"{premium.scm_origin}/api/zipdeploy"
    answer = send("POST", url, body=make_package(), headers=headers)
    assert (answer.status, answer.data) == (200, b"")
    cloud.faults.switch_on("ends-failed", 1)
    assert send("POST", url, body=make_package(), headers=headers).status == 400


def test_app_services_own_way_wants_to_know_what_is_sent(premium: Site, send: Sender) -> None:
    headers = {"Content-Type": "application/zip"}
    url = f"{premium.scm_origin}/api/publish"
    assert send("POST", url, body=make_package(), headers=headers).status == 400
    accepted = send("POST", f"{url}?type=zip&async=true", body=make_package(), headers=headers)
    assert accepted.status == 202


def test_the_list_has_a_tag(premium: Site, cloud: Cloud, send: Sender) -> None:
    send.upload(premium, make_package())
    finish(send, cloud, premium)
    url = f"{premium.scm_origin}/api/deployments"
    listed = send("GET", url)
    assert len(listed.json()) == 1
    same = send("GET", url, headers={"If-None-Match": listed.headers["ETag"]})
    assert same.status == 304


def test_scm_has_settings_of_its_own_until_it_restarts(premium: Site, send: Sender) -> None:
    url = f"{premium.scm_origin}/api/settings"
    answer = send("POST", url, body=b'{"COLOUR": "green"}')
    assert answer.status == 204
    assert send("GET", url).json()["COLOUR"] == "green"
    assert "COLOUR" not in premium.settings
    premium.restart_scm()
    assert "COLOUR" not in send("GET", url).json()
    send.upload(premium, make_package())
    assert send("POST", url, body=b"{}").status == 409
    assert send("GET", f"{url}/COLOUR").status == 404


def test_resource_manager_tells_of_deployments_too(
    premium: Site, cloud: Cloud, web: WebSiteManagementClient, send: Sender
) -> None:
    answer = send.upload(premium, make_package(), query="trackDeploymentProgress=true")
    tracking = answer.headers["SCM-DEPLOYMENT-ID"]
    cloud.clock.skip(20)
    told = web.web_apps.begin_get_production_site_deployment_status(
        GROUP, premium.name, tracking
    ).result()
    assert told.status == "RuntimeSuccessful"
    (listed,) = web.web_apps.list_deployments(GROUP, premium.name)
    assert (listed.status, listed.name) == (4, tracking)
    assert web.web_apps.get_deployment(GROUP, premium.name, tracking).active
    assert web.web_apps.list_deployment_log(GROUP, premium.name, tracking).name == "log"
    cloud.faults.switch_on("status-runtime-failed", 1)
    told = web.web_apps.begin_get_production_site_deployment_status(
        GROUP, premium.name, tracking
    ).result()
    assert (told.status, told.number_of_instances_failed) == ("RuntimeFailed", 1)


def test_a_kept_package_that_is_named_runs_from_the_next_start_on(
    cloud: Cloud, premium: Site, send: Sender
) -> None:
    for mark in ("one", "two"):
        send.upload(premium, make_package(mark), query="isAsync=true")
        cloud.clock.skip(60)
        cloud.world.agenda.settle()
    first, second = premium.packages.stored
    pointer = f"{premium.scm_origin}/api/vfs/data/SitePackages/packagename.txt"
    assert send("GET", pointer).data == second.encode()
    assert send("PUT", pointer, body=first.encode()).status == 412
    assert send("PUT", pointer, body=first.encode(), headers={"If-Match": "*"}).status == 204
    assert marked(premium) == "two"
    premium.restart()
    assert marked(premium) == "one"
    outside = f"{premium.scm_origin}/api/vfs/..%2f..%2fx"
    assert send("PUT", outside, body=b"x").status in {404, 409}


def marked(site: Site) -> object:
    release = site.packages.release
    return release.lading["content"] if release else None


def test_what_an_app_logs_is_sent_as_it_comes_until_it_restarts(
    premium: Site, flex: Site, send: Sender
) -> None:
    token = send.credential.get_token(f"{APP_SERVICE}/.default").token
    with closing(
        send.pool.request(
            "GET",
            f"{premium.scm_origin}/api/logstream",
            headers={"Authorization": f"Bearer {token}"},
            preload_content=False,
        )
    ) as answer:
        assert b"Welcome" in answer.read1()
        premium.log.append("a line")
        assert b" a line" in answer.read1()
        premium.restart()
        while answer.read1():
            pass
    assert send("GET", f"{flex.scm_origin}/api/logstream").status == 404
