"""Packages go to an SCM site block by block; every answer comes back as it was given."""

from __future__ import annotations

import hashlib
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from lading.core.access.asked import Answer
from lading.core.deployment.reactions import Accepted, Look, NoAnswer
from lading.core.deployment.scm_records import DEPLOYER, marker_of, parse_record, parse_records
from lading.core.deployment.uploads import judge_upload
from lading.core.documents import parse_json
from lading.core.hosting import Character
from lading.edges.azure.resource_manager import Reply
from lading.edges.azure.scm import Parcel, Scm
from local_azure.cloud import Cloud
from local_azure.sites.site import Site
from tests.edges.azure.conftest import Deployer

MARKER = marker_of("0123456789abcdef", "00000001")
MEBIBYTE = 1 << 20


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a package of some megabytes."""
    path = tmp_path / "orders.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("host.json", '{"version": "2.0"}')
        archive.writestr("function_app.py", "import azure.functions as func\n")
        archive.writestr("data.bin", bytes(8 * MEBIBYTE))
    return path


def scm_of(deployer: Deployer, site: Site) -> Scm:
    return Scm(site.scm_origin, deployer.account, http=deployer.http)


def send(deployer: Deployer, site: Site, package: Path) -> tuple[Reply, list[int]]:
    told: list[int] = []
    character: Character = "publish" if site.spec.is_flex else "zip-deploy"
    parcel = Parcel(path=package, character=character, message=MARKER)
    return scm_of(deployer, site).upload(parcel, told.append), told


def body(reply: Reply) -> object:
    assert isinstance(reply, Answer)
    assert reply.status in {200, 202}, reply.body
    return parse_json(reply.body)


def test_flex_takes_a_package_and_knows_it_by_its_id(
    deployer: Deployer, flex: Site, package: Path, cloud: Cloud
) -> None:
    reply, told = send(deployer, flex, package)
    taken = judge_upload("publish", reply)
    assert isinstance(taken, Accepted)
    assert sum(told) == package.stat().st_size
    cloud.clock.skip(120)
    record = parse_record(body(scm_of(deployer, flex).read_deployment(taken.id)))
    assert record is not None
    assert (record.deployer, record.message) == (DEPLOYER, MARKER)


def test_app_service_takes_a_package_whole(
    deployer: Deployer, premium: Site, package: Path, cloud: Cloud
) -> None:
    reply, _ = send(deployer, premium, package)
    assert isinstance(judge_upload("zip-deploy", reply), Accepted)
    cloud.clock.skip(120)
    (record,) = parse_records(body(scm_of(deployer, premium).list_deployments()))
    assert record.message == MARKER
    release = premium.packages.release
    assert release is not None
    assert hashlib.sha256(release.package.read_bytes()).digest() == (
        hashlib.sha256(package.read_bytes()).digest()
    )


def test_a_package_never_lies_in_memory(deployer: Deployer, premium: Site, tmp_path: Path) -> None:
    large = tmp_path / "large.zip"
    with zipfile.ZipFile(large, "w") as archive:
        archive.writestr("host.json", "{}")
        archive.writestr("data.bin", bytes(64 * MEBIBYTE))
    scm_of(deployer, premium).list_deployments()
    parcel = Parcel(path=large, character="zip-deploy", message=MARKER)
    scm = scm_of(deployer, premium)
    seen: list[int] = []
    tracemalloc.start()
    try:
        # The stand-in is in this process too: what it holds comes after the last block has left.
        scm.upload(parcel, lambda _: seen.append(tracemalloc.get_traced_memory()[0]))
    finally:
        tracemalloc.stop()
    assert max(seen) < 8 * MEBIBYTE


@pytest.mark.parametrize("fault", ["scm-own-audience", "scm-arm-audience"])
def test_a_site_is_shown_the_token_that_it_takes(
    deployer: Deployer, cloud: Cloud, premium: Site, package: Path, fault: str
) -> None:
    cloud.faults.switch_on(fault)
    scm = scm_of(deployer, premium)
    assert body(scm.list_deployments()) == []
    parcel = Parcel(path=package, character="zip-deploy", message=MARKER)
    reply = scm.upload(parcel, lambda _: None)
    assert isinstance(judge_upload("zip-deploy", reply), Accepted)


@pytest.mark.parametrize("fault", ["reply-lost", "upload-cut"])
def test_a_connection_that_ends_with_the_package_asks_for_a_look(
    deployer: Deployer, cloud: Cloud, premium: Site, package: Path, fault: str
) -> None:
    cloud.faults.switch_on(fault)
    reply, told = send(deployer, premium, package)
    assert told
    assert isinstance(judge_upload("zip-deploy", reply), Look)


@pytest.mark.parametrize("fault", ["early-verdict", "deployment-in-progress", "scm-unavailable"])
def test_a_package_that_is_refused_is_not_sent_again(
    deployer: Deployer, cloud: Cloud, premium: Site, package: Path, fault: str
) -> None:
    # Over after one occasion: who sends again is taken.
    cloud.faults.switch_on(fault, 1)
    reply, _ = send(deployer, premium, package)
    assert not isinstance(judge_upload("zip-deploy", reply), Accepted)
    cloud.faults.clear()
    cloud.clock.skip(120)
    assert body(scm_of(deployer, premium).list_deployments()) == []


def test_a_site_that_cannot_be_reached_gives_no_answer(
    deployer: Deployer, cloud: Cloud, premium: Site
) -> None:
    cloud.faults.switch_on("scm-unreachable")
    assert isinstance(scm_of(deployer, premium).list_deployments(), NoAnswer)


def test_a_tenant_that_does_not_know_app_service_gives_the_token_of_resource_manager(
    deployer: Deployer, premium: Site
) -> None:
    account = deployer.account
    cloud = replace(account.cloud, scm_audience="https://unknown.example/.default")
    scm = Scm(premium.scm_origin, replace(account, cloud=cloud), http=deployer.http)
    for _ in range(2):
        reply = scm.list_deployments()
        assert isinstance(reply, Answer)
        assert reply.status == 200
