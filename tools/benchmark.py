"""What a build costs beside pip and zip: 42 distributions, side by side, in medians."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lading.edges.interpreters import find_interpreter

_PYTHON = "3.13"
_REQUIREMENTS = (
    *("azure-functions", "azure-identity", "azure-storage-blob", "azure-keyvault-secrets"),
    *("azure-cosmos", "pandas", "numpy", "pydantic", "requests", "fastapi", "sqlalchemy"),
    *("cryptography", "pyarrow", "scikit-learn"),
)
_ROUNDS = 3
_MEBIBYTE = 1024.0


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a command took: seconds of wall clock, and the peak of its memory in MiB.

    Of a build also the seconds in which the package was proven, and those of its import alone.
    """

    seconds: float
    memory: float
    proving: float | None = None
    importing: float = 0.0


def show() -> None:
    """Measure and print a table. Needs the package index, and takes some minutes."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="lading-benchmark-") as scratch:
        folder = Path(scratch)
        project = _write_project(folder / "project")
        environment = {**os.environ, "LADING_CACHE": str(folder / "store")}
        cold = _build(project, environment)
        pip, rebuild, changed = [], [], []
        _pip_and_zip(project, folder)  # fills pip's cache
        for _ in range(_ROUNDS):
            rebuild.append(_build(project, environment))
            _touch(project)
            changed.append(_build(project, environment))
            pip.append(_pip_and_zip(project, folder))
        size = (project / "dist/large.zip").stat().st_size / 1e6
    table = Table(
        *("", "seconds", "of pip and zip", "peak MiB", "proving s", "of it import s"),
        title=f"zip of {size:.0f} MB",
    )
    theirs = _median(pip)
    rows = {"pip install --target, zip -r (warm)": theirs}
    rows |= {"lading build, empty store, no lock": cold, "the app changed": _median(changed)}
    rows |= {"nothing changed": _median(rebuild)}
    for title, cost in rows.items():
        share = f"1/{theirs.seconds / cost.seconds:.1f}"
        proof = ("", "")
        if cost.proving is not None:
            # A verdict that was kept cost no import.
            imported = f"{cost.importing:.2f}" if cost.importing < cost.proving else "kept"
            proof = (f"{cost.proving:.2f}", imported)
        table.add_row(title, f"{cost.seconds:.2f}", share, f"{cost.memory:.0f}", *proof)
    console.print(table)


def _median(costs: Sequence[Cost]) -> Cost:
    """Return the medians, and the largest memory."""
    provings = [cost.proving for cost in costs if cost.proving is not None]
    return Cost(
        seconds=statistics.median(cost.seconds for cost in costs),
        memory=max(cost.memory for cost in costs),
        proving=statistics.median(provings) if provings else None,
        importing=statistics.median(cost.importing for cost in costs),
    )


def _build(project: Path, environment: dict[str, str]) -> Cost:
    command = [sys.executable, "-m", "lading", "build"]
    cost = _run(command, folder=project, environment=environment)
    report = json.loads((project / "dist/large.json").read_text())
    return replace(cost, proving=report["proving_seconds"], importing=report["verdict"]["seconds"])


def _write_project(folder: Path) -> Path:
    app = folder / "app"
    app.mkdir(parents=True)
    (app / "host.json").write_text('{"version": "2.0"}\n')
    (app / "function_app.py").write_text(
        "import azure.functions as func\n"
        "import fastapi, pandas, requests, sqlalchemy\n\n"
        "app = func.FunctionApp()\n\n\n"
        "@app.timer_trigger(schedule='0 0 6 * * *', arg_name='timer')\n"
        "def morning(timer: func.TimerRequest) -> None:\n    pass\n"
    )
    (app / "requirements.txt").write_text("".join(f"{line}\n" for line in _REQUIREMENTS))
    (folder / "pyproject.toml").write_text(
        '[tool.lading.apps.large]\nfolder = "app"\nrequirements = "app/requirements.txt"\n'
        f'python = "{_PYTHON}"\n'
    )
    return folder


def _touch(project: Path) -> None:
    with (project / "app/function_app.py").open("a") as file:
        file.write("\nNAME = 'changed'\n")


def _pip_and_zip(project: Path, folder: Path) -> Cost:
    """Do what people do today: install the same wheels, whole, into a folder, and zip it."""
    stage = folder / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    (folder / "theirs.zip").unlink(missing_ok=True)
    shutil.copytree(project / "app", stage)
    interpreter = find_interpreter(_PYTHON, ambient=os.environ)
    python = str(interpreter.path) if interpreter else sys.executable
    target = str(stage / ".python_packages/lib/site-packages")
    install = _run(
        [
            *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
            *("--require-hashes", "--no-deps", "--target", target),
            *("-r", str(project / "app/requirements.lock")),
        ],
        folder=stage,
        environment=dict(os.environ),
    )
    pack = _run(["zip", "-qr", "../theirs.zip", "."], folder=stage, environment=dict(os.environ))
    return Cost(seconds=install.seconds + pack.seconds, memory=max(install.memory, pack.memory))


def _run(command: Sequence[str], *, folder: Path, environment: dict[str, str]) -> Cost:
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(seconds=time.monotonic() - started, memory=used.ru_maxrss / _MEBIBYTE)
