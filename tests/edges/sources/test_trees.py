"""Archives are unpacked with suspicion, and folders copied without what tools leave behind."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from lading.core.errors import BuildError
from lading.edges.sources import trees as source_trees
from lading.edges.sources.trees import (
    copy_tree,
    find_root,
    hash_tree,
    pack_tree,
    read_source_texts,
    unpack_archive,
)


def member(
    name: str, content: bytes = b"x", *, kind: bytes = tarfile.REGTYPE, target: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    info.size = len(content) if kind == tarfile.REGTYPE else 0
    return info, content


def write_tar(path: Path, members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content) if info.isreg() else None)
    return path


def unpacked(archive: Path) -> Path:
    into = archive.parent / "into"
    into.mkdir()
    unpack_archive(archive, into)
    return into


def test_a_tar_archive_is_unpacked_with_plain_modes_and_links_inside(tmp_path: Path) -> None:
    script = member("thing-1.0/run.sh", b"#!/bin/sh\n")
    script[0].mode = 0o4777
    link = member("thing-1.0/docs/link", kind=tarfile.SYMTYPE, target="../a.py")
    hard = member("thing-1.0/b.py", kind=tarfile.LNKTYPE, target="thing-1.0/a.py")
    into = unpacked(
        write_tar(tmp_path / "t.tar.gz", [member("thing-1.0/a.py"), script, link, hard])
    )
    assert find_root(into) == "thing-1.0"
    assert (into / "thing-1.0/run.sh").stat().st_mode & 0o7777 == 0o755
    assert (into / "thing-1.0/a.py").stat().st_mode & 0o7777 == 0o644
    assert (into / "thing-1.0/docs/link").read_bytes() == b"x"
    assert (into / "thing-1.0/b.py").read_bytes() == b"x"


def test_a_zip_archive_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("thing/a.py", "A = 1\n")
        archive.writestr("other/", "")
    into = unpacked(tmp_path / "t.zip")
    assert (into / "thing/a.py").read_text() == "A = 1\n"
    assert find_root(into) == ""


@pytest.mark.parametrize(
    ("members", "match"),
    [
        ([member("/etc/passwd")], "a name outside of it"),
        ([member("a/../../b")], "a name outside of it"),
        ([member("C:/b")], "a name outside of it"),
        ([member("a\\..\\b")], "a name outside of it"),
        ([member("a", kind=tarfile.SYMTYPE, target="/etc")], "outside of it"),
        ([member("a/b", kind=tarfile.SYMTYPE, target="../../c")], "outside of it"),
        ([member("a", kind=tarfile.SYMTYPE, target="b"), member("a/c")], "a name below a link"),
        ([member("a", kind=tarfile.CHRTYPE)], "which is neither file"),
        ([member("a", kind=tarfile.FIFOTYPE)], "which is neither file"),
        ([member("a", kind=tarfile.LNKTYPE, target="../../etc/passwd")], "a link to nothing"),
    ],
)
def test_a_hostile_tar_archive_is_refused(
    tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]], match: str
) -> None:
    with pytest.raises(BuildError, match=match):
        unpacked(write_tar(tmp_path / "t.tar.gz", members))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["into", "t.tar.gz"]


def test_a_file_is_not_written_through_a_link_of_the_same_name(tmp_path: Path) -> None:
    members = [member("b"), member("a", kind=tarfile.SYMTYPE, target="b"), member("a", b"new")]
    into = unpacked(write_tar(tmp_path / "t.tar.gz", members))
    assert ((into / "a").read_bytes(), (into / "b").read_bytes()) == (b"new", b"x")


def test_a_zip_archive_with_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(BuildError, match=r"which is neither file nor folder"):
        unpacked(tmp_path / "t.zip")


def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"zeros{number}", bytes(4 << 20))
    into = tmp_path / "into"
    into.mkdir()
    limits = source_trees.Limits(most_bytes=8 << 20, most_files=10)
    with pytest.raises(BuildError, match=r"unpacks to more than 8 MiB"):
        unpack_archive(tmp_path / "t.zip", into, limits=limits)
    written = sum(path.stat().st_size for path in into.iterdir())
    assert written <= 8 << 20
    with pytest.raises(BuildError, match=r"more than 2 files"):
        unpack_archive(
            tmp_path / "t.zip", into, limits=source_trees.Limits(most_bytes=1 << 30, most_files=2)
        )


def test_what_is_no_archive_says_so(tmp_path: Path) -> None:
    (tmp_path / "t.tar.gz").write_bytes(b"<html>")
    with pytest.raises(BuildError, match=r"t.tar.gz cannot be unpacked"):
        unpacked(tmp_path / "t.tar.gz")


def test_a_cut_archive_says_so(tmp_path: Path) -> None:
    whole = write_tar(tmp_path / "whole.tar.gz", [member("a", os.urandom(100_000))])
    (tmp_path / "t.tar.gz").write_bytes(whole.read_bytes()[:50_000])
    with pytest.raises(BuildError, match=r"t.tar.gz cannot be unpacked"):
        unpacked(tmp_path / "t.tar.gz")


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def test_a_folder_is_copied_without_what_tools_leave_behind(tmp_path: Path) -> None:
    source, into = tmp_path / "source", tmp_path / "into"
    write(source, "a.py", "pkg/build/kept.py", "build/lib/stale.py", "x.egg-info/SOURCES.txt")
    write(source, ".git/config", "env/pyvenv.cfg", "env/lib/x.py", "pkg/__pycache__/a.pyc")
    copy_tree(source, into, names=None)
    copied = [path.relative_to(into).as_posix() for path in into.rglob("*") if path.is_file()]
    assert sorted(copied) == ["a.py", "pkg/build/kept.py"]


def test_only_named_files_are_copied_and_missing_ones_are_passed_over(tmp_path: Path) -> None:
    source, into = tmp_path / "source", tmp_path / "into"
    write(source, "a.py", "b.py")
    copy_tree(source, into, names=("a.py", "deleted.py"))
    assert [path.name for path in into.rglob("*")] == ["a.py"]


@pytest.mark.parametrize("names", [None, ("a.py", ".env", ".env.prod", "app/local.settings.json")])
def test_files_made_for_credentials_are_not_copied(
    tmp_path: Path, names: tuple[str, ...] | None
) -> None:
    source, into = tmp_path / "source", tmp_path / "into"
    write(source, "a.py", ".env", ".env.prod", "app/local.settings.json")
    copy_tree(source, into, names=names)
    assert [path.name for path in into.rglob("*") if path.is_file()] == ["a.py"]


def test_a_link_out_of_a_folder_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "source"
    write(source, "a.py")
    (source / "link").symlink_to("/etc/passwd")
    with pytest.raises(BuildError, match=r"the link link in .* leads out of it"):
        copy_tree(source, tmp_path / "into", names=None)


def test_the_hash_tells_names_contents_and_executable_bits_apart(tmp_path: Path) -> None:
    write(tmp_path, "one/a", "same/a", "named/b", "modes/a", "text/a")
    (tmp_path / "named/b").write_text("a")
    (tmp_path / "modes/a").chmod(0o755)
    (tmp_path / "text/a").write_text("different")
    for name in ("one", "same", "modes"):
        (tmp_path / name / "a").write_text("a")
    os.utime(tmp_path / "same/a", (1, 1))
    hashes = {
        name: hash_tree(tmp_path / name) for name in ("one", "same", "named", "modes", "text")
    }
    assert hashes["one"] == hashes["same"]
    assert len(set(hashes.values())) == 4


def test_a_packed_tree_comes_back_as_it_was(tmp_path: Path) -> None:
    source, into = tmp_path / "source", tmp_path / "into"
    write(source, "a.py", ".git/objects/pack/x", "deep/er/b")
    (source / "a.py").chmod(0o755)
    (source / "deep/link").symlink_to("../a.py")
    os.utime(source / "a.py", (1_700_000_000, 1_700_000_000))
    pack_tree(source, tmp_path / "tree.tar")
    into.mkdir()
    unpack_archive(tmp_path / "tree.tar", into)
    assert hash_tree(into) == hash_tree(source)
    assert (into / "a.py").stat().st_mtime == 1_700_000_000


def test_texts_are_read_and_broken_ones_named(tmp_path: Path) -> None:
    assert read_source_texts(tmp_path).pyproject is None
    (tmp_path / "pyproject.toml").write_bytes("\ufeff[project]\n".encode())
    assert read_source_texts(tmp_path).pyproject == "[project]\n"
    (tmp_path / "PKG-INFO").write_bytes(b"\xff\xfe")
    with pytest.raises(BuildError, match=r"PKG-INFO of a source cannot be read"):
        read_source_texts(tmp_path)
