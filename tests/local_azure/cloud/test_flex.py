"""One deploy on Flex Consumption: ids, records that do not stay, and its container."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import urllib3
from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.mgmt.web import WebSiteManagementClient
from azure.storage.blob import BlobClient, BlobSasPermissions, BlobServiceClient, generate_blob_sas

from local_azure.blobs import ACCOUNT, Blobs
from local_azure.cloud import Cloud
from local_azure.sites.hosting import Timing
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.local_azure.cloud.conftest import FLEX, Sender, make_package


def ask(send: Sender, site: Site, identifier: str) -> urllib3.BaseHTTPResponse:
    """Ask for a deployment."""
    return send("GET", f"{site.scm_origin}/api/deployments/{identifier}")


def end(send: Sender, cloud: Cloud, site: Site, identifier: str = "latest") -> dict[str, object]:
    """Let time pass until the deployment is over, and return its record."""
    cloud.clock.skip(20)
    record: dict[str, object] = ask(send, site, identifier).json()
    return record


def test_a_package_is_published_and_followed_by_its_id(
    flex: Site, cloud: Cloud, send: Sender
) -> None:
    identifier = send.publish(flex, make_package(), query="remoteBuild=False&deployer=lading")
    seen = []
    for _ in range(4):
        answer = ask(send, flex, identifier)
        seen.append((answer.status, answer.json()["status"]))
        cloud.clock.skip(0.55)
    assert seen == [(200, 0), (200, 1), (200, 2), (200, 4)]
    record = answer.json()
    assert (record["remoteBuild"], record["deployer"]) == (False, "lading")
    assert flex.packages.release is not None
    assert flex.packages.release.lading == {"content": "one"}
    assert not flex.packages.built
    log = [entry["message"] for entry in send("GET", record["log_url"]).json()]
    assert "Running UploadPackageStep." in log
    cloud.faults.switch_on("log-missing")
    assert send("GET", record["log_url"]).status == 404


def test_a_remote_build_is_seen(flex: Site, cloud: Cloud, send: Sender) -> None:
    identifier = send.publish(flex, make_package(), query="RemoteBuild=True")
    assert end(send, cloud, flex, identifier)["remoteBuild"]
    assert flex.packages.built


@pytest.mark.parametrize(("fault", "built"), [("", []), ("remote-build-by-default", [True])])
def test_an_upload_need_not_speak_of_a_remote_build(
    fault: str, built: list[bool], flex: Site, cloud: Cloud, send: Sender
) -> None:
    if fault:
        cloud.faults.switch_on(fault)
    send.publish(flex, make_package(), query="deployer=lading")
    told = [record.upload.remote_build for record in flex.deployments.records]
    assert told == (built or [False])
    end(send, cloud, flex)
    send.publish(flex, make_package(), query="RemoteBuild=false")
    assert not flex.deployments.records[-1].upload.remote_build


def test_an_instance_is_found_by_its_cookie(flex: Site, cloud: Cloud, send: Sender) -> None:
    cloud.faults.switch_on("affinity-needed")
    answer = send.upload(flex, make_package())
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    url = f"{flex.scm_origin}/api/deployments/{answer.json()}"
    assert cookie.startswith("ARRAffinity=")
    assert send("GET", url).status == 404
    assert send("GET", url, headers={"Cookie": cookie}).status == 200


@pytest.mark.parametrize("path", ["zipdeploy", "settings", "isdeploying", "vfs/site/wwwroot/"])
def test_what_other_plans_have_is_not_there(path: str, flex: Site, send: Sender) -> None:
    assert send("GET", f"{flex.scm_origin}/api/{path}").status == 404
    assert send("POST", f"{flex.scm_origin}/api/{path}", body=b"x").status == 404


@pytest.mark.parametrize(("fault", "status"), [("", 415), ("content-type-400", 400)])
def test_the_content_type_has_to_be_a_zips(
    fault: str, status: int, flex: Site, cloud: Cloud, send: Sender
) -> None:
    if fault:
        cloud.faults.switch_on(fault, 1)
    headers = {"Content-Type": "application/octet-stream"}
    url = f"{flex.scm_origin}/api/publish"
    assert send("POST", url, body=make_package(), headers=headers).status == status


def test_the_answer_has_more_than_one_form(flex: Site, cloud: Cloud, send: Sender) -> None:
    said = []
    for fault in ("publish-plain-id", "publish-located", "publish-done"):
        cloud.faults.switch_on(fault, 1)
        said.append(send.upload(flex, make_package()))
        assert end(send, cloud, flex)["status"] == 4
    plain, located, done = said
    ids = [record.id for record in flex.deployments.records]
    assert (plain.status, plain.data.decode()) == (202, ids[0])
    assert located.headers["SCM-DEPLOYMENT-ID"] == located.json() == ids[1]
    assert ask(send, flex, ids[1]).status == 200
    assert located.headers["Location"] == f"{flex.scm_origin}/api/deployments/{ids[1]}"
    assert (done.status, done.data) == (200, b"")


@pytest.mark.parametrize(
    ("fault", "status"),
    [("publish-missing", 404), ("publish-unavailable", 503), ("early-verdict", 409)],
)
def test_an_upload_may_be_refused(
    fault: str, status: int, flex: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.faults.switch_on(fault, 1)
    assert send.upload(flex, make_package()).status == status
    assert send.upload(flex, make_package()).status == 202


@pytest.mark.parametrize("fault", ["", "conflict-later"])
def test_a_second_upload_is_refused_or_dropped_later(
    fault: str, flex: Site, cloud: Cloud, send: Sender
) -> None:
    first = send.publish(flex, make_package("one"))
    if fault:
        cloud.faults.switch_on(fault, 1)
        second = send.publish(flex, make_package("two"))
        assert ask(send, flex, second).json()["status"] == 5
    else:
        assert send.upload(flex, make_package("two")).status == 409
    assert end(send, cloud, flex, first)["status"] == 4
    assert flex.packages.release is not None
    assert flex.packages.release.lading == {"content": "one"}


def test_a_record_may_not_be_there_yet_and_polls_may_answer_202(
    flex: Site, cloud: Cloud, send: Sender
) -> None:
    identifier = send.publish(flex, make_package())
    cloud.faults.switch_on("polls-missing", 2)
    cloud.faults.switch_on("polls-accepted")
    seen = [ask(send, flex, identifier).status for _ in range(3)]
    cloud.clock.skip(20)
    assert [*seen, ask(send, flex, identifier).status] == [404, 404, 202, 200]


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [("recycled-missing", 404, None), ("recycled-empty", 200, {})],
)
def test_a_record_may_be_gone_before_its_end_was_told(
    fault: str, status: int, body: object, flex: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.faults.switch_on(fault, 2)
    identifier = send.publish(flex, make_package())
    assert [ask(send, flex, identifier).json()["status"] for _ in range(2)] == [0, 0]
    cloud.clock.skip(20)
    gone = ask(send, flex, identifier)
    assert gone.status == status
    assert body is None or gone.json() == body
    (listed,) = send("GET", f"{flex.scm_origin}/api/deployments").json()
    assert (listed["id"], listed["status"]) == (identifier, 4)


def test_a_record_may_be_gone_some_seconds_after_its_end(
    flex: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.faults.switch_on("recycled-later", 1)
    identifier = send.publish(flex, make_package())
    seen = []
    for _ in range(4):
        seen.append(ask(send, flex, identifier).status)
        cloud.clock.skip(0.9)
    assert seen == [200, 200, 200, 404]
    assert ask(send, flex, "latest").status == 404
    url = f"{flex.scm_origin}/api/deployments"
    assert len(send("GET", url).json()) == 1
    cloud.faults.switch_on("list-forgets")
    assert send("GET", url).json() == []


@pytest.mark.parametrize(
    ("fault", "status", "runs"),
    [
        ("ends-cancelled", -1, False),
        ("ends-failed", 3, False),
        ("ends-conflict", 5, False),
        ("ends-partly", 6, True),
        ("scm-restart", 3, False),
        ("release-not-taken", 4, False),
    ],
)
def test_a_deployment_may_end_otherwise(
    fault: str, status: int, flex: Site, cloud: Cloud, send: Sender, *, runs: bool
) -> None:
    cloud.faults.switch_on(fault, 1)
    record = end(send, cloud, flex, send.publish(flex, make_package()))
    assert (record["status"], record["complete"]) == (status, True)
    assert (flex.packages.release is not None) == runs


def test_run_from_package_fails_the_deployment(flex: Site, cloud: Cloud, send: Sender) -> None:
    flex.settings["WEBSITE_RUN_FROM_PACKAGE"] = "1"
    record = end(send, cloud, flex, send.publish(flex, make_package()))
    assert (record["status"], flex.packages.release) == (3, None)
    assert "WEBSITE_RUN_FROM_PACKAGE" in str(record["status_text"])


@pytest.mark.parametrize(("fault", "status"), [("", 4), ("settings-stop-flex", 3)])
def test_a_change_of_settings_may_end_a_deployment(
    fault: str, status: int, flex: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.world.timing = Timing(restart=0.2)
    if fault:
        cloud.faults.switch_on(fault, 1)
    identifier = send.publish(flex, make_package())
    flex.write_settings({"COLOUR": "green"})
    assert end(send, cloud, flex, identifier)["status"] == status
    assert flex.restarts == (2 if status == 4 else 1)


def test_the_app_may_lack_the_right_to_its_container(
    flex: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.faults.switch_on("upload-step-403", 1)
    record = end(send, cloud, flex, send.publish(flex, make_package()))
    assert (record["status"], flex.packages.release) == (3, None)
    assert "UploadPackageStep" in str(record["status_text"])


def test_the_package_is_in_the_container(
    blobs: Blobs, cloud: Cloud, send: Sender, azure_storage: BlobServiceClient
) -> None:
    site = cloud.create(FLEX)
    assert site.spec.container.startswith(blobs.url)
    for mark in ("one", "two"):
        assert end(send, cloud, site, send.publish(site, make_package(mark)))["status"] == 4
    name = site.spec.container.rpartition("/")[2]
    blob = azure_storage.get_blob_client(name, "released-package.zip")
    assert blob.download_blob().readall() == make_package("two")


def test_resource_manager_fetches_a_package_by_its_url(
    blobs: Blobs,
    cloud: Cloud,
    send: Sender,
    web: WebSiteManagementClient,
    azure_storage: BlobServiceClient,
) -> None:
    site = cloud.create(FLEX)
    azure_storage.create_container("mine")
    statuses = []
    for name in ("released-package.zip", "orders.zip", "missing.zip"):
        if name != "missing.zip":
            azure_storage.get_blob_client("mine", name).upload_blob(make_package(name))
        sas = generate_blob_sas(
            ACCOUNT,
            "mine",
            name,
            account_key=blobs.key,
            permission=BlobSasPermissions(read=True),
            expiry=datetime.now(UTC) + timedelta(hours=1),
        )
        url = f"{cloud.id_of(site)}/extensions/onedeploy?api-version=2023-12-01"
        told = {"packageUri": f"{blobs.url}/mine/{name}?{sas}", "remoteBuild": False}
        cloud.faults.switch_on("onedeploy-named", 1)
        if name == "orders.zip":
            cloud.faults.switch_off("onedeploy-named")
            cloud.faults.switch_on("onedeploy-done", 1)
        answer = web.send_request(HttpRequest("PUT", url, json={"properties": told}))
        statuses.append(answer.status_code)
        cloud.clock.skip(20)
        send("GET", f"{site.scm_origin}/api/deployments")
    assert statuses == [202, 200, 400]
    elsewhere = {"packageUri": "https://acme.blob.core.windows.net/mine/released-package.zip"}
    answer = web.send_request(HttpRequest("PUT", url, json={"properties": elsewhere}))
    assert (answer.status_code, "cannot be reached" in answer.text()) == (400, True)
    cloud.faults.switch_on("onedeploy-forbidden")
    answer = web.send_request(HttpRequest("PUT", url, json={"properties": elsewhere}))
    assert (answer.status_code, answer.json()["Message"]) == (403, "Ip Forbidden")
    assert site.packages.release is not None
    assert site.packages.release.lading == {"content": "orders.zip"}


@pytest.fixture
def azure_storage(
    blobs: Blobs, sources: LocalSources, credential: TokenCredential
) -> BlobServiceClient:
    """Return Microsoft's client of Blob storage, signed in as the application."""
    bundle = str(sources.certificates.bundle)
    return BlobServiceClient(blobs.url, credential=credential, connection_verify=bundle)


