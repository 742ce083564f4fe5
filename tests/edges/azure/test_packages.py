"""Releases are kept in a container, each under its name, and come back as they were."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path

import pytest
import urllib3
from azure.storage.blob import ContainerClient

from lading.core.access.asked import Answer
from lading.core.secret import Secret
from lading.edges.azure.packages import KeptPackages
from local_azure.blobs import Blobs, BlobsUnavailableError
from local_azure.cloud import Cloud
from local_sources import LocalSources
from tests.edges.azure.conftest import Deployer
from tests.support import leave_out

NAME = "orders/0123456789ab.zip"


def sha256(data: bytes) -> str:
    """Return what can be compared, and shown, in place of megabytes."""
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def blobs(cloud: Cloud, sources: LocalSources) -> Blobs:
    """Return Azurite with an empty container."""
    try:
        blobs = cloud.start_blobs(os.environ, sources.certificates)
    except BlobsUnavailableError as error:
        leave_out(str(error))
    with ContainerClient.from_container_url(
        f"{blobs.url}/releases",
        credential=blobs.key,
        connection_verify=str(sources.certificates.bundle),
    ) as client:
        client.create_container()
    return blobs


@pytest.fixture
def kept(deployer: Deployer, blobs: Blobs) -> KeptPackages:
    """Return what keeps releases there."""
    return KeptPackages(
        f"{blobs.url}/releases", deployer.account, http=deployer.http, keep=deployer.kept.append
    )


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a package that takes several blocks."""
    path = tmp_path / "orders.zip"
    path.write_bytes(os.urandom(9 * 1024 * 1024))
    return path


def test_a_package_comes_back_as_it_was(kept: KeptPackages, package: Path, tmp_path: Path) -> None:
    told: list[int] = []
    assert kept.store(NAME, package, told.append) == Answer(status=201)
    assert sum(told) == package.stat().st_size
    assert kept.list_names() == (NAME,)
    back = tmp_path / "back.zip"
    assert kept.fetch(NAME, back) == Answer(status=200)
    assert sha256(back.read_bytes()) == sha256(package.read_bytes())


def test_what_is_kept_is_never_replaced(kept: KeptPackages, package: Path, tmp_path: Path) -> None:
    kept.store(NAME, package, lambda _: None)
    other = tmp_path / "other.zip"
    other.write_bytes(b"another one")
    assert kept.store(NAME, other, lambda _: None) == Answer(status=200)
    back = tmp_path / "back.zip"
    kept.fetch(NAME, back)
    assert sha256(back.read_bytes()) == sha256(package.read_bytes())


def test_what_is_not_there_is_not_written(kept: KeptPackages, tmp_path: Path) -> None:
    reply = kept.fetch("nobody.zip", tmp_path / "back.zip")
    assert isinstance(reply, Answer)
    assert reply.status == 404
    assert not (tmp_path / "back.zip").exists()


def test_a_signed_url_opens_one_package_and_is_kept_from_texts(
    kept: KeptPackages, deployer: Deployer, package: Path, sources: LocalSources
) -> None:
    kept.store(NAME, package, lambda _: None)
    signed = kept.sign(NAME, lasting=dt.timedelta(minutes=10))
    assert isinstance(signed, Secret)
    assert signed in deployer.kept
    with urllib3.PoolManager(ca_certs=str(sources.certificates.bundle)) as pool:
        got = pool.request("GET", signed.reveal())
        assert (got.status, sha256(got.data)) == (200, sha256(package.read_bytes()))
        block = {"x-ms-blob-type": "BlockBlob"}
        assert pool.request("PUT", signed.reveal(), body=b"x", headers=block).status == 403
        bare = signed.reveal().partition("?")[0]
        assert pool.request("GET", bare).status in {401, 403, 404, 409}


def test_a_container_that_is_not_there_is_said(
    deployer: Deployer, blobs: Blobs, package: Path
) -> None:
    kept = KeptPackages(
        f"{blobs.url}/nowhere", deployer.account, http=deployer.http, keep=deployer.kept.append
    )
    reply = kept.store(NAME, package, lambda _: None)
    assert isinstance(reply, Answer)
    assert reply.status == 404
    assert "ContainerNotFound" in reply.reason
