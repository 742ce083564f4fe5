"""The vendored folder holds what the layers hold, and nothing of what was there before."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lading.core.errors import BuildError
from lading.core.layer import Layer
from lading.core.runtimes import runtime_for
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.edges.vendored_folder import write_vendored_folder
from lading.stages.make_layers import make_layers
from tests.wheels import WheelPlan, write_planned


def layers_of(folder: Path, *plans: WheelPlan) -> tuple[Layer, ...]:
    return make_layers(
        [write_planned(folder / "wheels", plan) for plan in plans],
        store=Store(folder / "store"),
        compiler=None,
        runtime=runtime_for("3.13"),
        progress=Silence(),
    )


def test_a_stale_folder_is_replaced_whole(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    app = tmp_path / "app"
    old = layers_of(tmp_path, WheelPlan(name="old", files={"old.py": b"", "ns/o.py": b""}))
    new = layers_of(tmp_path, WheelPlan(name="new", files={"new.py": b"1", "ns/n.py": b""}))
    folder = write_vendored_folder(old, app, store=store)
    assert folder == app / ".python_packages" / "lib" / "site-packages"
    (folder / "stray.py").write_text("x")
    write_vendored_folder(new, app, store=store)
    top = sorted(path.name for path in folder.iterdir())
    assert top == ["new-1.0.dist-info", "new.py", "ns"]
    assert [path.name for path in (folder / "ns").iterdir()] == ["n.py"]
    assert [path.name for path in folder.parent.iterdir()] == ["site-packages"]


def test_large_and_empty_and_executable_files_arrive_whole(tmp_path: Path) -> None:
    large = b"".join(number.to_bytes(4, "big") * 3 for number in range(300_000))
    files = {
        "demo/large.bin": large,
        "demo/zeros": bytes(3 << 20),
        "demo/empty": b"",
        "demo/x": b"x",
    }
    plan = WheelPlan(files=files, modes={"demo/x": 0o100755})
    folder = write_vendored_folder(
        layers_of(tmp_path, plan), tmp_path / "app", store=Store(tmp_path / "store")
    )
    assert {name: (folder / name).read_bytes() for name in files} == files
    if sys.platform != "win32":
        executable = [name for name in files if (folder / name).stat().st_mode & 0o111]
        assert executable == ["demo/x"]


def test_the_same_file_is_taken_as_in_the_package(tmp_path: Path) -> None:
    plans = [WheelPlan(name=name, files={"ns/x": name.encode()}) for name in ("beta", "alpha")]
    layers = layers_of(tmp_path, *plans)
    folder = write_vendored_folder(layers, tmp_path / "app", store=Store(tmp_path / "store"))
    assert (folder / "ns" / "x").read_bytes() == b"alpha"


def test_a_damaged_store_leaves_the_old_folder(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    layers = layers_of(tmp_path, WheelPlan(files={"demo.py": b"x = 1\n"}))
    folder = write_vendored_folder(layers, tmp_path / "app", store=store)
    for blob in (tmp_path / "store").rglob("*.layer"):
        blob.write_bytes(blob.read_bytes()[:20])
    with pytest.raises(BuildError, match="cut short"):
        write_vendored_folder(layers, tmp_path / "app", store=store)
    assert (folder / "demo.py").read_bytes() == b"x = 1\n"
    assert list(folder.parent.iterdir()) == [folder]
