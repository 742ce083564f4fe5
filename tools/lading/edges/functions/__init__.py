"""Microsoft's runtime library in the target's interpreter: loads a package, and tells what it saw.

Nobody else runs an app. It sees its own files, read-only as on Azure, the library and the
interpreter; it has no network, and nothing of whoever builds is on its `sys.path`.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from lading.core.functions import (
    ImportProblem,
    Indexed,
    NoAnswerError,
    parse_answer,
)
from lading.core.functions.host import FunctionFile
from lading.edges.functions.engine import Engine
from lading.edges.functions.programs import worker_text
from lading.edges.functions.tree import Package, Tree, unpacked
from lading.edges.interpreters import Interpreter
from lading.edges.processes import Completed, TimeLimitError, base_environment
from lading.edges.sandbox import Errand
from lading.edges.store import Store

# The host gives a worker a minute for its start; a machine that builds is slower, and busy.
TIME_LIMIT = 180.0  # seconds
_MOST_OUTPUT = 1 << 20  # bytes of the answer, and of what the app prints
_TOLD_LINES = 5
_ORDER = "order.json"


class Enclosure(Protocol):
    """Where foreign code runs; `edges.sandbox.Sandbox` fits."""

    @property
    def description(self) -> str:
        """Return how foreign code is confined, or "none: …" with the reason."""

    def run(self, errand: Errand) -> Completed:
        """Run foreign code to its end and return what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a package is loaded with.

    `functions` are those of the v1 model, () for v2; `settings` the app settings that it is given;
    `ambient` the environment that programs need to start.
    """

    interpreter: Interpreter
    engine: Engine
    enclosure: Enclosure
    store: Store
    settings: Mapping[str, str]
    ambient: Mapping[str, str]
    functions: tuple[FunctionFile, ...] = ()
    time_limit: float = TIME_LIMIT


def index_package(package: Package, bench: Bench) -> Indexed:
    """Load a package as Azure does, in a process of its own, and return what came of it.

    An app that ends the interpreter, or takes too long, has a problem as one that raises.
    """
    nonce = secrets.token_hex(16)
    with unpacked(package, store=bench.store) as tree, bench.store.scratch() as scratch:
        folder = scratch.resolve()
        order = json.dumps(_order(tree, bench, nonce=nonce))
        (folder / _ORDER).write_text(order, encoding="utf-8")
        started = time.monotonic()
        try:
            ran = bench.enclosure.run(_errand(folder, tree, bench))
        except TimeLimitError:
            return _without_answer(
                bench,
                ImportProblem(
                    error="TimeLimit", message=f"it was not imported in {bench.time_limit:.0f} s"
                ),
                seconds=bench.time_limit,
            )
    seconds = time.monotonic() - started
    output = ran.stderr
    try:
        answer = parse_answer(ran.stdout, nonce=nonce, seconds=seconds, output=output)
        return replace(answer, confinement=bench.enclosure.description)
    except NoAnswerError:
        problem = ImportProblem(error="Ended", message=_last_words(ran))
        return _without_answer(bench, problem, seconds=seconds, output=output)


def _order(tree: Tree, bench: Bench, *, nonce: str) -> dict[str, object]:
    wish = bench.engine.wish
    return {
        "nonce": nonce,
        "serving": False,
        "root": str(tree.root),
        "engine": str(bench.engine.folder),
        "path": wish.import_order,
        "model": wish.model,
        "functions": [
            {
                "name": one.name,
                "directory": one.directory,
                "script": one.script,
                "entry_point": one.entry_point,
                "bindings": [
                    {**binding.settings, "name": binding.name, "type": binding.type}
                    | {"direction": binding.direction}
                    for binding in one.bindings
                ],
            }
            for one in bench.functions
        ],
    }


def _errand(folder: Path, tree: Tree, bench: Bench) -> Errand:
    # Its own place, not a virtual environment's: that has whatever its owner installed.
    python = bench.interpreter.path.resolve()
    command = (str(python), *bench.interpreter.command[1:], "-c", worker_text())
    needs = (tree.root, *tree.behind, bench.engine.folder, python.parents[1])
    return Errand(
        command=(*command, str(folder / _ORDER)),
        environment=_environment(folder, tree, bench),
        folder=folder,
        needs=needs,
        time_limit=bench.time_limit,
        most_output=_MOST_OUTPUT,
    )


def _environment(folder: Path, tree: Tree, bench: Bench) -> dict[str, str]:
    """Return what an app finds on Azure, as far as it says nothing of a certain app there."""
    environment = {
        "AZURE_FUNCTIONS_ENVIRONMENT": "Production",
        "AzureWebJobsScriptRoot": str(tree.root),
        "FUNCTIONS_EXTENSION_VERSION": "~4",
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "FUNCTIONS_WORKER_RUNTIME_VERSION": bench.interpreter.python,
        **bench.settings,
    }
    return environment | base_environment(bench.ambient, home=folder / "home")


def _without_answer(
    bench: Bench, problem: ImportProblem, *, seconds: float, output: str = ""
) -> Indexed:
    return Indexed(
        model=bench.engine.wish.model,
        python=bench.interpreter.version,
        runtime=bench.engine.version,
        sdk="",
        sdk_from="engine",
        functions=(),
        problem=problem,
        output=output,
        seconds=seconds,
        confinement=bench.enclosure.description,
    )


def _last_words(ran: Completed) -> str:
    lines = [line.strip() for line in ran.stderr.splitlines() if line.strip()]
    told = "; ".join(lines[-_TOLD_LINES:])
    end = f"the interpreter ended with {ran.code} while the app was imported"
    return f"{end}: {told}" if told else end


__all__ = ["TIME_LIMIT", "Bench", "Enclosure", "Engine", "Package", "index_package", "worker_text"]
