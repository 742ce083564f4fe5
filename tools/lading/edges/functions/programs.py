"""The programs for the target's interpreter, each as one text: `-c` takes no more."""

from __future__ import annotations

import ast
from functools import cache
from importlib.resources import files

_SHARED = "loading.py"
_FUTURE = "from __future__ import annotations\n"


@cache
def worker_text() -> str:
    """Return the program that loads a package, says what it saw and ends."""
    return _joined("worker.py")


@cache
def serving_text() -> str:
    """Return the program that loads a package and answers calls until its input ends."""
    return _joined("serving.py")


def _joined(name: str) -> str:
    return _FUTURE + _without_own_imports(_SHARED) + _without_own_imports(name)


def _without_own_imports(name: str) -> str:
    """Return a file without the imports that hold in this project only; lines keep their number."""
    text = files("lading.edges.functions").joinpath(name).read_text("utf-8")
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            ("__future__", "lading.")
        ):
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    return "\n".join(lines) + "\n"
