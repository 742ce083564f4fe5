"""Clients that others wrote, and one that says exactly what it is told."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpResponse
from azure.identity import ClientSecretCredential
from azure.mgmt.web import WebSiteManagementClient

from local_azure import LocalAzure
from local_azure.blobs import Blobs, BlobsUnavailableError
from local_azure.cloud import Cloud
from local_azure.identity.directory import APP_SERVICE, ARM
from local_azure.sites.hosting import SiteSpec, Timing
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.support import leave_out

GROUP = "orders"
APP = """\
import azure.functions as func

app = func.FunctionApp()


@app.route(route="price/{item}", methods=["GET"])
def price(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("1")


@app.function_name("nightly")
@app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *")
def close_books(timer: func.TimerRequest) -> None: ...
"""
FLEX = SiteSpec(name="orders-flex", hosting="flex", settings={"AzureWebJobsStorage": "acme"})
PREMIUM = SiteSpec(
    name="orders-premium",
    hosting="premium",
    slots=("staging",),
    settings={"WEBSITE_RUN_FROM_PACKAGE": "1", "FUNCTIONS_EXTENSION_VERSION": "~4"},
)


def make_package(mark: str = "one") -> bytes:
    """Return a small package, the same one whenever; `mark` is in its lading.json."""
    files = {
        "host.json": '{"version": "2.0"}',
        "function_app.py": APP,
        "lading.json": json.dumps({"content": mark}),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return held.getvalue()


def raw(error: HttpResponseError) -> HttpResponse:
    """Return the answer behind an error: what the service says is not always understood."""
    assert isinstance(error.response, HttpResponse)
    return error.response


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Sends what a test says, with a token for App Service, and nothing else."""

    pool: urllib3.PoolManager
    credential: TokenCredential

    def __call__(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        audience: str = APP_SERVICE,
    ) -> urllib3.BaseHTTPResponse:
        """Send one request; with the audience "" without a token."""
        token = self.credential.get_token(f"{audience}/.default").token if audience else ""
        shown = {"Authorization": f"Bearer {token}"} if token else {}
        return self.pool.request(
            method, url, body=body, headers={**shown, **(headers or {})}, redirect=False
        )

    def publish(self, site: Site, package: bytes, *, query: str = "RemoteBuild=false") -> str:
        """Send a package to a Flex site, and return the deployment's id."""
        answer = self.upload(site, package, query=query)
        assert answer.status == 202, answer.data
        identifier: str = answer.json()
        return identifier

    def upload(self, site: Site, package: bytes, *, query: str = "") -> urllib3.BaseHTTPResponse:
        """Send a package to a site as its plan wants it."""
        path, more = ("publish", "") if site.spec.is_flex else ("zipdeploy", "isAsync=true&")
        url = f"{site.scm_origin}/api/{path}?{more}{query}"
        return self("POST", url, body=package, headers={"Content-Type": "application/zip"})


@pytest.fixture
def cloud(azure: LocalAzure) -> Cloud:
    """Return a subscription without Function Apps, in which time passes when a test says so."""
    azure.cloud.clock.hold()
    azure.cloud.world.timing = Timing(retry_after=0)
    return azure.cloud


@pytest.fixture
def flex(cloud: Cloud) -> Site:
    """Return an app on Flex Consumption."""
    return cloud.create(FLEX)


@pytest.fixture
def premium(cloud: Cloud) -> Site:
    """Return an app on Elastic Premium that runs from its package, with a slot."""
    return cloud.create(PREMIUM)


@pytest.fixture
def credential(azure: LocalAzure, sources: LocalSources) -> Iterator[TokenCredential]:
    """Return Microsoft's own credential of the application."""
    entra = azure.entra
    with ClientSecretCredential(
        entra.tenant,
        entra.client_id,
        entra.client_secret,
        authority=entra.origin,
        disable_instance_discovery=True,
        connection_verify=str(sources.certificates.bundle),
    ) as opened:
        yield opened


@pytest.fixture
def web(
    azure: LocalAzure, cloud: Cloud, sources: LocalSources, credential: TokenCredential
) -> Iterator[WebSiteManagementClient]:
    """Return Microsoft's client of Microsoft.Web; it repeats nothing: each answer counts."""
    with WebSiteManagementClient(
        credential,
        azure.subscription,
        base_url=cloud.resource_manager.origin,
        credential_scopes=[f"{ARM}/.default"],
        connection_verify=str(sources.certificates.bundle),
        retry_total=0,
        polling_interval=0,
    ) as opened:
        yield opened


@pytest.fixture
def send(sources: LocalSources, credential: TokenCredential) -> Iterator[Sender]:
    """Return what sends exactly what a test says."""
    bundle = str(sources.certificates.bundle)
    with urllib3.PoolManager(ca_certs=bundle, retries=False, timeout=60) as pool:
        yield Sender(pool=pool, credential=credential)


@pytest.fixture
def blobs(cloud: Cloud, sources: LocalSources, machine: dict[str, str]) -> Blobs:
    """Return real Blob storage."""
    try:
        return cloud.start_blobs(machine, sources.certificates)
    except BlobsUnavailableError as error:
        leave_out(str(error), ambient=os.environ)


@pytest.fixture
def package_file(tmp_path: Path) -> Path:
    """Return a small package on disk."""
    path = tmp_path / "orders.zip"
    path.write_bytes(make_package())
    return path
