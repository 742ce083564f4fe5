"""The repository uses its own toolkit; below are the project's own chores."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from lading.tasks import namespace as toolkit

ROOT = Path(__file__).parent
PYTHON = f'"{sys.executable}"'


@task
def check(context: Context) -> None:
    """Lint, format and types: what `test` runs first."""
    with context.cd(ROOT):
        context.run(f"{PYTHON} -m ruff check .")
        context.run(f"{PYTHON} -m ruff format --check .")
        context.run(f"{PYTHON} -m mypy")


@task(
    name="test",
    pre=[check],
    help={"only": "a path or a pytest expression, instead of everything", "slow": "the slow ones"},
)
def run_tests(context: Context, *, only: str = "", slow: bool = False) -> None:
    """Lint, types and every test; `--slow` runs what is too long for CI."""
    chosen = "slow" if slow else "not slow"
    with context.cd(ROOT):
        context.run(f'{PYTHON} -m pytest -n 2 --dist loadgroup -m "{chosen}" {only}')


@task(help={"keep": "keep the demo's folder and say where it is"})
def demo(_context: Context, *, keep: bool = False) -> None:
    """Show the whole story on this machine: private sources, a build, its credential, releases."""
    sys.path.insert(0, str(ROOT / "tools"))
    import demo as story

    if not story.show(keep=keep):
        raise Exit(code=1)


@task(help={"target": "one of the readers, instead of all", "seconds": "for all together"})
def fuzz(context: Context, *, target: str = "", seconds: int = 600) -> None:
    """Fuzz what foreign text reaches, by coverage: the broker's door, names, URLs and pages."""
    with context.cd(ROOT):
        context.run(f"{PYTHON} -m tests.fuzz {target} --seconds {seconds}")


@task(help={"whole": "every field of the matrix: half an hour", "only": "fields by name"})
def leaks(context: Context, *, whole: bool = False, only: str = "") -> None:
    """Watch every kind of credential on every way, as root with strace, and print what leaked."""
    words = f"{'--whole ' if whole else ''}{f'--only {shlex.quote(only)}' if only else ''}"
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tools")))
    with context.cd(ROOT):
        context.run(f"{PYTHON} -m tests.leaks {words}", env={"PYTHONPATH": paths})


@task(help={"seconds": "how long", "clients": "how many at once"})
def soak(context: Context, *, seconds: float = 60, clients: int = 20) -> None:
    """Send many clients to one open broker at once: no error, no growth in memory."""
    with context.cd(ROOT):
        paths = str(ROOT / "tools")
        words = f"--seconds {seconds} --clients {clients}"
        context.run(f"{PYTHON} -m soak {words}", env={"PYTHONPATH": paths})


@task(help={"quick": "without large packages", "only": "apps by words", "write": "a file, too"})
def corpus(context: Context, *, quick: bool = False, only: str = "", write: str = "") -> None:
    """Check every broken and healthy app of the corpus by the real commands; print the tables."""
    words = " ".join(
        [
            *(["--quick"] if quick else []),
            *([f"--only {shlex.quote(only)}"] if only else []),
            *([f"--write {shlex.quote(write)}"] if write else []),
        ]
    )
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tools")))
    with context.cd(ROOT):
        context.run(f"{PYTHON} -m tests.corpus {words}", env={"PYTHONPATH": paths})


@task(help={"seed": "others than those that CI has", "write": "every command, to this file"})
def sequences(context: Context, *, seed: int = 0, write: str = "") -> None:
    """Deploy through 200 random sequences of faults: one release whole, and a true exit code."""
    words = f"--seed {seed} {f'--write {shlex.quote(write)}' if write else ''}"
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tools")))
    with context.cd(ROOT):
        context.run(f"{PYTHON} -m tests.deployment.sequences {words}", env={"PYTHONPATH": paths})


@task
def benchmark(_context: Context) -> None:
    """Measure a build of 42 distributions beside pip and zip, and cold starts; takes minutes."""
    sys.path.insert(0, str(ROOT / "tools"))
    import benchmark as measure
    import cold_start

    measure.show()
    cold_start.show()


namespace = Collection(check, run_tests, demo, fuzz, leaks, soak, corpus, sequences, benchmark)
for name, command in toolkit.tasks.items():
    namespace.add_task(command, name)
