"""A short soak: clients of every kind at one door, which keeps nothing of their visits."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from soak.outcome import Footprint, Outcome
from tests.support import leave_out

TOOLS = Path(__file__).parents[1] / "tools"
IDLE = Footprint(memory=60 << 20, threads=2, files=12)


def test_a_short_soak_ends_without_errors_and_leaves_no_threads_or_files(
    ambient: dict[str, str],
) -> None:
    if not Path("/proc/self/status").exists():
        leave_out("only Linux tells what a process holds")
    ended = subprocess.run(
        [sys.executable, "-m", "soak", "--seconds", "2", "--clients", "4"],
        env=ambient | {"PYTHONPATH": str(TOOLS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "errors   0" in ended.stdout
    assert " git" in ended.stdout


@pytest.mark.parametrize(
    ("counts", "end", "complaint"),
    [
        ({"requests": 9}, IDLE, None),
        ({}, IDLE, "nobody was served"),
        ({"requests": 9, "error: 424": 2}, IDLE, "2 x error: 424"),
        ({"requests": 9}, Footprint(memory=100 << 20, threads=2, files=12), "memory grew by 40"),
        ({"requests": 9}, Footprint(memory=60 << 20, threads=3, files=12), "1 threads were left"),
        ({"requests": 9}, Footprint(memory=60 << 20, threads=2, files=90), "78 files were left"),
    ],
)
def test_a_soak_fails_for_errors_growth_and_what_was_left(
    counts: dict[str, int], end: Footprint, complaint: str | None
) -> None:
    outcome = Outcome(
        seconds=1, counts=Counter(counts), upstream=100, idle=IDLE, warm=IDLE, end=end
    )
    found = outcome.complaints()
    assert bool(found) == (complaint is not None)
    assert complaint is None or complaint in found[0]
