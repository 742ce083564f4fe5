"""The store keeps what it was given, and never hands out anything else."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.core.errors import DiskError
from lading.edges.store import Store, WrongContent, default_store_root

CONTENT = b"a wheel, for all the store knows"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_blob_is_found_again_under_its_own_file_name(tmp_path: Path) -> None:
    store = Store(tmp_path)
    stored = store.write_blob([CONTENT[:5], CONTENT[5:]], sha256=SHA256, filename="a-1-py3.whl")
    assert (stored.sha256, stored.size) == (SHA256, len(CONTENT))
    assert stored.path.name == "a-1-py3.whl"
    assert stored.path.read_bytes() == CONTENT
    assert Store(tmp_path).read_blob(SHA256, filename="a-1-py3.whl") == stored.path


def test_a_blob_without_a_promised_hash_gets_the_one_it_has(tmp_path: Path) -> None:
    assert Store(tmp_path).write_blob([CONTENT], sha256=None, filename="x").sha256 == SHA256


def test_wrong_content_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(WrongContent, match=r"a\.whl has the SHA-256"):
        store.write_blob([b"something else"], sha256=SHA256, filename="a.whl")
    assert files_below(tmp_path) == []
    assert store.read_blob(SHA256, filename="a.whl") is None


def test_a_source_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def chunks() -> list[bytes]:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        Store(tmp_path).write_blob(
            (piece for _ in (1,) for piece in chunks()), sha256=SHA256, filename="a.whl"
        )
    assert files_below(tmp_path) == []


def test_a_damaged_blob_is_removed_and_can_be_written_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.write_blob([CONTENT], sha256=SHA256, filename="a.whl").path
    before = path.stat()
    path.write_bytes(CONTENT.replace(b"wheel", b"wheeL"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.read_blob(SHA256, filename="a.whl") is None
    assert not path.exists()
    store.write_blob([CONTENT], sha256=SHA256, filename="a.whl")
    assert store.read_blob(SHA256, filename="a.whl") == path


@pytest.mark.parametrize("filename", ["../a.whl", "a/b", "", "..", "a\\b", "c:x", "a\0b"])
def test_a_hostile_file_name_is_refused(tmp_path: Path, filename: str) -> None:
    store = Store(tmp_path)
    with pytest.raises(WrongContent):
        store.write_blob([CONTENT], sha256=SHA256, filename=filename)
    with pytest.raises(WrongContent):
        store.read_blob(SHA256, filename=filename)


def test_a_record_is_found_by_kind_and_key_only(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_record("layer", "any key/at all", b"\n1\n2")
    assert store.read_record("layer", "any key/at all") == b"\n1\n2"
    assert store.read_record("metadata", "any key/at all") is None
    assert store.read_record("layer", "another") is None
    store.write_record("layer", "any key/at all", b"new")
    assert store.read_record("layer", "any key/at all") == b"new"


def test_a_damaged_or_displaced_record_is_not_believed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_record("layer", "one", b"value")
    (record,) = files_below(tmp_path)
    good = record.read_bytes()
    store.write_record("layer", "two", b"other")
    (other,) = set(files_below(tmp_path)) - {record}
    other.write_bytes(good)
    assert store.read_record("layer", "two") is None
    record.write_bytes(good[:-1])
    assert store.read_record("layer", "one") is None
    assert files_below(tmp_path) == []


def test_many_writers_of_one_blob_do_not_disturb_each_other(tmp_path: Path) -> None:
    paths: list[Path] = []

    def write() -> None:
        store = Store(tmp_path)
        for _ in range(20):
            paths.append(store.write_blob([CONTENT], sha256=SHA256, filename="a").path)
            assert store.read_blob(SHA256, filename="a") is not None

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths) == 160
    assert files_below(tmp_path) == [paths[0]]


def test_what_a_killed_build_left_is_cleared_away_after_a_day(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.scratch() as scratch:
        temporary = scratch.parent
        (scratch / "file").write_bytes(b"in use")
        old = temporary / "left-behind"
        old.mkdir()
        (old / "file").write_bytes(b"x")
        stray = temporary / "stray"
        stray.write_bytes(b"x")
        for path in (old, stray):
            os.utime(path, (0, 0))
        store.write_record("kind", "key", b"")
        assert sorted(temporary.iterdir()) == [scratch]
    assert list(temporary.iterdir()) == []


def test_the_store_is_where_the_environment_says(tmp_path: Path) -> None:
    assert default_store_root({"LADING_CACHE": str(tmp_path)}) == tmp_path
    assert default_store_root({}).name == "lading"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "cache"
    taken.write_text("a file in the folder's place")
    store = Store(taken)
    with pytest.raises(DiskError, match="cache/v1 cannot be written: ") as refused:
        store.write_blob([CONTENT], sha256=None, filename="a.whl")
    assert "LADING_CACHE" in refused.value.remedy
    with pytest.raises(DiskError):
        store.write_record("kind", "key", b"")
    with pytest.raises(DiskError), store.scratch():
        pass
    assert store.read_blob(SHA256, filename="a.whl") is None
    assert store.read_record("kind", "key") is None


def test_what_the_content_raises_is_not_blamed_on_the_disk(tmp_path: Path) -> None:
    def cut_off() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError("the server went away")

    with pytest.raises(ConnectionResetError):
        Store(tmp_path).write_blob(cut_off(), sha256=None, filename="a.whl")


def write_folder(store: Store, key: str = "k") -> Path:
    with store.new_folder("site-packages", key) as folder:
        (folder / "part").mkdir()
        (folder / "part/a.py").write_text("A = 1\n")
    found = store.read_folder("site-packages", key)
    assert found is not None
    return found


def test_a_folder_is_found_again_as_a_whole(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.read_folder("site-packages", "k") is None
    folder = write_folder(store)
    assert (folder / "part/a.py").read_text() == "A = 1\n"
    assert store.read_folder("site-packages", "k") == folder
    assert store.read_folder("site-packages", "other") is None
    assert not list((tmp_path / "v1/temporary").iterdir())


@pytest.mark.parametrize("harm", ["change", "add", "remove"])
def test_a_folder_that_was_touched_is_not_handed_out(tmp_path: Path, harm: str) -> None:
    store = Store(tmp_path)
    folder = write_folder(store)
    if harm == "change":
        (folder / "part/a.py").write_text("A = 22\n")
    elif harm == "add":
        (folder / "b.py").write_text("")
    else:
        (folder / "part/a.py").unlink()
    assert store.read_folder("site-packages", "k") is None
    assert (write_folder(store) / "part/a.py").read_text() == "A = 1\n"


def test_a_folder_that_was_not_finished_is_not_there(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def begin() -> None:
        with store.new_folder("engine", "k") as folder:
            (folder / "half.py").write_text("")
            raise KeyError

    with pytest.raises(KeyError):
        begin()
    assert store.read_folder("engine", "k") is None


def test_what_nobody_asked_for_in_weeks_makes_room(tmp_path: Path) -> None:
    store = Store(tmp_path)
    old, used = write_folder(store, "old"), write_folder(store, "used")
    for folder in (old, used):
        os.utime(folder.parent / "listing", (1, 1))
    assert store.read_folder("site-packages", "used") == used
    write_folder(store, "new")
    assert store.read_folder("site-packages", "old") is None
    assert store.read_folder("site-packages", "used") == used


def test_two_that_write_one_folder_at_once_both_have_it(tmp_path: Path) -> None:
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(write_folder(Store(tmp_path))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
