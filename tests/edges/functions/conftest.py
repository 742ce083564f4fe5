from __future__ import annotations

from pathlib import Path

import pytest

from tests.loading import Loader


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="module")
def loader(
    library: Path, machine: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Loader:
    home = tmp_path_factory.mktemp("home")
    return Loader(folder=library, ambient=machine | {"HOME": str(home)})
