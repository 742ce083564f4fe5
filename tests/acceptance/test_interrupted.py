"""A kill at any moment leaves the last good artifact and a next run that works."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from local_sources import LocalSources, write_sample_project
from tests.user import User

KILLS = 20


@pytest.mark.timeout(900)  # 20 builds that are killed, and 20 whole ones
def test_after_each_of_twenty_kills_the_next_build_succeeds(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    """The moments are drawn over the length of a whole build; the seed is in the failure."""
    seed = random.SystemRandom().randrange(1 << 32)
    moments = random.Random(seed)  # noqa: S311 - moments, not secrets
    project = write_sample_project(sources, tmp_path / "project")
    started = time.monotonic()
    user.builds(project)
    length = time.monotonic() - started
    last = (project / "dist/orders.zip").read_bytes()
    for number in range(KILLS):
        # A changed app and, every other time, an empty store and no lock: all stages are hit.
        (project / "functionapp/changed.py").write_text(f"NUMBER = {number}\n")
        if number % 2:
            for lock in project.rglob("*.lock"):
                lock.unlink()
        store = str(tmp_path / f"store{number}") if number % 2 else ""
        variables = {"LADING_CACHE": store} if store else {}
        environment = {**user.environment, **variables}
        process = subprocess.Popen(
            [sys.executable, "-m", "lading", "build"],
            cwd=project,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moments.uniform(0, length if store else length / 3))
        process.send_signal(signal.SIGKILL)
        process.wait()
        artifact = project / "dist/orders.zip"
        with zipfile.ZipFile(artifact) as package:
            assert package.testzip() is None, f"seed {seed}, kill {number}"
        if process.returncode == -signal.SIGKILL and artifact.read_bytes() != last:
            # It was moved into place whole, just before the kill.
            with zipfile.ZipFile(artifact) as package:
                assert f"NUMBER = {number}\n".encode() == package.read("changed.py")
        said = user.types(project, "build", **variables)
        assert said.code == 0, f"seed {seed}, kill {number}: {said.text}"
        last = artifact.read_bytes()
    assert sorted(path.name for path in (project / "dist").iterdir()) == [
        "orders.cdx.json",
        "orders.json",
        "orders.provenance.json",
        "orders.zip",
    ]
