"""`invoke demo`, as somebody runs it who has just cloned the repository."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 1100
pytestmark = [
    pytest.mark.timeout(SECONDS + 100),
    pytest.mark.skipif(
        (sys.platform, platform.machine()) != ("linux", "x86_64"),
        reason="it runs what Azure's machines run",
    ),
]


def test_the_demo_shows_the_whole_story(ambient: dict[str, str]) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "invoke", "demo"],
        cwd=ROOT,
        env=ambient,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    answers = [line for line in said.stdout.splitlines() if line.startswith("GET /api/price")]
    assert [answer.split()[3] for answer in answers] == ["400", "200", "200", "400"]
    ended = [line for line in said.stdout.splitlines() if line.startswith("exit code ")]
    assert ended == ["exit code 6", "exit code 7"]
    assert "orders-prod runs what it ran before" in said.stdout
    assert "LEAK" not in said.stdout
