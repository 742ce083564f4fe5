"""What a package is loaded with, once or to be served: interpreter, engine, enclosure, settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lading.core.functions import ImportProblem, Indexed
from lading.core.functions.crash import parse_crash
from lading.core.functions.host import FunctionFile
from lading.edges.functions.engine import Engine
from lading.edges.functions.tree import Tree
from lading.edges.interpreters import Interpreter
from lading.edges.processes import Completed, base_environment
from lading.edges.processes.running import RunningProcess
from lading.edges.sandbox import Errand
from lading.edges.store import Store

# The host gives a worker a minute for its start; a machine that builds is slower, and busy.
TIME_LIMIT = 180.0  # seconds
MOST_OUTPUT = 1 << 20  # bytes of the answer, and of what the app prints
_TOLD_LINES = 5


class Enclosure(Protocol):
    """Where foreign code runs; `edges.sandbox.Sandbox` fits."""

    @property
    def description(self) -> str:
        """Return how foreign code is confined, or "none: …" with the reason."""

    def run(self, errand: Errand) -> Completed:
        """Run foreign code to its end and return what it said."""

    def start(self, errand: Errand, *, on_end: Callable[[int], None]) -> RunningProcess:
        """Start foreign code that goes on beside this process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a package is loaded with.

    `functions` are those of the v1 model, () for v2; `settings` the app settings that it is given;
    `ambient` the environment that programs need to start; `time_limit`, in seconds, is for loading.
    """

    interpreter: Interpreter
    engine: Engine
    enclosure: Enclosure
    store: Store
    settings: Mapping[str, str]
    ambient: Mapping[str, str]
    functions: tuple[FunctionFile, ...] = ()
    time_limit: float = TIME_LIMIT


def order_for(tree: Tree, bench: Bench, *, nonce: str, serving: bool) -> dict[str, object]:
    """Return what a program in the target's interpreter is told of a package."""
    wish = bench.engine.wish
    return {
        "nonce": nonce,
        "serving": serving,
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


def errand_for(
    folder: Path, tree: Tree, bench: Bench, *, program: str, words: tuple[str, ...] = ()
) -> Errand:
    """Return how a program runs in the target's interpreter, with `folder` as all that is its."""
    # Its own place, not a virtual environment's: that has whatever its owner installed.
    python = bench.interpreter.path.resolve()
    return Errand(
        command=(str(python), *bench.interpreter.command[1:], "-c", program, *words),
        environment=_environment(folder, tree, bench),
        folder=folder,
        needs=(tree.root, *tree.behind, bench.engine.folder, python.parents[1]),
        time_limit=bench.time_limit,
        most_output=MOST_OUTPUT,
    )


def without_answer(
    bench: Bench, problem: ImportProblem, *, seconds: float, output: str = ""
) -> Indexed:
    """Return the verdict on a package that did not come to an answer."""
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


def too_slow(bench: Bench) -> ImportProblem:
    """Return the problem of an import that did not end in its time."""
    return ImportProblem(
        error="TimeLimit", message=f"it was not imported in {bench.time_limit:.0f} s"
    )


def ended(code: int | None, output: str) -> ImportProblem:
    """Return the problem of an import that ended the interpreter, with its last words."""
    if (crash := parse_crash(output)) is not None:
        return crash
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    words = "; ".join(lines[-_TOLD_LINES:])
    end = f"the interpreter ended with {code} while the app was imported"
    return ImportProblem(error="Ended", message=f"{end}: {words}" if words else end)


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
