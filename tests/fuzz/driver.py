"""`python -m tests.fuzz.driver TARGET OPTIONS…`: one target under atheris, in its own process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

_TOOLS = Path(__file__).parents[2] / "tools"
# The readers whose branches are worth finding a way into.
_INSTRUMENTED = [
    "lading.core.access",
    "lading.core.urls",
    "lading.edges.broker",
    "html.parser",
    "http.server",
]


def main(arguments: Sequence[str]) -> None:
    """Fuzz until libFuzzer's own options (`-max_total_time=…`) end it."""
    name, *options = arguments
    sys.path.insert(0, str(_TOOLS))
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=_INSTRUMENTED):
        target = _load(name)
    atheris.Setup([name, *options], target)
    atheris.Fuzz()


def _load(name: str) -> Callable[[bytes], None]:
    if name == "wire":
        opened: Callable[[], Callable[[bytes], None]] = import_module("tests.fuzz.wire").open_target
        return opened()
    targets: Mapping[str, Callable[[bytes], None]] = import_module("tests.fuzz.targets").TARGETS
    return targets[name]


if __name__ == "__main__":
    main(sys.argv[1:])
