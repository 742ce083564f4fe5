"""Every way in which a host can go wrong, by name."""

from __future__ import annotations

import json
import socket
import sys
import threading
from pathlib import Path
from typing import get_args

import pytest
import urllib3
from pypi_simple import ProjectPage

from local_sources import FAULTS, Fault, LocalSources
from tests.local_sources.conftest import Client
from tests.local_sources.programs import download, git, with_token

WHEEL = "acme_pricing-1.9.0-py3-none-any.whl"


@pytest.fixture
def page(sources: LocalSources) -> str:
    """Return the URL of a page of the private index."""
    return f"{sources.index_url}acme-pricing/"


@pytest.mark.parametrize("fault", ["401", "403", "404", "500", "503"])
def test_a_host_refuses(fault: Fault, page: str, sources: LocalSources, client: Client) -> None:
    sources.index.fail(fault)
    assert client.get(page, sources.token).status == int(fault)
    assert sources.log()[-1].status == int(fault)
    assert sources.log()[-1].credential == "acme"
    sources.index.heal()
    assert client.get(page, sources.token).status == 200


def test_a_host_answers_an_expired_token_with_a_page_for_people(
    page: str, sources: LocalSources, client: Client
) -> None:
    sources.index.fail("sign-in")
    answer = client.get(page, sources.token)
    assert (answer.status, answer.headers["Content-Type"]) == (203, "text/html")
    assert ProjectPage.from_html("acme-pricing", answer.data, base_url=page).packages == []


def test_a_host_that_hangs_lets_go_when_it_is_healed(
    page: str, sources: LocalSources, client: Client
) -> None:
    sources.index.fail("hang")
    healing = heal_once_it_hangs(sources)
    assert client.get(page, sources.token).status == 500
    healing.join()
    assert [request.status for request in sources.log()] == [0]


def heal_once_it_hangs(sources: LocalSources) -> threading.Thread:
    def heal() -> None:
        sources.log.wait_for(lambda request: request.status == 0, seconds=60)
        sources.index.heal()

    healing = threading.Thread(target=heal)
    healing.start()
    return healing


def test_a_body_ends_in_the_middle(page: str, sources: LocalSources, client: Client) -> None:
    whole = client.get(page, sources.token).data
    sources.index.fail("truncate")
    with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead") as error:
        _ = client.get(page, sources.token).data
    assert f"{len(whole) // 2} bytes read" in str(error.value)


def test_only_the_files_may_be_truncated(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    sources.index.fail("truncate", where=".whl")
    index = with_token(sources.index_url, sources.token)
    code, files = download(
        index, "--no-deps", "acme-pricing", into=tmp_path / "d", environment=trusting
    )
    assert (code != 0, files) == (True, [])
    assert sources.log(path="/simple/acme-pricing/")[-1].status == 200


def test_a_fault_may_pass(page: str, sources: LocalSources, client: Client) -> None:
    sources.index.fail("500", times=2)
    assert [client.get(page, sources.token).status for _ in range(3)] == [500, 500, 200]


@pytest.mark.parametrize(
    ("fault", "start"),
    [
        ("redirect-to-http", "http://localhost:"),
        ("redirect-to-port", "https://localhost:"),
        ("redirect-to-host", "https://127.0.0.1:"),
        ("redirect-to-organisation", "/contoso/"),
    ],
)
def test_a_host_redirects_to_a_place_that_would_answer(
    fault: Fault, start: str, sources: LocalSources, client: Client
) -> None:
    page = f"{sources.azure_url}acme-core/"
    sources.contoso_packages.add_wheel("acme-core", "99.0")
    sources.azure.fail(fault, times=1)
    location = client.get(page, sources.token).headers["Location"]
    assert location.startswith(start)
    assert not location.startswith(sources.azure.origin)
    target = sources.azure.origin + location if location.startswith("/") else location
    assert client.get(target, sources.contoso_token).status == 200


@pytest.mark.parametrize(
    ("fault", "start"),
    [
        ("links-to-http", "http://localhost:"),
        ("links-to-port", "https://localhost:"),
        ("links-to-host", "https://127.0.0.1:"),
    ],
)
def test_a_page_links_to_files_that_are_there(
    fault: Fault, start: str, page: str, sources: LocalSources, client: Client
) -> None:
    sources.index.fail(fault)
    listed = ProjectPage.from_html(
        "acme-pricing", client.get(page, sources.token).data, base_url=page
    )
    (package,) = listed.packages
    assert package.url.startswith(start)
    assert package.digests["sha256"]
    assert not package.url.startswith(sources.index.origin)
    assert client.get(package.url).data.startswith(b"PK")


def test_links_are_moved_in_json_too(sources: LocalSources, client: Client) -> None:
    sources.public_packages.add_wheel("acme-pricing", "1.9.0")
    sources.public.fail("links-to-http")
    accept = "application/vnd.pypi.simple.v1+json"
    listed = json.loads(client.get(f"{sources.public_url}acme-pricing/", accept=accept).data)
    assert [file["url"] for file in listed["files"]] == [f"{sources.plain.origin}/files/{WHEEL}"]


def test_a_page_links_to_another_organisation_of_the_same_host(
    sources: LocalSources, client: Client
) -> None:
    page = f"{sources.azure_url}acme-core/"
    sources.azure.fail("links-to-organisation", where="/simple/")
    listed = ProjectPage.from_html("acme-core", client.get(page, sources.token).data, base_url=page)
    assert listed.packages[0].url.startswith(f"{sources.azure.origin}/contoso/")


def test_pip_with_a_token_in_its_url_falls_for_another_organisation(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    """The log tells a leak: pip matches credentials by host name alone."""
    sources.azure.fail("links-to-organisation", where="/simple/")
    index = with_token(sources.azure_url, sources.token)
    download(index, "acme-core", into=tmp_path / "d", environment=trusting)
    leaks = sources.log.leaks("acme", home="azure", scope="/acme/")
    assert leaks
    assert all(leak.path.startswith("/contoso/") for leak in leaks)


def test_git_is_redirected_to_a_repository_that_is_there(
    sources: LocalSources, trusting: dict[str, str], tmp_path: Path
) -> None:
    sources.git.fail("redirect-to-port")
    url = with_token(sources.tax_url, sources.git_token)
    done = git("clone", "-q", url, tmp_path / "c", environment=trusting)
    assert done.returncode == 0, done.stderr
    assert sources.log(host="other", path="/info/refs")


def test_a_stopped_host_refuses_connections_and_starts_on_its_old_port(
    page: str, sources: LocalSources, client: Client
) -> None:
    sources.index.stop()
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        client.get(page, sources.token)
    sources.index.start()
    assert client.get(page, sources.token).status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a port is one socket's")
def test_nobody_else_gets_the_port_of_a_stopped_host(sources: LocalSources) -> None:
    sources.index.stop()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", sources.index.port))


def test_every_fault_is_answered_without_a_crash(
    page: str, sources: LocalSources, client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    assert get_args(Fault) == FAULTS
    for fault in FAULTS:
        sources.index.fail(fault)
        if fault == "hang":
            heal_once_it_hangs(sources)
        answer = client.get(page, sources.token) if fault != "truncate" else None
        assert answer is None or answer.status in {200, 203, 302, 401, 403, 404, 500, 503}
    assert capfd.readouterr().err == ""
