"""`python -m tests.corpus`: check every app of the corpus on this machine, and print the tables."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_sources import LocalSources
from tests.corpus.broken import BROKEN
from tests.corpus.case import Broken, Healthy
from tests.corpus.health import examine_health, illnesses
from tests.corpus.healthy import HEALTHY
from tests.corpus.judgement import complaints
from tests.corpus.tables import broken_row, healthy_row, render_tables
from tests.corpus.workbench import Workbench, pythons, with_pythons
from tests.user import User

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_KEPT = ("PATH", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL", *_PROXIES)


def main() -> int:
    """Check the corpus, one app after the other; return 1 where one is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="without the apps of large packages")
    parser.add_argument("--only", default="", help="the apps that have this in their words")
    parser.add_argument("--write", default="", help="also write the tables to this file")
    options = parser.parse_args()
    broken: list[tuple[str, ...]] = []
    healthy: list[tuple[str, ...]] = []
    is_whole = False
    # After Ctrl-C what was checked until then is shown.
    with contextlib.suppress(KeyboardInterrupt), tempfile.TemporaryDirectory() as name:
        with _open(Path(name)) as workbench:
            for number, case in enumerate(_chosen(options.only, quick=options.quick)):
                workbench.sources.reset()
                row = _check(case, workbench, Path(name, str(number)))
                (broken if isinstance(case, Broken) else healthy).append(row)
                sys.stderr.write(f"{row[-1]}: {case.what}\n")
        is_whole = True
    text = render_tables(broken, healthy)
    sys.stdout.write(text)
    if options.write:
        Path(options.write).write_text(text, "utf-8")
    wrong = sum(row[-1] != "as it must be" for row in (*broken, *healthy))
    sys.stderr.write(f"{len(broken) + len(healthy)} apps, {wrong} not as they must be\n")
    return 0 if is_whole and not wrong else 1


def _chosen(only: str, *, quick: bool) -> Iterator[Broken | Healthy]:
    here = pythons()
    cases: tuple[Broken | Healthy, ...] = (*BROKEN, *HEALTHY)
    for case in cases:
        if only not in case.what:
            continue
        if isinstance(case, Broken) or (case.made.python in here and not (quick and case.slow)):
            yield case


def _check(case: Broken | Healthy, workbench: Workbench, folder: Path) -> tuple[str, ...]:
    if isinstance(case, Broken):
        outcome = workbench.examine(case, folder)
        return broken_row(case, outcome, complaints(case, outcome))
    health = examine_health(case, workbench, folder, rebuild=True)
    return healthy_row(case, health, illnesses(case, health))


@contextmanager
def _open(folder: Path) -> Iterator[Workbench]:
    """Give a workbench whose user has an empty home and an empty store."""
    home = folder / "home"
    home.mkdir()
    machine = {name: os.environ[name] for name in _KEPT if name in os.environ}
    machine |= {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PIP_CONFIG_FILE": os.devnull}
    with LocalSources(machine) as sources:
        environment = sources.environment(with_pythons(machine), public=True) | sources.credentials
        own = {"HOME": str(home), "LADING_CACHE": str(folder / "store")}
        yield Workbench(sources=sources, user=User(environment=environment | own))


if __name__ == "__main__":
    raise SystemExit(main())
