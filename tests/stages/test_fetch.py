"""Locked wheels come by hash, many at once, and from nowhere when the store has them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lading.core.config import DefaultIndex, Project
from lading.core.errors import SourceError
from lading.core.lock import LockedFile
from lading.edges.access import Access
from lading.edges.http import Http
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.edges.workspace import read_project
from lading.stages.fetch import fetch_wheels
from local_sources import LocalSources
from tests.support import make_project


class Listener(Silence):
    """Progress that remembers its warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        """Remember."""
        self.warnings.append(text)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def project(tmp_path: Path, sources: LocalSources) -> Project:
    return read_project(make_project(tmp_path / "project", sources=sources))


@pytest.fixture
def access(project: Project, sources: LocalSources, ambient: dict[str, str]) -> Access:
    outer = sources.environment(ambient) | sources.credentials
    return Access(
        project,
        default_index=DefaultIndex(url="https://localhost:1/simple/", origin="the test"),
        http=Http(outer),
        ambient=outer,
        progress=Silence(),
    )


def locked(path: Path, *, sha256: str = "") -> LockedFile:
    name, version = path.name.split("-")[:2]
    return LockedFile(
        name=name.replace("_", "-"),
        version=version,
        filename=path.name,
        sha256=sha256 or hashlib.sha256(path.read_bytes()).hexdigest(),
        source="acme",
    )


def wheels(sources: LocalSources, count: int) -> tuple[LockedFile, ...]:
    return tuple(
        locked(sources.add_wheel(f"acme-part{number}", "1.0", files={"x.py": f"N = {number}\n"}))
        for number in range(count)
    )


def test_wheels_come_in_their_order_and_then_from_the_store(
    sources: LocalSources, access: Access, store: Store
) -> None:
    files = wheels(sources, 12)
    fetched = fetch_wheels(files, access=access, store=store, progress=Silence())
    assert [wheel.filename for wheel in fetched] == [file.filename for file in files]
    for file, wheel in zip(files, fetched, strict=True):
        assert hashlib.sha256(wheel.path.read_bytes()).hexdigest() == file.sha256
        assert (wheel.name, wheel.version, wheel.source) == (file.name, "1.0", "acme")
    sources.log.clear()
    sources.index.fail("500")
    assert fetch_wheels(files, access=None, store=store, progress=Silence()) == fetched
    assert sources.log() == ()


def test_a_damaged_file_in_the_store_is_fetched_again(
    sources: LocalSources, access: Access, store: Store
) -> None:
    files = wheels(sources, 2)
    first = fetch_wheels(files, access=access, store=store, progress=Silence())
    first[1].path.write_bytes(b"damaged")
    sources.log.clear()
    again = fetch_wheels(files, access=access, store=store, progress=Silence())
    assert again == first
    assert hashlib.sha256(again[1].path.read_bytes()).hexdigest() == files[1].sha256
    assert sources.log(path=files[0].filename) == ()


def test_offline_names_everything_that_is_missing_at_once(
    sources: LocalSources, access: Access, store: Store
) -> None:
    files = wheels(sources, 3)
    fetch_wheels(files[:1], access=access, store=store, progress=Silence())
    with pytest.raises(SourceError) as caught:
        fetch_wheels(files, access=None, store=store, progress=Silence())
    assert [line.strip() for line in caught.value.message.splitlines()] == [
        "2 files not in the store, and --offline allows no network:",
        files[1].filename,
        files[2].filename,
    ]
    assert caught.value.remedy == "Run once without --offline."


def test_a_file_that_was_replaced_is_not_taken(
    sources: LocalSources, access: Access, store: Store
) -> None:
    path = sources.add_wheel("acme-part", "1.0")
    replaced = locked(path, sha256="0" * 64)
    with pytest.raises(SourceError, match=r"source acme serves is not the one that was locked"):
        fetch_wheels((replaced,), access=access, store=store, progress=Silence())
    assert store.read_blob("0" * 64, filename=path.name) is None


def test_a_file_that_is_gone_names_source_and_remedy(
    sources: LocalSources, access: Access, store: Store
) -> None:
    sources.add_wheel("acme-part", "2.0")
    gone = LockedFile(
        name="acme-part",
        version="1.0",
        filename="acme_part-1.0-py3-none-any.whl",
        sha256="1" * 64,
        source="acme",
    )
    with pytest.raises(SourceError, match=r"source acme no longer has acme_part-1\.0") as caught:
        fetch_wheels((gone,), access=access, store=store, progress=Silence())
    assert "--upgrade-package acme-part" in caught.value.remedy


def test_a_truncated_file_is_an_error_and_leaves_nothing(
    sources: LocalSources, access: Access, store: Store
) -> None:
    (file,) = wheels(sources, 1)
    access.list_files(file.name)
    sources.index.fail("truncate")
    with pytest.raises(SourceError, match=r"acme"):
        fetch_wheels((file,), access=access, store=store, progress=Silence())
    assert store.read_blob(file.sha256, filename=file.filename) is None


def test_one_failure_does_not_hide_the_others(
    sources: LocalSources, access: Access, store: Store
) -> None:
    good, first, second = wheels(sources, 3)
    for file in (first, second):
        path = sources.private_packages.find(file.filename)
        assert path is not None
        path.unlink()
    listener = Listener()
    with pytest.raises(SourceError, match=first.name):
        fetch_wheels((first, good, second), access=access, store=store, progress=listener)
    assert second.name in listener.warnings[0]
    assert store.read_blob(good.sha256, filename=good.filename) is not None
