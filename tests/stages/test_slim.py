"""Slimmed layers: what is spared is gone from every record, and nothing else changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lading.core.bundle import assemble_layers
from lading.core.bundle.appfiles import AppFile
from lading.core.bundle.manifest import assemble_manifest
from lading.core.layer import Layer
from lading.core.runtimes import runtime_for
from lading.core.slimming import DEFAULT_RULES, Exemption, Rule, Saving, Slimming
from lading.core.wheel import Wheel
from lading.edges.store import Store
from lading.edges.symbols import find_stripper
from lading.edges.terminal import Silence
from lading.edges.vendored_folder import write_vendored_folder
from lading.stages.make_layers import Slimmed, make_layers
from lading.stages.slim import slim_wheels
from tests.support import require
from tests.wheels import WheelPlan, write_planned

RUNTIME = runtime_for("3.13")
NATIVE = "demo/_x.cpython-313-x86_64-linux-gnu.so"
FILES: dict[str, bytes] = {
    "demo/__init__.py": b"x = 1\n" * 200,
    "demo/__init__.pyi": b"x: int\n",
    "demo/py.typed": b"",
    "demo/include/demo.h": b"#define DEMO 1\n",
    "demo/libdemo.a": b"!<arch>\n",
    "demo/tests/__init__.py": b"",
    "demo/tests/test_demo.py": b"from demo import x\n",
    "demo/tests/data/large.json": b"[1, 2, 3]" * 300,
    "demo/__pycache__/__init__.cpython-310.pyc": b"bytecode for 3.10",
    "demo/__pycache__/__init__.cpython-313.pyc": b"bytecode of theirs",
}
DEFAULT = Slimming()


def slimmed(
    wheels: list[Wheel], store: Path, slimming: Slimming = DEFAULT, app: Path | None = None
) -> tuple[Layer, ...]:
    files = [AppFile(name=app.name, path=app, executable=False)] if app else []
    trims = slim_wheels(wheels, files, slimming, store=Store(store), progress=Silence())
    return make_layers(
        wheels,
        store=Store(store),
        compiler=None,
        runtime=RUNTIME,
        progress=Silence(),
        slimmed=Slimmed(trims=trims),
    )


def names(layer: Layer) -> list[str]:
    return [member.name for member in layer.members if ".dist-info/" not in member.name]


def test_what_is_spared_is_measured_and_in_no_record(tmp_path: Path) -> None:
    wheel = write_planned(tmp_path, WheelPlan(files=FILES))
    (layer,) = slimmed([wheel], tmp_path / "store")
    assert names(layer) == ["demo/__init__.py", "demo/py.typed"]
    (loaded,) = assemble_manifest(assemble_layers([layer]), [wheel])
    savings = {one.rule: (one.files, one.size) for one in loaded.savings}
    assert savings == {
        "tests": (3, 19 + 2700),
        "stubs": (1, 7),
        "headers": (1, 15),
        "static-libraries": (1, 8),
        "foreign-bytecode": (1, 17),
    }
    tests = next(one for one in loaded.savings if one.rule == "tests")
    assert 0 < tests.packed < tests.size
    reasons = {one.name: one.rule for one in loaded.left_out}
    assert reasons["demo/tests/data/large.json"] == "tests"
    assert reasons["demo/__pycache__/__init__.cpython-313.pyc"] is None
    folder = write_vendored_folder([layer], tmp_path / "app", store=Store(tmp_path / "store"))
    code = (
        "import importlib.metadata as m; print(all(f.locate().exists() for f in m.files('demo')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "True"


@pytest.mark.parametrize(
    ("rule", "there"),
    [
        ("tests", "demo/tests/data/large.json"),
        ("stubs", "demo/__init__.pyi"),
        ("headers", "demo/include/demo.h"),
        ("static-libraries", "demo/libdemo.a"),
        ("foreign-bytecode", "demo/__pycache__/__init__.cpython-310.pyc"),
    ],
)
def test_each_rule_is_undone_with_its_name(tmp_path: Path, rule: Rule, there: str) -> None:
    wheel = write_planned(tmp_path, WheelPlan(files=FILES))
    (layer,) = slimmed([wheel], tmp_path / "store")
    assert there not in names(layer)
    rules = tuple(one for one in DEFAULT_RULES if one != rule)
    (without,) = slimmed([wheel], tmp_path / "store", Slimming(rules=rules))
    exempt = Slimming(exemptions=(Exemption(name="demo", rule=rule),))
    (excepted,) = slimmed([wheel], tmp_path / "store", exempt)
    assert there in names(without)
    assert names(without) == names(excepted)
    assert len({layer.key, without.key}) == 2


def test_nothing_is_spared_where_nothing_may_be(tmp_path: Path) -> None:
    wheel = write_planned(tmp_path, WheelPlan(files=FILES))
    (layer,) = slimmed([wheel], tmp_path / "store", Slimming(rules=()))
    # Bytecode of the target's own minor is made anew, whoever made it before.
    assert {*FILES} - {*names(layer)} == {"demo/__pycache__/__init__.cpython-313.pyc"}
    assert not any(one.rule for one in layer.left_out)


def test_the_app_may_use_what_would_be_spared(tmp_path: Path) -> None:
    wheel = write_planned(tmp_path, WheelPlan(files=FILES))
    app = tmp_path / "function_app.py"
    app.write_text("def run():\n    from demo.tests.test_demo import x\n")
    (layer,) = slimmed([wheel], tmp_path / "store", app=app)
    assert "demo/tests/test_demo.py" in names(layer)
    (kept,) = layer.kept
    assert (kept.name, kept.reason) == ("demo/tests/", "function_app.py refers to it")


def test_a_layer_is_the_same_whether_it_was_looked_through_before(tmp_path: Path) -> None:
    other = {"other/__init__.py": b"from demo.tests import x\n"}
    wheels = [
        write_planned(tmp_path, WheelPlan(files=FILES)),
        write_planned(tmp_path, WheelPlan(name="other", files=other)),
    ]
    first = slimmed(wheels, tmp_path / "one")
    assert slimmed(list(reversed(wheels)), tmp_path / "two") == first
    assert slimmed(wheels, tmp_path / "one") == first
    alone = slimmed(wheels[:1], tmp_path / "one")
    assert "demo/tests/test_demo.py" in names(first[0])
    assert "demo/tests/test_demo.py" not in names(alone[0])


def native_wheel(folder: Path) -> Wheel:
    require("gcc")
    source, target = folder / "x.c", folder / "x.so"
    source.write_text("static int hidden(void) { return 1; }\nint shown(void) { return hidden(); }")
    subprocess.run(["gcc", "-g", "-shared", "-fPIC", "-o", target, source], check=True)
    files: Mapping[str, bytes] = {NATIVE: target.read_bytes(), "demo/tool": b"#!/bin/sh\n"}
    tag = "cp313-cp313-manylinux_2_17_x86_64"
    plan = WheelPlan(files=files, tag=tag, modes={"demo/tool": 0o100755, NATIVE: 0o100755})
    return write_planned(folder, plan)


def test_symbols_are_taken_where_that_is_asked(tmp_path: Path, machine: dict[str, str]) -> None:
    require("strip")
    wheel, store = native_wheel(tmp_path), Store(tmp_path / "store")
    rules = Slimming(rules=("symbols",))
    trims = slim_wheels([wheel], (), rules, store=store, progress=Silence())
    stripper = find_stripper(machine, home=tmp_path / "home")
    (whole,) = slimmed([wheel], tmp_path / "store")
    (layer,) = make_layers(
        [wheel],
        store=store,
        compiler=None,
        runtime=RUNTIME,
        progress=Silence(),
        slimmed=Slimmed(trims=trims, stripper=stripper),
    )
    members = {member.name: member for member in layer.members}
    before = next(member for member in whole.members if member.name == NATIVE)
    assert members[NATIVE].size < before.size
    assert (members[NATIVE].mode, members["demo/tool"].mode) == (0o755, 0o755)
    assert [one.name for one in layer.native] == [NATIVE]
    (loaded,) = assemble_manifest(assemble_layers([layer]), [wheel])
    assert loaded.savings == (
        Saving(
            rule="symbols",
            files=1,
            size=before.size - members[NATIVE].size,
            packed=before.compressed_size - members[NATIVE].compressed_size,
        ),
    )
    assert whole.stripped == ()
