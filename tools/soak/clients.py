"""The clients of a soak: raw ones and the real ones, shared out over processes of their own."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

_JSON = "application/vnd.pypi.simple.v1+json"
_TIMEOUT = 60.0
_SPAWN = get_context("spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a process of clients is told. It is pickled to it, and in no argv: it has the nonce."""

    index_url: str
    environment: dict[str, str]
    tax_url: str
    seconds: float


Client = Callable[[Visit, int], Counter[str]]


@contextmanager
def open_visits(visit: Visit, clients: int) -> Iterator[list[Future[Counter[str]]]]:
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
