"""What every test that builds wheels may ask for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lading.core.wheel import Wheel
from lading.edges.sandbox import Sandbox
from lading.edges.store import Store
from lading.edges.workspace import read_project
from local_sources import LocalSources
from tests.stages.build_wheels.bench import Bench, _as_wheel
from tests.support import make_project


@pytest.fixture
def bench(tmp_path: Path, ambient: dict[str, str], sources: LocalSources) -> Bench:
    root = make_project(tmp_path / "project", sources=sources)
    ambient = sources.environment(ambient) | sources.credentials
    return Bench(
        project=read_project(root),
        store=Store(tmp_path / "store"),
        ambient=ambient,
        sandbox=Sandbox(ambient=ambient, private=[root]),
    )


@pytest.fixture(scope="session")
def build_tools(
    tmp_path_factory: pytest.TempPathFactory, machine: dict[str, str]
) -> tuple[Wheel, ...]:
    """Return setuptools and setuptools-scm with what they need, from the real index."""
    folder = tmp_path_factory.mktemp("build-tools")
    command = [sys.executable, "-m", "pip", "download", "-q", "--only-binary", ":all:", "-d"]
    home = {"HOME": str(folder)}
    subprocess.run([*command, str(folder), "setuptools-scm"], env=machine | home, check=True)
    return tuple(_as_wheel(path) for path in sorted(folder.glob("*.whl")))
