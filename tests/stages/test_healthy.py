"""What works is left in peace: the sample app with the packages that are used most."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lading.core.bundle.appfiles import AppFile
from lading.core.config import App
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.stages.assemble import assemble_bundle
from lading.stages.make_layers import make_layers
from lading.stages.prove import Suspicion, prove
from tests.stages.test_like_pip import MOST_USED, for_runtime, pip
from tests.wheels import wheel_at

SAMPLE = Path(__file__).parents[2] / "functionapp"
# True of them, and no fault of theirs: awscli and virtualenv have .pth files or files of one name;
# protobuf is in the worker of 3.13 as well.
TOLD = {"collision", "pth-ignored", "worker-shadowed"}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_most_used_packages_have_no_error(tmp_path: Path, machine: dict[str, str]) -> None:
    app = App(
        name="orders",
        folder="functionapp",
        requirements="functionapp/requirements.txt",
        python="3.13",
        lock="functionapp/requirements.lock",
        bytecode="off",
    )
    wheels = tmp_path / "wheels"
    pip(
        "download",
        "-d",
        wheels,
        *for_runtime(app.runtime),
        *MOST_USED,
        machine=machine,
        home=wheels,
    )
    store = Store(tmp_path / "store")
    layers = make_layers(
        [wheel_at(path) for path in sorted(wheels.glob("*.whl"))],
        store=store,
        compiler=None,
        runtime=app.runtime,
        progress=Silence(),
    )
    files = [
        AppFile(name=path.relative_to(SAMPLE).as_posix(), path=path, executable=False)
        for path in sorted(SAMPLE.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]
    bundle = assemble_bundle(files, layers, store=store, compiler=None)
    nothing = Suspicion(secrets=(), made_here=frozenset())
    found = prove(bundle, app, suspicion=nothing, today=dt.date(2026, 1, 1), store=store)
    assert [one for one in found if one.severity == "error" and one.code != "collision"] == []
    assert {one.code for one in found} <= TOLD
