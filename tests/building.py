"""A build of a small package in a process of its own, for a test that kills it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lading.core.bundle import render_label
from lading.core.bundle.appfiles import AppFile
from lading.core.runtimes import runtime_for
from lading.edges.archive import write_artifact
from lading.edges.bytecode import BytecodeCompiler
from lading.edges.interpreters import find_interpreter
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.stages.assemble import assemble_bundle
from lading.stages.make_layers import make_layers
from tests.wheels import WheelPlan, wheel_at, write_planned

RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"


def write_inputs(folder: Path) -> None:
    """Write some wheels of some megabytes, and an app."""
    for number in range(6):
        text = "".join(f"def f{line}(x):\n    return x + {line}\n" for line in range(300))
        files = {f"d{number}/m{part}.py": text.encode() for part in range(5)}
        # Bytes that do not compress, so that writing takes its time.
        files[f"d{number}/data.bin"] = os.urandom(1 << 20)
        write_planned(folder / "wheels", WheelPlan(name=f"d{number}", files=files))
    (folder / "app").mkdir()
    (folder / "app" / "host.json").write_text("{}")


def build(folder: Path) -> None:
    """Build `dist/app.zip` from what `write_inputs` wrote."""
    interpreter = find_interpreter(RUNNING, ambient=os.environ)
    assert interpreter is not None
    store = Store(folder / "store")
    wheels = [wheel_at(path) for path in sorted((folder / "wheels").glob("*.whl"))]
    host = AppFile(name="host.json", path=folder / "app" / "host.json", executable=False)
    with BytecodeCompiler(interpreter, ambient=os.environ) as compiler:
        layers = make_layers(
            wheels,
            store=store,
            compiler=compiler,
            runtime=runtime_for(RUNNING),
            progress=Silence(),
        )
        bundle = assemble_bundle([host], layers, store=store, compiler=compiler)
    label = render_label(bundle, python=RUNNING, lock_fingerprint="f")
    write_artifact(bundle, folder / "dist" / "app.zip", label=label, store=store)