def test_storage_refuses_a_token_for_something_else(
    blobs: Blobs, sources: LocalSources, send: Sender
) -> None:
    with BlobClient(
        blobs.url, "mine", "x", connection_verify=str(sources.certificates.bundle)
    ) as client:
        version = {"x-ms-version": "2025-01-05"}
        assert send("GET", client.url, headers=version).status == 403
        storage = "https://storage.azure.com"
        assert send("GET", client.url, headers=version, audience=storage).status == 404


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        ("message-dropped", ("lading", "Created via a push deployment")),
        ("recorded-as-onedeploy", ("OneDeploy", "OneDeploy")),
    ],
)
def test_what_was_said_with_an_upload_may_not_be_kept(
    fault: str, kept: tuple[str, str], flex: Site, cloud: Cloud, send: Sender
) -> None:
    cloud.faults.switch_on(fault)
    identifier = send.publish(flex, make_package(), query="deployer=lading&message=mine")
    record = end(send, cloud, flex, identifier)
    assert (record["deployer"], record["message"]) == kept


def test_a_deployment_may_be_left_behind(flex: Site, cloud: Cloud, send: Sender) -> None:
    cloud.faults.switch_on("left-behind", 1)
    first = send.publish(flex, make_package())
    cloud.clock.skip(4000)
    assert ask(send, flex, first).json()["status"] == 2
    second = send.publish(flex, make_package())
    assert end(send, cloud, flex, second)["status"] == 4


@pytest.mark.parametrize(
    ("fault", "status"), [("deployments-unavailable", 503), ("deployments-missing", 404)]
)
def test_resource_manager_may_not_tell_of_deployments(
    fault: str, status: int, flex: Site, cloud: Cloud, web: WebSiteManagementClient
) -> None:
    cloud.faults.switch_on(fault)
    with pytest.raises(HttpResponseError) as refused:
        list(web.web_apps.list_deployments(flex.spec.group, flex.name, retry_total=0))
    assert refused.value.status_code == status
