"""Wheels and source archives are what pip takes them for."""

from __future__ import annotations

import base64
import csv
import hashlib
import sys
import zipfile
from pathlib import Path

from local_sources.distributions import read_metadata
from tests.local_sources.programs import run
from tests.support import make_sdist, make_wheel


def test_pip_installs_a_wheel_and_finds_nothing_wrong(
    tmp_path: Path, ambient: dict[str, str]
) -> None:
    make_wheel(tmp_path / "w", "acme-small", "2.0", requires=["acme-leaf>=1"])
    make_wheel(tmp_path / "w", "acme-leaf", "1.5", files={"acme_leaf.py": "X = 1\n"})
    pip = (sys.executable, "-m", "pip", "install", "--no-index", "--find-links", tmp_path / "w")
    done = run(*pip, "--target", tmp_path / "t", "acme-small", environment=ambient)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "t/acme_leaf.py").read_text() == "X = 1\n"
    assert (tmp_path / "t/acme_small/__init__.py").read_text() == '__version__ = "2.0"\n'


def test_record_tells_every_file_with_its_hash(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "acme-small", files={"a, b.py": "1\n", "data.bin": b"\0\xff"})
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        contents = {name: archive.read(name) for name in names}
    text = contents["acme_small-1.0.dist-info/RECORD"].decode().splitlines()
    rows = list(csv.reader(text))
    assert [row[0] for row in rows] == names
    assert rows[-1] == ["acme_small-1.0.dist-info/RECORD", "", ""]
    for name, digest, size in rows[:-1]:
        raw = hashlib.sha256(contents[name]).digest()
        assert digest == "sha256=" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        assert int(size) == len(contents[name])


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for make in (make_wheel, make_sdist):
        first = make(tmp_path / "1", "acme-small", requires=["x"])
        second = make(tmp_path / "2", "acme-small", requires=["x"])
        assert first.read_bytes() == second.read_bytes()


def test_a_static_source_archive_tells_its_requirements_without_being_built(
    tmp_path: Path,
) -> None:
    about = read_metadata(make_sdist(tmp_path, "acme-source", "2.0", requires=["acme-core"]))
    assert "Metadata-Version: 2.2" in about
    assert "Requires-Dist: acme-core" in about
    assert "Dynamic" not in about


def test_a_dynamic_source_archive_must_be_built(tmp_path: Path, ambient: dict[str, str]) -> None:
    source = make_sdist(tmp_path, "acme-source", "2.0", requires=["acme-core"], dynamic=True)
    assert "Dynamic: Requires-Dist" in read_metadata(source)
    pip = (sys.executable, "-m", "pip", "wheel", "--no-deps")
    done = run(*pip, "-w", tmp_path / "w", source, environment=ambient)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "w").iterdir()
    assert wheel.name == "acme_source-2.0-py3-none-any.whl"
    assert "Requires-Dist: acme-core" in read_metadata(wheel)
