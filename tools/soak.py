"""What `invoke soak` measures: many clients at one open broker, and what their visits leave behind.

The sources, the raw clients and the real ones (pip, uv, git) run in processes of their own, so that
memory, threads and files of this one are the broker's.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from lading.core.config import DefaultIndex
from lading.core.config.pyproject import parse_project
from lading.edges.access import Access
from lading.edges.broker import Broker
from lading.edges.http import Http
from local_sources import LocalSources

_APP = """
[tool.lading.apps.orders]
folder = "functionapp"
requirements = "functionapp/requirements.txt"
python = "3.13"

"""
_INHERITED = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT")
_JSON = "application/vnd.pypi.simple.v1+json"
# Bytes. The log of access keeps a record of every request that went upstream (about 700 bytes, as
# measured); the rest is what malloc's arenas of a few dozen threads do not give back.
_BYTES_OF_A_RECORD = 1024
_LEFT_BY_MALLOC = 12 << 20
# urllib3 keeps so many idle connections to each of the hosts: an index and a Git host.
_KEPT_CONNECTIONS = 2 * 16
_SETTLED = 10.0
_TIMEOUT = 60.0
_SPAWN = get_context("spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a process of sources tells: how to trust and open them, and where they are."""

    environment: dict[str, str]
    configuration: str
    public_url: str
    tax_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a process of clients is told. It is pickled to it, and in no argv: it has the nonce."""

    index_url: str
    environment: dict[str, str]
    tax_url: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What this process holds: resident bytes, threads and open files."""

    memory: int
    threads: int
    files: int


