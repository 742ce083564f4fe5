"""A project with one app."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.edges.workspace.project import CONFIGURATION, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project with one app of one function."""
    write(tmp_path, "pyproject.toml", CONFIGURATION)
    write(tmp_path, "app/host.json", "{}")
    write(tmp_path, "app/function_app.py", "")
    write(tmp_path, "app/requirements.txt", "x\n")
    return tmp_path
