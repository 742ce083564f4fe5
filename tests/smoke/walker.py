"""Imports the modules that a file names, and prints what became of each.

It runs in the interpreter that the packages are for, not in the tests' own.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import sys
from pathlib import Path

_SECONDS = 30
_LONGEST = 120
_ADDRESS = re.compile(r"0x[0-9a-f]+")


def too_slow(_number: int, _frame: object) -> None:
    """Give up a module that waits for something."""
    raise TimeoutError


def become_of(name: str) -> str:
    """Import a module and return what came of it."""
    signal.alarm(_SECONDS)
    try:
        importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001 - a module may raise what it likes
        # Neither the folder of the packages nor where something is in memory is of interest.
        said = _ADDRESS.sub("", str(error).replace(sys.path[0], ""))
        return f"{type(error).__name__} {said[:_LONGEST]!a}"
    finally:
        signal.alarm(0)
    return "imported"


def main() -> None:
    """Import them all."""
    names: list[str] = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    # What modules print is of no interest, and some would read what nobody types.
    told = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGALRM, too_slow)
    sys.argv = ["python"]
    for name in names:
        told.write(f"module\t{name}\t{become_of(name)}\n")
    told.flush()
    # Threads that were started meanwhile end with it.
    os._exit(0)


if __name__ == "__main__":
    main()
