"""The real clients of the hosts: pip, uv and Git."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from local_sources.sources import USER


def with_token(url: str, token: str) -> str:
    """Return a URL with a credential in it, as people write it."""
    return url.replace("://", f"://{USER}:{quote(token, safe='')}@")


def run(
    *words: str | Path, environment: Mapping[str, str], folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(
        words, env=dict(environment), cwd=folder, capture_output=True, text=True, check=False
    )


def download(
    index: str, *requirements: str, into: Path, environment: Mapping[str, str]
) -> tuple[int, list[str]]:
    """Download with pip; return its exit code and the names of the files."""
    words: list[str | Path] = [sys.executable, "-m", "pip", "download", "--retries=0"]
    words.append("--no-cache-dir")
    done = run(
        *(*words, "--dest", into, *requirements),
        environment={**environment, "PIP_INDEX_URL": index},
    )
    return done.returncode, sorted(path.name for path in into.glob("*")) if into.exists() else []


def git(
    *words: str | Path, environment: Mapping[str, str], folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Git."""
    return run("git", *words, environment=environment, folder=folder)
