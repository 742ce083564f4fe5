"""Programs that stand on the PATH of a test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.edges.tokens.kinds.issuing import Install


@pytest.fixture
def install(ambient: dict[str, str], tmp_path: Path) -> Install:
    """Put a Python program on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    ambient["PATH"] = f"{folder}:{ambient['PATH']}"

    def write(name: str, code: str) -> None:
        path = folder / name
        path.write_text(f"#!{sys.executable}\nimport json, os, sys\n{code}\n")
        path.chmod(0o755)

    return write
