from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from lading.core.errors import BuildError
from lading.edges.sources.archives import write_stable_archive

EPOCH = 1_577_836_800


def archive(path: Path, *, user: str, mtime: int, names: list[str]) -> Path:
    with tarfile.open(path, "w:gz") as written:
        for name in names:
            entry = tarfile.TarInfo(f"a-1.0/{name}")
            content = name.encode()
            entry.size, entry.mtime, entry.uname, entry.uid = len(content), mtime, user, mtime % 99
            entry.mode = 0o700 if name.endswith(".sh") else 0o664
            written.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("a-1.0/link")
        link.type, link.linkname = tarfile.SYMTYPE, "b.py"
        written.addfile(link)
    return path


def test_two_builds_of_one_tree_give_one_file(tmp_path: Path) -> None:
    long = "é" * 120 + ".py"
    names = ["b.py", "run.sh", long]
    one = archive(tmp_path / "1.tar.gz", user="ann", mtime=1_700_000_000, names=names)
    two = archive(tmp_path / "2.tar.gz", user="bob", mtime=1_800_000_007, names=names[::-1])
    for built in (one, two):
        write_stable_archive(built, tmp_path / f"stable-{built.name}", epoch=EPOCH)
    stable = [tmp_path / f"stable-{name}.tar.gz" for name in "12"]
    assert stable[0].read_bytes() == stable[1].read_bytes()
    with tarfile.open(stable[0]) as written:
        found = {member.name: member for member in written}
        assert {name: oct(member.mode) for name, member in found.items() if member.isreg()} == {
            "a-1.0/b.py": "0o644",
            "a-1.0/run.sh": "0o755",
            f"a-1.0/{long}": "0o644",
        }
        assert found["a-1.0/link"].linkname == "b.py"
        assert {(member.mtime, member.uid, member.uname) for member in written} == {(EPOCH, 0, "")}
        content = written.extractfile(f"a-1.0/{long}")
        assert content is not None
        assert content.read().decode() == long


def test_what_is_no_archive_is_the_back_ends_fault(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(b"no")
    with pytest.raises(BuildError, match=r"a\.tar\.gz"):
        write_stable_archive(tmp_path / "a.tar.gz", tmp_path / "b", epoch=EPOCH)
