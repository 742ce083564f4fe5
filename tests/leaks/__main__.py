"""`python -m tests.leaks`: run the matrix on this machine and print its two tables."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from local_azure import LocalAzure
from local_sources import LocalSources
from tests.leaks.kinds import World
from tests.leaks.matrix import Outcome, check_outcome, representative, run_cell, whole
from tests.leaks.tables import show_tables

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_KEPT = ("PATH", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL", *_PROXIES)


def main() -> int:
    """Run the matrix; return 1 where a field is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.leaks", description=main.__doc__)
    parser.add_argument("--whole", action="store_true", help="every field: half an hour")
    parser.add_argument("--only", default="", help="the fields whose name has this in it")
    options = parser.parse_args()
    # Where this runs in the background, Ctrl-C is ignored, and would be by all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform != "linux" or os.geteuid() != 0:
        parser.exit(
            2, "It watches with strace, and only root's sees into lading: run it as root.\n"
        )
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    outcomes: list[Outcome] = []
    is_well = True
    machine = {name: os.environ[name] for name in _KEPT if name in os.environ}
    machine |= {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PIP_CONFIG_FILE": os.devnull}
    cells = whole() if options.whole else representative()
    chosen = [cell for cell in cells if options.only in str(cell)]
    with (
        LocalSources(machine) as sources,
        LocalAzure(machine, certificates=sources.certificates) as azure,
    ):
        world = World(sources=sources, azure=azure, machine=machine)
        for number, cell in enumerate(chosen, start=1):
            with tempfile.TemporaryDirectory(prefix="leaks-") as folder:
                outcome = run_cell(cell, world, folder=Path(folder, "agent"))
            outcomes.append(outcome)
            problems = check_outcome(outcome)
            is_well = is_well and not problems
            console.print(f"{number}/{len(chosen)}  {cell}", markup=False)
            for problem in problems:
                console.print(f"  WRONG: {problem}", markup=False, style="red")
    show_tables(console, outcomes)
    return 0 if is_well else 1


if __name__ == "__main__":
    raise SystemExit(main())
