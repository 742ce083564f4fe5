"""What `invoke soak` measures: many clients at one open broker, and what their visits leave behind.

The sources, the raw clients and the real ones (pip, uv, git) run in processes of their own, so that
memory, threads and files of this one are the broker's.
"""

from __future__ import annotations

import os
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from lading.core.config import DefaultIndex
from lading.core.config.pyproject import parse_project
from lading.edges.access import Access
from lading.edges.broker import Broker
from lading.edges.http import Http
from lading.edges.terminal import Silence
from local_sources import LocalSources
from soak.clients import Visit, open_visits
from soak.outcome import Footprint, Outcome

_APP = """
[tool.lading.apps.orders]
folder = "functionapp"
requirements = "functionapp/requirements.txt"
python = "3.13"

"""
_INHERITED = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT")
# Seconds: how long connections may take to end, and the processes of sources and clients to answer.
_SETTLED = 60.0
_TIMEOUT = 60.0
_SPAWN = get_context("spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a process of sources tells: how to trust and open them, and where they are."""

    environment: dict[str, str]
    configuration: str
    public_url: str
    tax_url: str


def soak(*, seconds: float, clients: int) -> Outcome:
    """Send clients to one open broker for so many seconds."""
    with tempfile.TemporaryDirectory(prefix="lading-soak-") as scratch, _sources() as served:
        access = _access(served)
        with Broker(access) as broker:
            idle = _footprint()
            started = time.monotonic()
            visit = Visit(
                index_url=broker.index_url,
                environment=_environment(broker, Path(scratch)),
                tax_url=served.tax_url,
                seconds=seconds,
            )
            with open_visits(visit, clients) as visits:
                # Starting the processes takes its own time.
                while not access.records and not any(future.done() for future in visits):
                    time.sleep(0.05)
                time.sleep(seconds / 4)
                warm, before = _footprint(), len(access.records)
                counts = sum((future.result() for future in visits), Counter[str]())
            taken = time.monotonic() - started
            end = _settled(idle)
            counts.update(f"error: {reason}" for reason in broker.refusals)
        return Outcome(
            seconds=taken,
            counts=counts,
            upstream=len(access.records) - before,
            idle=idle,
            warm=warm,
            end=end,
        )


def _access(served: Served) -> Access:
    table = tomllib.loads(_APP + served.configuration)["tool"]["lading"]
    return Access(
        parse_project(table, root=Path.cwd()),
        default_index=DefaultIndex(url=served.public_url, origin="the soak"),
        http=Http(served.environment),
        ambient=served.environment,
        progress=Silence(),
    )


def _environment(broker: Broker, scratch: Path) -> dict[str, str]:
    own = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    own |= {"HOME": str(scratch), "TMPDIR": str(scratch)}
    return own | broker.environment()


@contextmanager
def _sources() -> Iterator[Served]:
    """Serve the local sources in a process of their own."""
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        if not ours.poll(_TIMEOUT):
            raise TimeoutError("the local sources did not start")
        yield ours.recv()
    finally:
        ours.close()
        theirs.close()
        process.join(_TIMEOUT)


def _serve(told: Connection) -> None:
    with LocalSources(os.environ) as sources:
        sources.passes_on = False
        told.send(
            Served(
                environment=sources.environment(os.environ) | sources.credentials,
                configuration=sources.configuration(),
                public_url=sources.public_url,
                tax_url=sources.tax_url,
            )
        )
        # Whoever asked closes its end when it needs nobody any more.
        with suppress(EOFError):
            told.recv()


def _settled(idle: Footprint) -> Footprint:
    """Return the footprint once the last connections have ended, at the latest after a minute."""
    until = time.monotonic() + _SETTLED
    while (found := _footprint()).threads > idle.threads and time.monotonic() < until:
        time.sleep(0.05)
    return found


def _footprint() -> Footprint:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    told = dict(line.split(":", 1) for line in status.splitlines())
    return Footprint(
        memory=int(told["VmRSS"].split()[0]) << 10,
        threads=int(told["Threads"]),
        files=sum(1 for _ in Path("/proc/self/fd").iterdir()),
    )
