"""The texts that the target's interpreter is given to run."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Callable

import pytest

from lading.edges.functions.programs import serving_text, worker_text

# Windows takes 32,767 characters as a whole command line; paths and options stand before it.
ROOM = 30_000
OLDEST = (3, 10)


@pytest.mark.parametrize("text", [serving_text, worker_text])
def test_a_program_fits_into_a_command_line(text: Callable[[], str]) -> None:
    assert len(subprocess.list2cmdline(["-c", text()])) < ROOM


@pytest.mark.parametrize("text", [serving_text, worker_text])
def test_a_program_is_for_every_python_and_wants_nothing_of_lading(
    text: Callable[[], str],
) -> None:
    tree = ast.parse(text(), feature_version=OLDEST)
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert "lading" not in imported
    assert "asyncio" in imported
