"""App files and layers become one package, the same bytes everywhere, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.core.bundle import Bundle, render_label
from lading.core.bundle.appfiles import AppFile
from lading.core.errors import BuildError
from lading.core.layer import Layer
from lading.core.runtimes import runtime_for
from lading.edges.archive import Artifact, write_artifact
from lading.edges.bytecode import BytecodeCompiler
from lading.edges.interpreters import find_interpreter
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.stages.assemble import assemble_bundle
from lading.stages.make_layers import make_layers
from tests.building import write_inputs
from tests.wheels import WheelPlan, write_planned

RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"
TAG = sys.implementation.cache_tag
SITE = ".python_packages/lib/site-packages"
ROOT = Path(__file__).parents[2]
APP = {"host.json": b"{}", "function_app.py": b"import demo\n", "bin/tool": b"#!/bin/sh\n"}
PLANS = (
    WheelPlan(name="demo", files={"demo/__init__.py": b"x = 1\n" * 99, "ns/a.txt": b"a"}),
    WheelPlan(name="other", files={"other.py": b"y = 2\n", "ns/b.txt": b"b", "ns/a.txt": b"a"}),
)


@pytest.fixture
def compiler(machine: dict[str, str]) -> Iterator[BytecodeCompiler]:
    interpreter = find_interpreter(RUNNING, ambient=machine)
    assert interpreter is not None
    with BytecodeCompiler(interpreter, ambient=machine, jobs=2) as pool:
        yield pool


def app_files(folder: Path, files: dict[str, bytes] | None = None) -> list[AppFile]:
    found = []
    for name, content in (APP if files is None else files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        found.append(AppFile(name=name, path=path, executable=name.startswith("bin/")))
    return found


def layers_of(folder: Path, compiler: BytecodeCompiler | None) -> tuple[Layer, ...]:
    wheels = [write_planned(folder / "wheels", plan) for plan in PLANS]
    return make_layers(
        wheels,
        store=Store(folder / "store"),
        compiler=compiler,
        runtime=runtime_for(RUNNING),
        progress=Silence(),
    )


def bundle_of(
    folder: Path,
    compiler: BytecodeCompiler | None = None,
    files: dict[str, bytes] | None = None,
) -> Bundle:
    return assemble_bundle(
        app_files(folder / "app", files),
        layers_of(folder, compiler),
        store=Store(folder / "store"),
        compiler=compiler,
    )


def pack(folder: Path, bundle: Bundle) -> Artifact:
    label = render_label(bundle, python=RUNNING, lock_fingerprint="f")
    store = Store(folder / "store")
    return write_artifact(bundle, folder / "dist" / "app.zip", label=label, store=store)


def test_the_artifact_has_every_file_sorted_and_with_its_mode(
    tmp_path: Path, compiler: BytecodeCompiler
) -> None:
    artifact = pack(tmp_path, bundle_of(tmp_path, compiler))
    with zipfile.ZipFile(artifact.path) as archive:
        assert archive.testzip() is None
        infos = archive.infolist()
        assert archive.read("host.json") == b"{}"
        assert archive.read(f"{SITE}/demo/__init__.py") == b"x = 1\n" * 99
        label = json.loads(archive.read("lading.json"))
    names = [info.filename for info in infos]
    assert names == sorted(names)
    offsets = [info.header_offset for info in infos]
    assert offsets == sorted(offsets)
    assert {"bin/tool", f"__pycache__/function_app.{TAG}.pyc", f"{SITE}/ns/b.txt"} <= set(names)
    assert [i.filename for i in infos if i.external_attr >> 16 == 0o100755] == ["bin/tool"]
    assert {info.external_attr >> 16 for info in infos} == {0o100644, 0o100755}
    assert label["content_sha256"] == artifact.content_sha256
    assert artifact.entries == len(names)
    assert artifact.size == artifact.path.stat().st_size
    assert artifact.sha256 == hashlib.sha256(artifact.path.read_bytes()).hexdigest()


def test_the_artifact_runs_from_its_bytecode(tmp_path: Path, compiler: BytecodeCompiler) -> None:
    artifact = pack(tmp_path, bundle_of(tmp_path, compiler))
    with zipfile.ZipFile(artifact.path) as archive:
        archive.extractall(tmp_path / "out")
    # Sources that could not be imported: only the bytecode is looked at (PEP 552).
    source = tmp_path / "out" / SITE / "demo" / "__init__.py"
    source.write_text("not python at all")
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import demo; print(demo.x)"],
        env={"PYTHONPATH": str(tmp_path / "out" / SITE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_what_several_distributions_say_is_merged_or_listed(tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path, files=APP | {"lading.json": b"{}"})
    assert [collision.name for collision in bundle.collisions] == ["lading.json"]
    assert [entry.name for entry in bundle.entries].count(f"{SITE}/ns/a.txt") == 1


def test_the_same_inputs_give_the_same_bytes_everywhere(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    interpreter = find_interpreter(RUNNING, ambient=machine)
    assert interpreter is not None
    found = set()
    for number, umask in enumerate((0o077, 0o000, 0o022)):
        place = tmp_path / ("somewhere" * (number + 1))
        before = os.umask(umask)
        try:
            ambient = machine | {"PYTHONHASHSEED": str(number), "TZ": f"Etc/GMT+{number}"}
            with BytecodeCompiler(interpreter, ambient=ambient, jobs=number + 1) as compiler:
                files = app_files(place / "app")
                random.Random(number).shuffle(files)  # noqa: S311 - any order will do
                for file in files:
                    os.utime(file.path, (number * 10**8, number * 10**8))
                layers = layers_of(place, compiler)
                bundle = assemble_bundle(
                    files,
                    layers[:: 1 - 2 * (number % 2)],
                    store=Store(place / "store"),
                    compiler=compiler,
                )
                found.add((pack(place, bundle).sha256, bundle.content_sha256))
        finally:
            os.umask(before)
    assert len(found) == 1


def test_an_artifact_that_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    first = pack(tmp_path, bundle_of(tmp_path))
    written = first.path.stat().st_mtime_ns
    second = pack(tmp_path, bundle_of(tmp_path))
    assert (first.changed, second.changed) == (True, False)
    assert first.path.stat().st_mtime_ns == written
    assert second.sha256 == first.sha256


@pytest.mark.parametrize("same_size", [True, False])
def test_an_artifact_that_somebody_touched_is_written_again(
    tmp_path: Path, *, same_size: bool
) -> None:
    first = pack(tmp_path, bundle_of(tmp_path))
    good = first.path.read_bytes()
    first.path.write_bytes(good[:-1] + b"x" if same_size else good[:-1])
    second = pack(tmp_path, bundle_of(tmp_path))
    assert second.changed
    assert first.path.read_bytes() == good


def test_a_changed_app_file_changes_the_package(tmp_path: Path) -> None:
    first = pack(tmp_path, bundle_of(tmp_path))
    second = pack(tmp_path, bundle_of(tmp_path, files=APP | {"host.json": b"{ }"}))
    assert second.changed
    assert second.content_sha256 != first.content_sha256


def test_an_app_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = AppFile(name="gone.py", path=tmp_path / "gone.py", executable=False)
    with pytest.raises(BuildError, match=r"gone\.py cannot be read"):
        assemble_bundle([missing], (), store=Store(tmp_path / "store"), compiler=None)


def test_a_store_that_was_emptied_meanwhile_is_an_error_and_no_package(tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path)
    for blob in (tmp_path / "store").rglob("*.layer"):
        blob.unlink()
    with pytest.raises(BuildError, match="cannot be read"):
        pack(tmp_path, bundle)
    assert list((tmp_path / "dist").iterdir()) == []


def test_more_layers_than_files_may_be_open(tmp_path: Path) -> None:
    plans = [
        WheelPlan(name=f"d{number}", files={f"ns/{letter}{number}": b"x" for letter in "abc"})
        for number in range(100)
    ]
    layers = make_layers(
        [write_planned(tmp_path, plan) for plan in plans],
        store=Store(tmp_path / "store"),
        compiler=None,
        runtime=runtime_for(RUNNING),
        progress=Silence(),
    )
    bundle = assemble_bundle([], layers, store=Store(tmp_path / "store"), compiler=None)
    artifact = pack(tmp_path, bundle)
    with zipfile.ZipFile(artifact.path) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 100 * 7 + 1


BUILD = """\
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:4]
from tests.building import build
build(Path(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_kill_at_any_moment_leaves_the_last_artifact_and_a_next_run_that_works(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    command = [sys.executable, "-c", BUILD, str(tmp_path), str(ROOT), str(ROOT / "tools")]
    artifact = tmp_path / "dist" / "app.zip"
    write_inputs(tmp_path)
    started = time.monotonic()
    subprocess.run(command, env=machine, check=True)
    whole_seconds = time.monotonic() - started
    good = artifact.read_bytes()
    moments = random.Random(7)  # noqa: S311 - any moments will do
    for number in range(20):
        # Half of the runs find an empty store and no artifact, so that there is much to break.
        if number % 2:
            shutil.rmtree(tmp_path / "store", ignore_errors=True)
            artifact.unlink(missing_ok=True)
        process = subprocess.Popen(command, env=machine, start_new_session=True)
        time.sleep(moments.uniform(0.05, whole_seconds))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert not artifact.exists() or artifact.read_bytes() == good
    subprocess.run(command, env=machine, check=True)
    assert artifact.read_bytes() == good
    assert list(artifact.parent.iterdir()) == [artifact]