Client = Callable[[Visit, int], Counter[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a soak found: `counts` by kind of client ("error: …" for what went wrong)."""

    seconds: float
    counts: Counter[str]
    upstream: int
    idle: Footprint
    warm: Footprint
    end: Footprint

    @property
    def errors(self) -> dict[str, int]:
        """Return what went wrong, and how often."""
        return {what: count for what, count in self.counts.items() if what.startswith("error")}

    @property
    def growth(self) -> int:
        """Return by how many bytes the process grew after the warm-up."""
        return self.end.memory - self.warm.memory

    @property
    def allowed_growth(self) -> int:
        """Return by how many bytes it may have grown."""
        return _LEFT_BY_MALLOC + _BYTES_OF_A_RECORD * self.upstream

    def complaints(self) -> list[str]:
        """Return every reason for which the soak failed."""
        found = [f"{count} x {what}" for what, count in self.errors.items()]
        if not self.counts.total():
            found.append("nobody was served")
        if self.growth > self.allowed_growth:
            found.append(f"memory grew by {_mib(self.growth)}, {_mib(self.allowed_growth)} allowed")
        if self.end.threads > self.idle.threads:
            found.append(f"{self.end.threads - self.idle.threads} threads were left behind")
        if self.end.files > self.idle.files + _KEPT_CONNECTIONS:
            found.append(f"{self.end.files - self.idle.files} files were left open")
        return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, print what was measured, and return 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="soak", description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=20)
    options = parser.parse_args(arguments)
    if options.seconds <= 0 or options.clients <= 0:
        parser.error("--seconds and --clients must be above 0")
    outcome = soak(seconds=options.seconds, clients=options.clients)
    print(render(outcome))
    return int(bool(outcome.complaints()))


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
            with _visits(visit, clients) as visits:
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


def render(outcome: Outcome) -> str:
    """Return what was measured, for people."""
    served = {kind: n for kind, n in sorted(outcome.counts.items()) if kind not in outcome.errors}
    requests = served.get("requests", 0)
    runs = ", ".join(f"{count} {kind}" for kind, count in served.items() if kind != "requests")
    idle, warm, end = outcome.idle, outcome.warm, outcome.end
    rate = requests / outcome.seconds
    room = f"{_mib(outcome.allowed_growth)} more are allowed"
    memory = f"idle {_mib(idle.memory)}, warm {_mib(warm.memory)}, end {_mib(end.memory)}"
    lines = [
        f"{outcome.seconds:.0f} s: {requests} requests of raw clients ({rate:.0f}/s); runs: {runs}",
        f"upstream {outcome.upstream} requests after the warm-up",
        f"memory   {memory}; {room}",
        f"threads  idle {idle.threads}, warm {warm.threads}, end {end.threads}",
        f"files    idle {idle.files}, warm {warm.files}, end {end.files}",
        f"errors   {sum(outcome.errors.values())}",
    ]
    return "\n".join([*lines, *(f"  {complaint}" for complaint in outcome.complaints())])


def _access(served: Served) -> Access:
    table = tomllib.loads(_APP + served.configuration)["tool"]["lading"]
    return Access(
        parse_project(table, root=Path.cwd()),
        default_index=DefaultIndex(url=served.public_url, origin="the soak"),
        http=Http(served.environment),
        ambient=served.environment,
        progress=_Silence(),
    )


class _Silence:
    """Progress that keeps nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""

    warn = detail = note


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


@contextmanager
def _visits(visit: Visit, clients: int) -> Iterator[list[Future[Counter[str]]]]:
    """Share the clients out: three of ten are programs, all else speaks HTTP itself."""
    programs: list[Client] = [_run_git, _run_uv, _run_pip]
    shares: list[tuple[Client, int]] = [
        (run, (clients + 9 - 3 * index) // 10) for index, run in enumerate(programs)
    ]
    raw = clients - sum(count for _, count in shares)
    shares += [(_speak, raw // 2), (_speak, raw - raw // 2)]
    jobs = [(run, count) for run, count in shares if count > 0]
    with ProcessPoolExecutor(len(jobs), mp_context=_SPAWN) as pool:
        yield [pool.submit(_visit, run, visit, count) for run, count in jobs]


def _visit(run: Client, visit: Visit, count: int) -> Counter[str]:
    with ThreadPoolExecutor(count) as pool:
        found = pool.map(lambda number: run(visit, number), range(count))
        return sum(found, Counter[str]())


def _speak(visit: Visit, _number: int, /) -> Counter[str]:
    """Read pages, metadata, files and refs over one connection, and a new one now and then."""
    counts: Counter[str] = Counter()
    url = urlsplit(visit.index_url)
    pair = b64encode(f"{url.username}:{url.password}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}", "Accept": _JSON}
    until = time.monotonic() + visit.seconds
    while time.monotonic() < until:
        connection = HTTPConnection("127.0.0.1", url.port or 0, timeout=_TIMEOUT)
        try:
            _read_all(connection, headers, counts)
        except (OSError, HTTPException, ValueError) as error:
            counts[f"error: {type(error).__name__}: {error}"] += 1
        finally:
            connection.close()
    return counts


def _read_all(connection: HTTPConnection, headers: Mapping[str, str], counts: Counter[str]) -> None:
    def read(path: str, method: str = "GET") -> bytes:
        connection.request(method, path, headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != HTTPStatus.OK:
            raise ValueError(f"{answer.status} for {path}")
        counts["requests"] += 1
        return body

    for name in ("acme-pricing", "acme-core"):
        for file in json.loads(read(f"/simple/{name}/"))["files"]:
            read(file["url"], "HEAD")
            if hashlib.sha256(read(file["url"])).hexdigest() != file["hashes"]["sha256"]:
                raise ValueError(f"{file['filename']} came with other bytes")
    refs = "/git/acme-git/platform/_git/acme-tax/info/refs?service=git-upload-pack"
    if b"refs/heads/main" not in read(refs):
        raise ValueError("the refs came without main")


def _run_pip(visit: Visit, number: int, /) -> Counter[str]:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-cache-dir", "--no-deps"]
    return _repeat(visit, f"pip-{number}", [*pip, "--dest", ".", "acme-pricing", "acme-core"])


def _run_uv(visit: Visit, number: int, /) -> Counter[str]:
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--no-cache"]
    words = ["--python", sys.executable, "--target", "site", "--no-deps", "acme-pricing"]
    return _repeat(visit, f"uv-{number}", [*uv, *words])


def _run_git(visit: Visit, number: int, /) -> Counter[str]:
    return _repeat(visit, f"git-{number}", ["git", "clone", "--quiet", visit.tax_url, "tree"])


def _repeat(visit: Visit, name: str, words: Sequence[str]) -> Counter[str]:
    """Run a program in an empty folder, again and again."""
    counts: Counter[str] = Counter()
    kind = name.partition("-")[0]
    folder = Path(visit.environment["HOME"], name)
    until = time.monotonic() + visit.seconds
    while time.monotonic() < until:
        folder.mkdir()
        ended = subprocess.run(
            words,
            cwd=folder,
            env=visit.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT,
        )
        said = (ended.stderr.strip().splitlines() or ["nothing was said"])[-1]
        counts[f"error: {kind}: {said}" if ended.returncode else kind] += 1
        shutil.rmtree(folder)
    return counts


def _settled(idle: Footprint) -> Footprint:
    """Return the footprint once the last connections have ended, at the latest after 10 s."""
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


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"


if __name__ == "__main__":
    raise SystemExit(main())
