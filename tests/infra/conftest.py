"""What the tests of infra/ share: its files as values, and Microsoft's resource types."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.bicep import BicepFile, read_bicep
from tests.infra.library import TypeLibrary, open_library
from tests.support import leave_out

INFRA = Path(__file__).parents[2] / "infra"


@pytest.fixture(scope="session")
def files() -> dict[str, BicepFile]:
    """Return the files of infra/, by their paths below it."""
    found = [read_bicep(path, INFRA) for path in sorted(INFRA.rglob("*.bicep"))]
    return {file.name: file for file in found}


@pytest.fixture(scope="session")
def library(
    machine: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TypeLibrary]:
    """Return Microsoft's resource types."""
    program = next(Path(sys.executable).parent.glob("azmcp*"), None)
    if program is None:
        leave_out("msmcp-azure is not installed")
    with open_library(program, tmp_path_factory.mktemp("azmcp"), machine) as opened:
        yield opened
