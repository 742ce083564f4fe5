"""`invoke demo`, as somebody runs it who has just cloned the repository."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="it runs what Linux runs"),
]


def test_the_demo_shows_the_whole_story(ambient: dict[str, str]) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "invoke", "demo"],
        cwd=ROOT,
        env=ambient,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    answers = [line for line in said.stdout.splitlines() if line.startswith("GET /api/price")]
    assert [answer.split()[3] for answer in answers] == ["400", "200", "200", "400"]
    ended = [line for line in said.stdout.splitlines() if line.startswith("exit code ")]
    assert ended == ["exit code 6", "exit code 7"]
    assert "orders-prod runs what it ran before" in said.stdout
    assert "LEAK" not in said.stdout
