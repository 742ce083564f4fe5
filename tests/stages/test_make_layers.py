"""Wheels become layers that are checked, complete and the same everywhere."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from lading.core.errors import BuildError
from lading.core.layer import Layer, LeftOut
from lading.core.runtimes import RUNTIMES, runtime_for
from lading.core.wheel import Wheel
from lading.edges.bytecode import BytecodeCompiler
from lading.edges.interpreters import find_interpreter
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.edges.vendored_folder import write_vendored_folder
from lading.stages.make_layers import make_layers
from tests.wheels import WheelPlan, Zipped, wheel_at, write_members, write_planned

RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"
RUNTIME = runtime_for(RUNNING)


@pytest.fixture
def compiler(machine: dict[str, str]) -> Iterator[BytecodeCompiler]:
    interpreter = find_interpreter(RUNNING, ambient=machine)
    assert interpreter is not None
    with BytecodeCompiler(interpreter, ambient=machine, jobs=2) as pool:
        yield pool


def layer_of(wheel: Wheel, store: Path, compiler: BytecodeCompiler | None = None) -> Layer:
    (layer,) = make_layers(
        [wheel], store=Store(store), compiler=compiler, runtime=RUNTIME, progress=Silence()
    )
    return layer


def refused(wheel: Wheel, tmp_path: Path) -> str:
    with pytest.raises(BuildError) as caught:
        layer_of(wheel, tmp_path / "store")
    assert not list((tmp_path / "store").rglob("*.layer")), "nothing of it may stay"
    return caught.value.message


def names(layer: Layer) -> list[str]:
    return [member.name for member in layer.members]


def test_a_layer_has_every_file_and_a_record_of_them(tmp_path: Path) -> None:
    plan = WheelPlan(
        files={
            "demo/__init__.py": b"x = 1\n",
            "demo/run": b"#!/bin/sh\n",
            "demo/__pycache__/__init__.cpython-311.pyc": b"foreign",
            "demo/old.py": b"",
            "demo/old.pyc": b"foreign",
            "demo/sourceless.pyc": b"the module itself",
            "demo-1.0.data/scripts/tool": b"#!python\n",
            "demo-1.0.dist-info/INSTALLER": b"somebody\n",
            "demo-1.0.dist-info/REQUESTED": b"",
            "demo-1.0.dist-info/direct_url.json": b"{}",
            "demo.pth": b"import sys\n",
            "quiet.pth": b"# a comment\n\n",
        },
        modes={"demo/run": 0o100755},
    )
    layer = layer_of(write_planned(tmp_path, plan), tmp_path / "store")
    assert names(layer) == [
        "demo-1.0.dist-info/INSTALLER",
        "demo-1.0.dist-info/METADATA",
        "demo-1.0.dist-info/RECORD",
        "demo-1.0.dist-info/WHEEL",
        "demo.pth",
        "demo/__init__.py",
        "demo/old.py",
        "demo/run",
        "demo/sourceless.pyc",
        "quiet.pth",
    ]
    assert [one.name for one in layer.members if one.mode == 0o755] == ["demo/run"]
    assert {one.mode for one in layer.members} == {0o644, 0o755}
    assert [one.name for one in layer.left_out] == [
        "demo-1.0.data/scripts/tool",
        "demo-1.0.dist-info/REQUESTED",
        "demo-1.0.dist-info/direct_url.json",
        "demo/__pycache__/__init__.cpython-311.pyc",
        "demo/old.pyc",
    ]
    assert layer.left_out[3] == LeftOut(
        name="demo/__pycache__/__init__.cpython-311.pyc",
        size=7,
        reason="bytecode is made anew for the target",
        packed=9,
    )
    assert layer.pth == ("demo.pth",)
    assert (layer.tags, layer.interpreter) == (("py3-none-any",), None)


def test_record_says_what_is_there(tmp_path: Path, compiler: BytecodeCompiler) -> None:
    plan = WheelPlan(files={"demo/__init__.py": b"x = 1\n", 'demo/"odd", name.txt': b"y"})
    layer = layer_of(write_planned(tmp_path, plan), tmp_path / "store", compiler)
    folder = write_vendored_folder([layer], tmp_path / "app", store=Store(tmp_path / "store"))
    code = (
        "import importlib.metadata as m, hashlib, base64, sys\n"
        "files = m.distribution('demo').files\n"
        "for f in files:\n"
        "    data = f.locate().read_bytes()\n"
        "    if f.hash: assert f.size == len(data)\n"
        "    if f.hash: assert base64.urlsafe_b64encode(hashlib.sha256(data).digest())"
        ".decode().rstrip('=') == f.hash.value, f\n"
        "print(sorted(map(str, files)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(names(layer))


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "C:/x", "a\\b", "a//b", "./a", "a\nb"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    wheel = write_planned(tmp_path, WheelPlan(files={"demo.py": b"", name: b""}))
    message = refused(wheel, tmp_path)
    assert ascii(name) in message


def test_a_name_with_a_nul_is_refused(tmp_path: Path) -> None:
    wheel = write_planned(tmp_path, WheelPlan(files={"demo.py": b"", "evil.py\0.txt": b""}))
    assert r"evil.py\x00.txt" in refused(wheel, tmp_path)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"demo-1.0.data/purelib/../../../x.py": b""}, "leads elsewhere"),
        ({"x.py": b"1", "demo-1.0.data/purelib/x.py": b"2"}, "two members of the wheel go there"),
        ({"x": b"1", "x/y.py": b"2"}, "is below x, which is a file"),
        ({"demo-1.0.data/unknown/x": b""}, "no installer knows"),
        ({"demo-1.0.data/purelib": b""}, "no installer knows"),
        ({"other-2.0.dist-info/METADATA": b""}, "not exactly one .dist-info"),
    ],
)
def test_files_that_could_go_to_two_places_are_refused(
    tmp_path: Path, files: dict[str, bytes], says: str
) -> None:
    assert says in refused(write_planned(tmp_path, WheelPlan(files=files)), tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    plan = WheelPlan(files={"demo.py": b"1"})
    members = [Zipped(name="demo.py", content=b"2"), *plan.members()]
    wheel = wheel_at(write_members(tmp_path / plan.filename, members))
    assert "demo.py: twice in the wheel" in refused(wheel, tmp_path)


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (WheelPlan(recorded={"demo.py": b"other"}), "is not the file that RECORD describes"),
        (WheelPlan(recorded={"demo.py": None}), "demo.py: is not in RECORD"),
        (WheelPlan(recorded={"lost.py": b""}), "lost.py: is in RECORD and not in the wheel"),
        (WheelPlan(record=b"demo.py,md5=AAAA,1\n"), "md5 is no hash that PEP 427 allows"),
        (WheelPlan(record=b"demo.py,,\n"), "demo.py: has no hash in RECORD"),
        (WheelPlan(metadata=b"Name: other\nVersion: 1.0\n"), "METADATA names 'other', not demo"),
        (WheelPlan(metadata=b"Name: demo\nVersion: 2\n"), "METADATA has the version '2', not 1.0"),
        (WheelPlan(wheel=b"Wheel-Version: 2.0\n"), "WHEEL has the format '2.0'"),
        (WheelPlan(tag="cp27-cp27m-win32"), "its tags (cp27-cp27m-win32) do not fit"),
        (WheelPlan(tag="py3-none-manylinux_2_99_x86_64"), "do not fit"),
    ],
)
def test_a_wheel_that_contradicts_itself_or_the_target_is_refused(
    tmp_path: Path, plan: WheelPlan, says: str
) -> None:
    files = {"demo.py": b"demo = 1\n"}
    whole = WheelPlan(
        files=files,
        tag=plan.tag,
        metadata=plan.metadata,
        wheel=plan.wheel,
        recorded=plan.recorded,
        record=plan.record,
    )
    assert says in refused(write_planned(tmp_path, whole), tmp_path)


def test_a_left_out_file_must_be_what_record_says_too(tmp_path: Path) -> None:
    script = "demo-1.0.data/scripts/tool"
    plan = WheelPlan(files={script: b"one"}, recorded={script: b"two"})
    assert "is not the file that RECORD describes" in refused(
        write_planned(tmp_path, plan), tmp_path
    )


def test_missing_metadata_is_refused(tmp_path: Path) -> None:
    plan = WheelPlan(files={"demo.py": b""})
    for gone in ("METADATA", "WHEEL", "RECORD"):
        members = [one for one in plan.members() if not one.name.endswith(gone)]
        wheel = wheel_at(write_members(tmp_path / gone / plan.filename, members))
        assert f"has no {gone}" in refused(wheel, tmp_path / gone)


def test_names_that_differ_in_case_only_are_noted(tmp_path: Path) -> None:
    plan = WheelPlan(files={"demo/A.py": b"", "demo/a.py": b""})
    layer = layer_of(write_planned(tmp_path, plan), tmp_path / "store")
    assert layer.notes == ("demo/A.py and demo/a.py are one file on Windows and macOS",)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods_give_the_same_files(
    tmp_path: Path, method: int, compiler: BytecodeCompiler
) -> None:
    files = {"demo/__init__.py": b"x = 1\n" * 500, "demo/data.bin": bytes(range(256)) * 9}
    usual = write_planned(tmp_path / "usual", WheelPlan(files=files))
    other = write_planned(tmp_path / "other", WheelPlan(files=files, method=method))
    expected = layer_of(usual, tmp_path / "store")
    layer = layer_of(other, tmp_path / "store")
    assert {one.method for one in layer.members} <= {0, 8}
    told = [(one.name, one.sha256, one.crc, one.size) for one in layer.members]
    assert told == [(one.name, one.sha256, one.crc, one.size) for one in expected.members]
    assert len(layer_of(other, tmp_path / "store", compiler).members) >= len(layer.members)


def test_bytecode_lies_where_python_looks_and_knows_its_place_on_azure(
    tmp_path: Path, compiler: BytecodeCompiler
) -> None:
    files = {"demo/__init__.py": b"def f():\n    return 1\n", "demo/py2.py": b"print 'x'\n"}
    layer = layer_of(write_planned(tmp_path, WheelPlan(files=files)), tmp_path / "store", compiler)
    tag = sys.implementation.cache_tag
    assert f"demo/__pycache__/__init__.{tag}.pyc" in names(layer)
    assert layer.uncompiled == ("demo/py2.py",)
    assert layer.interpreter == compiler.interpreter.version
    folder = write_vendored_folder([layer], tmp_path / "app", store=Store(tmp_path / "store"))
    bytecode = (folder / "demo" / "__pycache__" / f"__init__.{tag}.pyc").read_bytes()
    assert bytecode[4:8] == b"\x01\0\0\0", "unchecked-hash (PEP 552)"
    code = marshal.loads(bytecode[16:])  # noqa: S302 - our own bytecode
    assert isinstance(code, CodeType)
    azure = "/home/site/wwwroot/.python_packages/lib/site-packages/demo/__init__.py"
    assert code.co_filename == azure


def test_what_is_compiled_is_never_run(tmp_path: Path, compiler: BytecodeCompiler) -> None:
    mark = tmp_path / "was-run"
    source = f"open({str(mark)!r}, 'w').close()\nimport os\nos._exit(3)\n".encode()
    hostile = {"demo/__init__.py": source, "zlib.py": source, "sitecustomize.py": source}
    layer = layer_of(
        write_planned(tmp_path, WheelPlan(files=hostile)), tmp_path / "store", compiler
    )
    assert len([name for name in names(layer) if name.endswith(".pyc")]) == 3
    assert not mark.exists()


def test_the_same_wheel_gives_the_same_layer_everywhere(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    files = {
        f"demo/m{number}.py": f"def f{number}(x):\n    return x in {{'a{number}', 'b', 'ccc'}}\n"
        f"class C{number}:\n    def g(self, x): return x in {{'ccc', 'b', 'a{number}'}}\n".encode()
        for number in range(60)
    }
    interpreter = find_interpreter(RUNNING, ambient=machine)
    assert interpreter is not None
    found = set()
    for jobs, seed, umask in ((1, "1", 0o077), (4, "2", 0o000), (2, "random", 0o022)):
        place = tmp_path / f"{jobs}"
        wheel = write_planned(place, WheelPlan(files=files))
        before = os.umask(umask)
        try:
            ambient = machine | {"PYTHONHASHSEED": seed, "TZ": f"Etc/GMT+{jobs}"}
            with BytecodeCompiler(interpreter, ambient=ambient, jobs=jobs) as compiler:
                layer = layer_of(wheel, place / "store", compiler)
        finally:
            os.umask(before)
        found.add((layer.blob_sha256, layer.members))
    assert len(found) == 1


def test_a_layer_is_made_once_and_damage_is_made_good(
    tmp_path: Path, compiler: BytecodeCompiler
) -> None:
    wheel = write_planned(tmp_path, WheelPlan(files={"demo.py": b"x = 1\n" * 99}))
    store = tmp_path / "store"
    first = layer_of(wheel, store, compiler)
    (blob,) = store.rglob("*.layer")
    made = blob.stat().st_mtime_ns
    assert layer_of(wheel, store, compiler) == first
    assert blob.stat().st_mtime_ns == made
    content = blob.read_bytes()
    blob.write_bytes(content[:40] + b"\xff" + content[41:])
    assert layer_of(wheel, store, compiler) == first
    assert blob.read_bytes() == content
    for record in store.rglob("records/layer/*/*"):
        record.write_bytes(record.read_bytes()[:-2])
    assert layer_of(wheel, store, compiler) == first


def test_layers_are_kept_apart_by_what_made_them(
    tmp_path: Path, compiler: BytecodeCompiler
) -> None:
    wheel = write_planned(tmp_path, WheelPlan(files={"demo.py": b"x = 1\n"}))
    store = Store(tmp_path / "store")
    other = next(runtime for runtime in RUNTIMES if runtime.python != RUNNING)
    keys = {layer_of(wheel, tmp_path / "store", each).key for each in (None, compiler)}
    (layer,) = make_layers([wheel], store=store, compiler=None, runtime=other, progress=Silence())
    assert len(keys | {layer.key}) == 3


def test_layers_come_sorted_by_name(tmp_path: Path) -> None:
    wheels = [
        write_planned(tmp_path, WheelPlan(name=name, files={f"{name}.py": b"x" * size}))
        for name, size in (("beta", 10), ("alpha", 5), ("gamma", 9999))
    ]
    layers = make_layers(
        wheels,
        store=Store(tmp_path / "store"),
        compiler=None,
        runtime=RUNTIME,
        progress=Silence(),
    )
    assert [layer.name for layer in layers] == ["alpha", "beta", "gamma"]
