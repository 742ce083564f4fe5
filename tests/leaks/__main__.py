"""`python -m tests.leaks`: run the matrix on this machine and print its two tables."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import Process, Queue
from pathlib import Path

from rich.console import Console

from local_azure import LocalAzure
from local_sources import LocalSources
from tests.leaks.kinds import World
from tests.leaks.matrix import Cell, Outcome, check_outcome, representative, run_cell, whole
from tests.leaks.tables import show_tables

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_KEPT = ("PATH", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL", *_PROXIES)
# One field ends, well or not, long before.
_LONGEST_SECONDS = 900.0


def main() -> int:
    """Run the matrix; return 1 where a field is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.leaks", description=main.__doc__)
    parser.add_argument("--whole", action="store_true", help="every field: over half an hour")
    parser.add_argument("--only", default="", help="the fields whose name has this in it")
    options = parser.parse_args()
    if sys.platform != "linux" or os.geteuid() != 0:
        parser.exit(
            2, "It watches with strace, and only root's sees into lading: run it as root.\n"
        )
    # In the background Ctrl-C is ignored, and would be by all that is started here. A time limit
    # ends a run as Ctrl-C does: what was found until then is shown.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    cells = whole() if options.whole else representative()
    chosen = [cell for cell in cells if options.only in str(cell)]
    if not chosen:
        parser.exit(2, f"No field has {options.only} in its name.\n")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    outcomes: list[Outcome] = []
    is_well = True
    try:
        for cell, found in _run(chosen):
            problems = (found,) if isinstance(found, str) else check_outcome(found)
            outcomes += [] if isinstance(found, str) else [found]
            is_well = is_well and not problems
            console.print(f"{cell}", markup=False)
            for problem in problems:
                console.print(f"  WRONG: {problem}", markup=False, style="red")
    except KeyboardInterrupt:
        is_well = False
    order = [str(cell) for cell in chosen]
    show_tables(console, sorted(outcomes, key=lambda outcome: order.index(str(outcome.cell))))
    console.print(f"{len(outcomes)} of {len(chosen)} fields")
    return 0 if is_well else 1


def _run(cells: Sequence[Cell]) -> Iterator[tuple[Cell, Outcome | str]]:
    """Give each field with its outcome, or with why it has none; one runs on each processor."""
    waiting: Queue[Cell | None] = Queue()
    done: Queue[tuple[Cell, Outcome | str]] = Queue()
    workers = [
        Process(target=_work, args=(waiting, done), daemon=True) for _ in range(os.cpu_count() or 1)
    ]
    for cell in (*cells, *(None for _ in workers)):
        waiting.put(cell)
    for worker in workers:
        worker.start()
    for _ in cells:
        yield done.get(timeout=_LONGEST_SECONDS)
    for worker in workers:
        worker.join()


def _work(waiting: Queue[Cell | None], done: Queue[tuple[Cell, Outcome | str]]) -> None:
    with _open_world() as world:
        while cell := waiting.get():
            with tempfile.TemporaryDirectory(prefix="leaks-") as folder:
                try:
                    done.put((cell, run_cell(cell, world, folder=Path(folder, "agent"))))
                except Exception as error:  # noqa: BLE001 - the other fields still tell something
                    done.put((cell, f"it could not be watched: {type(error).__name__}: {error}"))


@contextmanager
def _open_world() -> Iterator[World]:
    machine = {name: os.environ[name] for name in _KEPT if name in os.environ}
    machine |= {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PIP_CONFIG_FILE": os.devnull}
    with (
        LocalSources(machine) as sources,
        LocalAzure(machine, certificates=sources.certificates) as azure,
    ):
        yield World(sources=sources, azure=azure, machine=machine)


if __name__ == "__main__":
    raise SystemExit(main())
