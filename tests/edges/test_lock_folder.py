from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from lading.core.config import App
from lading.core.errors import DiskError, LockError
from lading.core.lock import Lock, LockedSource
from lading.core.lock.files import render_lock
from lading.edges.lock_folder import read_lock, read_lock_hashes, write_lock

APP = App(
    name="orders",
    folder="functionapp",
    requirements="functionapp/requirements.txt",
    python="3.13",
    lock="functionapp/requirements.lock",
)
PLAIN = Lock(python="3.13", platform="x", fingerprint="aa" * 32, files=())
WITH_SOURCE = replace(
    PLAIN, sources=(LockedSource(kind="path", name="here", version="1", path="here"),)
)
OTHER_SOURCE = replace(
    PLAIN, sources=(LockedSource(kind="path", name="there", version="1", path="there"),)
)


def names(root: Path) -> set[str]:
    return {path.name for path in (root / "functionapp").iterdir()}


def test_where_there_is_no_lock_there_is_none(tmp_path: Path) -> None:
    assert read_lock(tmp_path, APP) is None


@pytest.mark.parametrize("lock", [PLAIN, WITH_SOURCE])
def test_what_is_written_is_read(tmp_path: Path, lock: Lock) -> None:
    assert write_lock(tmp_path, APP, lock)
    assert read_lock(tmp_path, APP) == lock
    assert not write_lock(tmp_path, APP, lock)


def test_the_second_file_goes_when_it_is_not_needed_any_more(tmp_path: Path) -> None:
    write_lock(tmp_path, APP, WITH_SOURCE)
    write_lock(tmp_path, APP, PLAIN)
    assert names(tmp_path) == {"requirements.lock"}
    assert read_lock(tmp_path, APP) == PLAIN


@pytest.mark.parametrize("moved", [0, 1])
def test_a_writer_that_was_killed_leaves_the_old_lock_or_the_new_one(
    tmp_path: Path, moved: int
) -> None:
    write_lock(tmp_path, APP, WITH_SOURCE)
    text = render_lock(OTHER_SOURCE)
    assert text.sources is not None
    folder = tmp_path / "functionapp"
    (folder / "requirements.lock.lading-new").write_text(text.requirements, "utf-8")
    second = "sources.lock" if moved else "sources.lock.lading-new"
    (folder / second).write_text(text.sources, "utf-8")
    assert read_lock(tmp_path, APP) == (OTHER_SOURCE if moved else WITH_SOURCE)
    assert "requirements.lock.lading-new" not in names(tmp_path)
    assert read_lock(tmp_path, APP) == (OTHER_SOURCE if moved else WITH_SOURCE)


def test_a_half_written_file_is_no_lock(tmp_path: Path) -> None:
    write_lock(tmp_path, APP, PLAIN)
    torn = tmp_path / "functionapp" / "requirements.lock.lading-new"
    torn.write_text("# What this app", "utf-8")
    assert read_lock(tmp_path, APP) == PLAIN
    assert not torn.exists()


def test_a_lock_that_cannot_be_read_is_no_missing_one(tmp_path: Path) -> None:
    (tmp_path / "functionapp" / "requirements.lock").mkdir(parents=True)
    with pytest.raises(LockError, match=r"requirements\.lock cannot be read: [A-Z]") as unread:
        read_lock(tmp_path, APP)
    assert str(tmp_path) not in unread.value.message


def test_a_lock_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "functionapp" / "requirements.lock.lading-new").mkdir(parents=True)
    with pytest.raises(DiskError, match=r"requirements\.lock cannot be written: "):
        write_lock(tmp_path, APP, PLAIN)


def test_the_hashes_of_a_lock_are_those_that_version_control_has(tmp_path: Path) -> None:
    assert read_lock_hashes(tmp_path, APP) == ()
    write_lock(tmp_path, APP, PLAIN)
    path = tmp_path / APP.lock
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_lock_hashes(tmp_path, APP) == ((APP.lock, expected),)
    write_lock(tmp_path, APP, WITH_SOURCE)
    assert [name for name, _ in read_lock_hashes(tmp_path, APP)] == [APP.lock, APP.sources_lock]
