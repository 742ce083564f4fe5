"""A user at a prompt: runs the commands as they are typed, in a project of the test's own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TIMEOUT = 240
_MODULE = re.compile(r"\.python_packages/lib/site-packages/(\w+)\.py")


@dataclass(frozen=True, kw_only=True)
class Said:
    """How a command ended and what it said."""

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Return all that was said."""
        return self.stdout + self.stderr

    def document(self) -> dict[str, Any]:
        """Return the JSON document on standard output."""
        document: dict[str, Any] = json.loads(self.stdout)
        return document


@dataclass(kw_only=True)
class User:
    """Someone with an environment, who trusts the local hosts and holds their credentials."""

    environment: dict[str, str]
    program: list[str] = field(default_factory=lambda: [sys.executable, "-m", "lading"])

    def types(self, project: Path, *words: str, **variables: str | None) -> Said:
        """Run `lading WORDS` in a folder, with further variables; None takes one away."""
        told = {**self.environment, **variables}
        environment = {name: value for name, value in told.items() if value is not None}
        finished = subprocess.run(
            [*self.program, *words],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT,
            stdin=subprocess.DEVNULL,
        )
        return Said(code=finished.returncode, stdout=finished.stdout, stderr=finished.stderr)

    def answers(self, project: Path, *words: str, answer: str) -> Said:
        """Run `lading WORDS` at a terminal of Unix, and answer its question."""
        import pty  # noqa: PLC0415 - of Unix alone

        outer, inner = pty.openpty()
        with subprocess.Popen(
            [*self.program, *words],
            cwd=project,
            env=self.environment,
            stdin=inner,
            stdout=inner,
            stderr=inner,
        ) as process:
            os.close(inner)
            seen = b""
            asked = False
            while some := _read(outer):
                seen += some
                if b"[y/N]" in seen and not asked:
                    asked = True
                    os.write(outer, answer.encode())
            process.wait(timeout=_TIMEOUT)
        os.close(outer)
        return Said(code=process.returncode, stdout=seen.decode().replace("\r", ""), stderr="")

    def builds(self, project: Path, *words: str, **variables: str) -> Said:
        """Run `lading build` and expect it to go well."""
        said = self.types(project, "build", *words, **variables)
        assert said.code == 0, said.text
        return said


def members(artifact: Path) -> Mapping[str, bytes]:
    """Return the files of an artifact."""
    with zipfile.ZipFile(artifact) as package:
        assert package.testzip() is None
        return {item.filename: package.read(item) for item in package.infolist()}


def modules(project: Path) -> dict[str, str]:
    """Return name and text of the vendored modules that are a file of their own."""
    return {
        match[1]: content.decode()
        for name, content in members(project / "dist/orders.zip").items()
        if (match := _MODULE.fullmatch(name))
    }


def _read(terminal: int) -> bytes:
    """Return what is on a terminal, nothing once its program has ended."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
