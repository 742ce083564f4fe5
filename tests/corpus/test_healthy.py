"""Each healthy app of the corpus is built, imported and verified without a finding."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.corpus.case import Healthy
from tests.corpus.health import REPACKERS, Repacker, examine_health, illnesses
from tests.corpus.healthy import HEALTHY
from tests.corpus.workbench import Workbench, pythons
from tests.support import leave_out, require

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it loads what Linux loads")


def _parameter(number: int, case: Healthy) -> object:
    # Of the quick ones each is packed by one other tool; all of them have their turn.
    repackers = REPACKERS if case.slow else (REPACKERS[number % len(REPACKERS)],)
    marks = [pytest.mark.slow] if case.slow else []
    name = f"{case.what.replace(' ', '-')}-{case.made.python}"
    return pytest.param(case, repackers, id=name, marks=marks)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("case", "repackers"), [_parameter(number, case) for number, case in enumerate(HEALTHY)]
)
def test_a_healthy_app_gets_no_finding(
    workbench: Workbench, tmp_path: Path, case: Healthy, repackers: tuple[Repacker, ...]
) -> None:
    if case.made.python not in pythons():
        leave_out(f"there is no Python {case.made.python}")
    require("zip")
    health = examine_health(case, workbench, tmp_path / "project", repackers=repackers)
    assert illnesses(case, health) == []
