"""Slimmed by default, the most used packages import as before and do their work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from lading.core.bundle import assemble_layers
from lading.core.bundle.manifest import Loaded, assemble_manifest
from lading.core.layer import Layer
from lading.core.runtimes import runtime_for
from lading.core.sizes import render_size
from lading.core.slimming import Slimming
from lading.core.wheel import Wheel
from lading.edges.interpreters import Interpreter, find_interpreter
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.edges.vendored_folder import write_vendored_folder
from lading.stages.make_layers import WHOLE, Slimmed, make_layers
from lading.stages.slim import slim_wheels
from tests.smoke import Ground, modules_in, programs
from tests.stages.test_like_pip import MOST_USED, for_runtime, pip
from tests.support import leave_out
from tests.wheels import wheel_at

RUNTIME = runtime_for("3.13")
# Small, and each with something that is spared or that must not be.
HANDFUL = ("colorama", "attrs", "markupsafe", "wrapt", "cffi", "googleapis-common-protos")
# Stubs, headers and tests that are read when the program runs, and large suites.
TRAPS = (
    *("scikit-image", "scipy", "matplotlib", "pyarrow", "sqlalchemy", "networkx", "scikit-learn"),
    *("azure-storage-blob", "greenlet", "lxml"),
)
# These pin others, each in its own way.
PINNED_BY = {"awscli": ("awscli",), "s3fs": ("s3fs", "aiobotocore", "fsspec")}


@dataclass(frozen=True, kw_only=True)
class Trees:
    """Packages as their wheels have them, and slimmed."""

    whole: Ground
    slim: Ground
    layers: tuple[Layer, ...]
    loaded: tuple[Loaded, ...]


@pytest.fixture(scope="module")
def interpreter(machine: dict[str, str]) -> Interpreter:
    found = find_interpreter(RUNTIME.python, ambient=machine)
    if found is None:
        leave_out(f"there is no Python {RUNTIME.python}")
    return found


def make_trees(
    wheels: Sequence[Wheel], folder: Path, interpreter: Interpreter, machine: dict[str, str]
) -> Trees:
    store = Store(folder / "store")
    trims = slim_wheels(wheels, (), Slimming(), store=store, progress=Silence())
    grounds, made = [], []
    for name, slimmed in (("whole", WHOLE), ("slim", Slimmed(trims=trims))):
        layers = make_layers(
            wheels,
            store=store,
            compiler=None,
            runtime=RUNTIME,
            progress=Silence(),
            slimmed=slimmed,
        )
        packages = write_vendored_folder(layers, folder / name, store=store)
        scratch = folder / f"{name}-scratch"
        grounds.append(
            Ground(
                packages=packages,
                interpreter=interpreter.path,
                machine=machine,
                scratch=scratch,
            )
        )
        made.append(layers)
    loaded = assemble_manifest(assemble_layers(made[1]), wheels)
    return Trees(whole=grounds[0], slim=grounds[1], layers=made[1], loaded=loaded)


def check_imports(trees: Trees) -> None:
    """See that each module that is still there fares as it did."""
    for layer in trees.layers:
        modules = modules_in(member.name for member in layer.members)
        with ThreadPoolExecutor(2) as pool:
            whole = pool.submit(trees.whole.walk, modules)
            slim = pool.submit(trees.slim.walk, modules)
        assert slim.result().items() ^ whole.result().items() == set(), layer.name
        assert whole.result() or not modules, layer.name


def check_use(names: Sequence[str], trees: Trees) -> None:
    """See that the slimmed packages do their work."""
    with ThreadPoolExecutor(2) as pool:
        failed = [problem for problem in pool.map(trees.slim.smoke, names) if problem]
    assert not failed, "\n\n".join(failed)


def rows(loaded: Loaded) -> Iterator[tuple[str, ...]]:
    spared = sum(saving.size for saving in loaded.savings)
    sizes = loaded.name, render_size(loaded.size + spared), render_size(loaded.size)
    for saving in loaded.savings:
        yield *sizes, saving.rule, f"{render_size(saving.size)}, {saving.files} files", ""
    for kept in loaded.kept:
        yield *sizes, kept.rule, "", f"{kept.name}: {kept.reason}"


def show(trees: Trees) -> None:
    table = Table("package", "before", "after", "rule", "spared", "kept")
    for loaded in trees.loaded:
        for row in rows(loaded):
            table.add_row(*row)
    Console(width=160).print(table)


def test_a_handful_of_packages_does_its_work_when_slimmed(
    tmp_path: Path, machine: dict[str, str], interpreter: Interpreter
) -> None:
    wheels = tmp_path / "wheels"
    words = [*for_runtime(RUNTIME), *HANDFUL, "pycparser", "protobuf"]
    pip("download", "-d", wheels, *words, machine=machine, home=tmp_path)
    fetched = [wheel_at(path) for path in sorted(wheels.glob("*.whl"))]
    trees = make_trees(fetched, tmp_path, interpreter, machine)
    check_use(HANDFUL, trees)
    spared = {one.name for one in trees.loaded if one.savings}
    assert spared == {"colorama", "attrs", "markupsafe", "wrapt", "googleapis-common-protos"}
    assert [kept.rule for one in trees.loaded for kept in one.kept] == ["headers"]
    check_imports(trees)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("group", ["most used", "traps", *PINNED_BY])
def test_the_most_used_packages_do_their_work_when_slimmed(
    tmp_path: Path, machine: dict[str, str], interpreter: Interpreter, group: str
) -> None:
    pinned = {name for names in PINNED_BY.values() for name in names}
    names: Sequence[str] = {
        "most used": [name for name in MOST_USED if name not in pinned],
        "traps": TRAPS,
    }.get(group) or PINNED_BY[group]
    wheels = tmp_path / "wheels"
    words = ["--python", str(interpreter.path), "download", "--only-binary", ":all:", *names]
    pip(*words, "-d", wheels, machine=machine, home=tmp_path)
    fetched = [wheel_at(path) for path in sorted(wheels.glob("*.whl"))]
    trees = make_trees(fetched, tmp_path, interpreter, machine)
    show(trees)
    check_use(names, trees)
    check_imports(trees)


def test_every_package_that_is_named_has_its_program() -> None:
    assert {*MOST_USED, *TRAPS, *HANDFUL} <= programs().keys()
