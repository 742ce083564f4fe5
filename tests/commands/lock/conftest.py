"""A desk with the private sources of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.commands.lock.desk import Desk
from tests.support import make_project


@pytest.fixture
def desk(tmp_path: Path, sources: LocalSources, ambient: dict[str, str]) -> Desk:
    sources.passes_on = False
    root = make_project(tmp_path / "project", requirements=(), sources=sources)
    return Desk(root, sources, ambient)


@pytest.fixture
def backed(desk: Desk) -> Desk:
    """A desk whose public index also has what builds wheels."""
    desk.sources.passes_on = True
    return desk
