"""An app that `lading serve` runs, as a user starts it, and the plain client that asks it."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from tests.user import User

SECONDS = 120


@dataclass(kw_only=True)
class ServedApp:
    """A server under way; `told` is its document, `said` grows with its standard error."""

    process: subprocess.Popen[str]
    told: dict[str, Any]
    said: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Return where it answers."""
        port: int | None = urlsplit(str(self.told["url"])).port
        assert port
        return port

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        body: bytes | Iterator[bytes] | None = None,
        key: bool = False,
        **headers: str,
    ) -> tuple[HTTPResponse, bytes]:
        """Send a request on a connection of its own."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named |= {"x-functions-key": self.told["key"]} if key else {}
        client = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            client.request(method, path, body=body, headers=named)
            answer = client.getresponse()
            return answer, answer.read()
        finally:
            client.close()

    def status(self, path: str, method: str = "GET") -> int:
        """Return how a request is answered."""
        return self.ask(path, method)[0].status

    def text(self, path: str) -> str:
        """Return what a request is answered with."""
        return self.ask(path)[1].decode()

    def hears(self, text: str) -> None:
        """Wait until it has said something with this text."""
        until = time.monotonic() + SECONDS
        while not any(text in line for line in self.said):
            assert time.monotonic() < until, "\n".join(self.said)
            time.sleep(0.02)

    def ends(self, number: int = signal.SIGINT) -> int:
        """Send it a signal, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS)


@contextmanager
def serves(user: User, project: Path, *words: str) -> Iterator[ServedApp]:
    """Run `lading serve WORDS` in a folder, on any port, until the end of the block."""
    process = subprocess.Popen(
        [*user.program, "serve", "--port", "0", "--json", *words],
        cwd=project,
        env=user.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    said: list[str] = []
    assert process.stdout
    assert process.stderr
    hearing = threading.Thread(target=_hear, args=(process.stderr, said), daemon=True)
    hearing.start()
    try:
        yield ServedApp(process=process, told=_document(process, said), said=said)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(SECONDS)
        hearing.join(SECONDS)
        process.stdout.close()
        process.stderr.close()


def _document(process: subprocess.Popen[str], said: list[str]) -> dict[str, Any]:
    """Read one document; the stream goes on."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.rstrip() == "}":
            document: dict[str, Any] = json.loads("".join(lines))
            return document
    raise AssertionError("\n".join(said))


def _hear(stream: IO[str], said: list[str]) -> None:
    for line in stream:
        said.append(line.rstrip("\n"))  # noqa: PERF401 - each is heard as it comes
