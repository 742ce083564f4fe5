"""The import rule of the house, read from the code: imports go down only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOOLKIT = Path(__file__).parents[1] / "tools" / "lading"
FLOORS = ("core", "edges", "stages", "commands", "tasks")
# Floors on which rooms may enter one another; elsewhere a neighbour is out of bounds.
OPEN_FLOORS = ("core", "edges", "tasks")
# What only one room may touch, and which room that is.
OWNERS: dict[str, set[str]] = {
    "subprocess": {
        "edges/processes/__init__.py",
        "edges/processes/running.py",
    },
    "urllib3": {"edges/http/__init__.py", "edges/http/patience.py", "edges/http/troubles.py"},
    "socketserver": {"edges/broker/server.py"},
    "http.server": {"edges/broker/server.py"},
    "http.client": {"edges/http/loopback.py"},
    "h11": {"edges/functions/front/wire.py"},
    "invoke": {
        "program.py",
        "tasks/__init__.py",
        "tasks/artifacts.py",
        "tasks/deployments.py",
        "tasks/packages.py",
        "tasks/sources.py",
        "visit.py",
    },
    "azure": {
        "edges/azure/packages.py",
        "edges/azure/resource_manager.py",
        "edges/http/azure_transport.py",
        "edges/tokens/sign_in.py",
    },
    # It would send what it uploads itself: only its reading of files is used.
    "twine": {"edges/upload.py"},
    "requests_toolbelt": {"edges/upload.py"},
    "requests": set(),
    # Slow to load; for a package that was described before it stays where it is.
    "cyclonedx": {"core/statements/cyclonedx.py"},
    "packageurl": {"core/statements/purls.py"},
}
PURE = {
    "os",
    "socket",
    "subprocess",
    "time",
    "random",
    "shutil",
    "tempfile",
    "threading",
    "logging",
    "urllib3",
}


# A library reads its settings from nowhere else; what it sees is made up for it there.
LENDS_ENVIRONMENT = "edges/tokens/lent_environment.py"
# They run in a process of their own, whose environment was made for it.
IN_THE_TARGET = {
    "edges/functions/loading.py",
    "edges/functions/serving.py",
    "edges/functions/worker.py",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(TOOLKIT.rglob("*.py")):
        yield path.relative_to(TOOLKIT).as_posix(), ast.parse(path.read_text("utf-8"))


def imports(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide which floor they enter"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def floor_of(module: str) -> str:
    first = module.removesuffix(".py").split("/")[0]
    return first if first in FLOORS else "tasks"


def breaches(module: str, imported: set[str]) -> list[str]:
    """Return every import of a module that goes up, or sideways where that is forbidden."""
    own = floor_of(module)
    own_dotted = "lading." + module.removesuffix(".py").replace("/", ".")
    found = []
    for name in sorted(imported):
        parts = name.split(".")
        if parts[0] != "lading" or len(parts) == 1:
            continue
        floor = parts[1]
        if floor not in FLOORS:
            continue
        up = FLOORS.index(floor) > FLOORS.index(own)
        neighbour = ".".join(parts[:3])
        sideways = (
            floor == own
            and own not in OPEN_FLOORS
            and len(parts) > 2
            and (TOOLKIT / own / f"{parts[2]}.py").exists()
            and neighbour != own_dotted
        )
        if up or sideways:
            found.append(f"{module} imports {name}")
    return found


@pytest.mark.parametrize(
    "case",
    [
        ("core/config.py", "lading.edges.http"),
        ("edges/http/__init__.py", "lading.stages.fetch"),
        ("stages/fetch.py", "lading.commands.build"),
        ("commands/lock.py", "lading.commands.build"),
        ("core/config.py", "lading.tasks"),
    ],
)
def test_the_rule_notices_a_breach(case: tuple[str, str]) -> None:
    module, imported = case
    assert breaches(module, {imported})


def test_imports_go_down_only() -> None:
    found = [breach for module, tree in modules() for breach in breaches(module, imports(tree))]
    assert not found


def test_each_outside_thing_has_one_owner() -> None:
    found = [
        f"{module} imports {thing}"
        for module, tree in modules()
        for thing, owners in OWNERS.items()
        if module not in owners
        for name in imports(tree)
        if name == thing or name.startswith(f"{thing}.")
    ]
    assert not found


def test_core_touches_nothing_outside() -> None:
    found = [
        f"{module} imports {name}"
        for module, tree in modules()
        if floor_of(module) == "core"
        for name in imports(tree)
        if name in PURE or name.split(".")[0] in PURE
    ]
    assert not found


def test_nothing_below_the_door_prints_or_reads_the_environment() -> None:
    found = []
    for module, tree in modules():
        if floor_of(module) == "tasks" or module in {LENDS_ENVIRONMENT, *IN_THE_TARGET}:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"print", "input"}:
                found.append(f"{module}:{node.lineno} prints or asks")
            if isinstance(node, ast.Attribute) and node.attr == "environ":
                found.append(f"{module}:{node.lineno} reads the environment")
    assert not found


def test_every_module_says_in_one_sentence_what_it_owns() -> None:
    silent = [module for module, tree in modules() if not ast.get_docstring(tree)]
    assert not silent
