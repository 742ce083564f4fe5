"""A deployed package really runs, in Microsoft's runtime library, at the app's own address."""

from __future__ import annotations

import io
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from lading.edges.interpreters import find_interpreter
from local_azure.cloud import Cloud
from local_azure.runtime import Runtime
from local_azure.sites.hosting import SiteSpec
from local_azure.sites.site import Site
from tests.local_azure.cloud.conftest import FLEX, PREMIUM, Sender
from tests.support import leave_out

PYTHON = "3.13"
APP = """\
import os

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="price/{item}", methods=["GET", "POST"])
def price(req: func.HttpRequest) -> func.HttpResponse:
    body = f"{req.route_params['item']} %s {os.environ['COLOUR']} {req.get_body().decode()}"
    headers = {"x-site": os.environ["WEBSITE_SITE_NAME"]}
    return func.HttpResponse(body, status_code=201, headers=headers)


@app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *")
def nightly(timer: func.TimerRequest) -> None:
    print("books closed")
"""


def package(mark: str, *, code: str = APP) -> bytes:
    """Return an app that says which one it is."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("host.json", json.dumps({"version": "2.0"}))
        archive.writestr("function_app.py", code.replace("%s", mark))
    return held.getvalue()


@pytest.fixture(scope="session")
def runtime(machine: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """Return what runs packages; it fetches Microsoft's library once."""
    if find_interpreter(PYTHON, ambient=os.environ) is None:
        leave_out(f"there is no Python {PYTHON}")
    home = tmp_path_factory.mktemp("home")
    store = tmp_path_factory.mktemp("store")
    return Runtime(store=store, ambient=machine | {"HOME": str(home)}, machine=os.environ)


@pytest.fixture
def running(cloud: Cloud, runtime: Runtime) -> Cloud:
    """Return a cloud that runs what is deployed."""
    cloud.run_packages(runtime)
    return cloud


def deploy(site: Site, content: bytes, send: Sender, cloud: Cloud) -> None:
    """Deploy a package, and let the time pass that it takes."""
    assert send.upload(site, content).status == 202
    cloud.clock.skip(30)
    latest = send("GET", f"{site.scm_origin}/api/deployments/latest")
    assert latest.json()["status"] == 4


@pytest.mark.parametrize("spec", [FLEX, PREMIUM])
def test_the_newest_package_answers_with_its_settings(
    spec: SiteSpec, running: Cloud, send: Sender
) -> None:
    site = running.create(replace(spec, settings={**spec.settings, "COLOUR": "green"}))
    url = f"{site.origin}/api/price/tea"
    assert send("GET", url, audience="").status == 404
    deploy(site, package("one"), send, running)
    assert send("GET", url, audience="").status == 401
    key = {"x-functions-key": site.keys.default}
    answer = send("POST", url, body=b"now", headers=key, audience="")
    assert (answer.status, answer.data) == (201, b"tea one green now")
    assert answer.headers["x-site"] == site.name
    deploy(site, package("two"), send, running)
    again = send("GET", f"{url}?code={site.keys.master}", audience="")
    assert again.data == b"tea two green "
    assert [function.name for function in site.listed] == ["price", "nightly"]


def test_a_function_can_be_started_by_hand(running: Cloud, send: Sender) -> None:
    site = running.create(FLEX)
    deploy(site, package("one"), send, running)
    url = f"{site.origin}/admin/functions/nightly"
    headers = {"x-functions-key": site.keys.master, "Content-Type": "application/json"}
    assert send("POST", url, body=b'{"input": ""}', headers=headers).status == 202


def test_a_package_that_does_not_start_puts_its_host_into_an_error(
    running: Cloud, send: Sender
) -> None:
    site = running.create(FLEX)
    deploy(site, package("one", code="import nowhere_to_be_found\n"), send, running)
    headers = {"x-functions-key": site.keys.master}
    status = send("GET", f"{site.origin}/admin/host/status", headers=headers).json()
    assert status["state"] == "Error"
    assert "nowhere_to_be_found" in status["errors"][0]
    assert send("GET", f"{site.origin}/api/price/tea").status == 503
    assert send("POST", f"{site.origin}/admin/host/synctriggers", headers=headers).status == 500
    assert site.listed == ()


def test_what_this_machine_has_no_python_for_is_read_only(
    cloud: Cloud, send: Sender, tmp_path: Path
) -> None:
    cloud.run_packages(Runtime(store=tmp_path, ambient={}, machine={}))
    site = cloud.create(replace(FLEX, python="3.99"))
    deploy(site, package("one"), send, cloud)
    assert [function.name for function in site.listed] == ["price", "nightly"]
    assert send("GET", f"{site.origin}/api/price/tea").status == 501
