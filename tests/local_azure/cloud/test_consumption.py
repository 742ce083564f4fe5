"""Linux Consumption: an app runs from an URL, which is asked at each start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.web import WebSiteManagementClient
from azure.storage.blob import BlobSasPermissions, PublicAccess, generate_blob_sas

from local_azure.blobs import ACCOUNT, Blobs
from local_azure.cloud import Cloud
from local_azure.sites.hosting import SiteSpec
from local_azure.sites.site import Site
from tests.local_azure.cloud.conftest import GROUP, Sender, make_package

SETTING = "WEBSITE_RUN_FROM_PACKAGE"


@pytest.fixture
def site(cloud: Cloud) -> Site:
    """Return an app on Linux Consumption."""
    return cloud.create(SiteSpec(name="orders", hosting="consumption", python="3.12"))


@pytest.fixture
def place(blobs: Blobs) -> str:
    """Return the URL of a package in a container that is not public; in `public` is another one."""
    for name, access in (("function-releases", None), ("public", PublicAccess.BLOB)):
        with blobs.container(f"{blobs.url}/{name}") as container:
            container.create_container(public_access=access)
            container.upload_blob("one.zip", make_package())
    return f"{blobs.url}/function-releases/one.zip"


def signed(url: str, blobs: Blobs, *, hours: int) -> str:
    """Return an URL with a signature that is valid for some hours, or has not been for so long."""
    signature = generate_blob_sas(
        ACCOUNT,
        "function-releases",
        "one.zip",
        account_key=blobs.key,
        permission=BlobSasPermissions(read=True),
        expiry=datetime.now(UTC) + timedelta(hours=hours),
    )
    return f"{url}?{signature}"


@pytest.mark.parametrize(
    ("way", "fault", "problem"),
    [
        ("signature", "", ""),
        ("expired", "", "the package could not be fetched: the storage answered 403"),
        ("identity", "", ""),
        ("identity", "identity-forbidden", "the package could not be fetched: the storage"),
        ("public", "identity-forbidden", ""),
    ],
)
def test_the_package_is_fetched_at_each_start(
    way: str, fault: str, problem: str, site: Site, cloud: Cloud, blobs: Blobs, place: str
) -> None:
    if fault:
        cloud.faults.switch_on(fault)
    hours = {"signature": 1, "expired": -1}
    url = signed(place, blobs, hours=hours[way]) if way in hours else place
    if way == "public":
        url = url.replace("function-releases", "public")
    site.write_settings({SETTING: url})
    cloud.clock.skip(10)
    cloud.world.agenda.settle()
    names = [function.name for function in site.list_functions()]
    assert names == ([] if problem else ["price", "nightly"])
    assert site.functions_host is not None
    assert site.functions_host.problem.startswith(problem)


def test_syncing_triggers_may_be_refused_for_a_while(
    site: Site, cloud: Cloud, blobs: Blobs, place: str, web: WebSiteManagementClient
) -> None:
    site.settings[SETTING] = signed(place, blobs, hours=1)
    cloud.faults.switch_on("sync-refused", 2)
    for _ in range(2):
        with pytest.raises(HttpResponseError, match="Bad Request"):
            web.web_apps.sync_functions(GROUP, site.name)
    web.web_apps.sync_functions(GROUP, site.name)
    assert len(site.listed) == 2


@pytest.mark.parametrize(
    ("settings", "outcome"),
    [
        ({}, (True, 2)),
        ({"SCM_DO_BUILD_DURING_DEPLOYMENT": "false", "ENABLE_ORYX_BUILD": "false"}, (False, 2)),
        ({SETTING: "1"}, (False, 0)),
    ],
)
def test_zip_deploy_builds_or_does_nothing_at_all(
    settings: dict[str, str], outcome: tuple[bool, int], cloud: Cloud, send: Sender
) -> None:
    site = cloud.create(SiteSpec(name="orders", hosting="consumption", settings=settings))
    assert send.upload(site, make_package()).status == 202
    cloud.clock.skip(10)
    latest = send("GET", f"{site.scm_origin}/api/deployments/latest")
    assert latest.json()["status"] == 4
    assert (site.packages.built, len(site.listed)) == outcome


def test_what_runs_from_an_url_takes_an_upload_only_in_its_place(
    cloud: Cloud, send: Sender
) -> None:
    settings = {SETTING: "https://acme.blob.core.windows.net/releases/one.zip?sv=1"}
    site = cloud.create(SiteSpec(name="orders", hosting="consumption", settings=settings))
    assert send.upload(site, make_package()).status == 409
    accepted = send.upload(site, make_package(), query="overwriteWebsiteRunFromPackage=true")
    assert accepted.status == 202
    assert send("GET", f"{site.scm_origin}/api/vfs/").status == 404
