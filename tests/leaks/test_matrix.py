"""No field of the matrix shows a credential anywhere but in the process that holds it.

CI runs a choice in which every two of a kind, a way and an ending meet; `invoke test --slow` and
`invoke leaks --whole` run all.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.leaks.matrix import Cell, check_outcome, representative, run_cell, whole
from tests.leaks.rig import require_rig

_CHOSEN = tuple(representative())
_OTHERS = tuple(cell for cell in whole() if cell not in _CHOSEN)


@pytest.mark.parametrize("cell", _CHOSEN, ids=str)
def test_the_credential_stays_home(
    cell: Cell, sources: LocalSources, machine: dict[str, str], tmp_path: Path
) -> None:
    require_rig()
    outcome = run_cell(cell, sources, machine=machine, folder=tmp_path / "agent")
    assert check_outcome(outcome) == ()


@pytest.mark.slow
@pytest.mark.parametrize("cell", _OTHERS, ids=str)
def test_the_credential_stays_home_in_all_other_fields(
    cell: Cell, sources: LocalSources, machine: dict[str, str], tmp_path: Path
) -> None:
    require_rig()
    outcome = run_cell(cell, sources, machine=machine, folder=tmp_path / "agent")
    assert check_outcome(outcome) == ()
