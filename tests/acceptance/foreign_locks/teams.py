"""Teams that lock with uv, Poetry and pip."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from local_sources import LocalSources
from tests.user import User


@dataclass(frozen=True, kw_only=True)
class Team:
    """A team with a tool and a lock of it, at a path in its project.

    `locks` runs that tool in the lock's folder, as it is, without lading.
    """

    lock: str
    files: dict[str, str]
    locks: Callable[[Path], None]


def run(words: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        words, cwd=folder, env=environment, check=False, timeout=240, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def uv_team(user: User, sources: LocalSources) -> Team:
    text = f"""
[project]
name = "orders"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["acme-one", "open-one", "acme-shared", "acme-git", "acme-win ; os_name == 'nt'"]

[dependency-groups]
dev = ["acme-dev"]

[tool.uv.sources]
acme-one = {{ index = "acme" }}
acme-win = {{ index = "acme" }}
acme-dev = {{ index = "acme" }}
acme-shared = {{ path = "../shared", editable = true }}
acme-git = {{ git = "{sources.git_url}platform/_git/acme-git" }}

[[tool.uv.index]]
name = "acme"
url = "{sources.index_url}"
explicit = true

[[tool.uv.index]]
name = "open"
url = "{sources.public_url}"
default = true
"""
    environment = user.environment | {
        "UV_INDEX_ACME_USERNAME": "reader",
        "UV_INDEX_ACME_PASSWORD": sources.token,
        **git_settings(sources),
    }
    environment.pop("UV_DEFAULT_INDEX", None)
    uv = str(Path(sys.executable).with_name("uv"))
    return Team(
        lock="functionapp/uv.lock",
        files={"functionapp/pyproject.toml": text},
        locks=lambda folder: run([uv, "lock", "--no-cache"], folder, environment),
    )


def poetry_team(user: User, sources: LocalSources, poetry: Path) -> Team:
    text = f"""
[project]
name = "orders"
version = "1.0"
requires-python = ">=3.11,<4"
dependencies = ["acme-one", "open-one", "acme-shared", "acme-git", "acme-win ; os_name == 'nt'"]

[tool.poetry]
package-mode = false

[tool.poetry.dependencies]
acme-one = {{ source = "acme" }}
acme-win = {{ source = "acme" }}
acme-shared = {{ path = "../shared", develop = true }}
acme-git = {{ git = "{sources.git_url}platform/_git/acme-git" }}

[tool.poetry.group.dev.dependencies]
acme-dev = {{ version = "*", source = "acme" }}

[[tool.poetry.source]]
name = "open"
url = "{sources.public_url}"
priority = "primary"

[[tool.poetry.source]]
name = "acme"
url = "{sources.index_url}"
priority = "explicit"
"""
    environment = user.environment | {
        "POETRY_HTTP_BASIC_ACME_USERNAME": "reader",
        "POETRY_HTTP_BASIC_ACME_PASSWORD": sources.token,
        "POETRY_KEYRING_ENABLED": "false",
        "POETRY_SYSTEM_GIT_CLIENT": "true",
        "POETRY_CACHE_DIR": str(poetry.parent / "cache"),
        **git_settings(sources),
    }
    return Team(
        lock="functionapp/poetry.lock",
        files={"functionapp/pyproject.toml": text},
        locks=lambda folder: run([str(poetry), "lock", "-n"], folder, environment),
    )


def pip_team(user: User, sources: LocalSources) -> Team:
    private = sources.index_url.replace("://", f"://reader:{quote(sources.token, safe='')}@")
    lines = "acme-one\nopen-one\n./shared\n"
    lines += f"acme-git @ git+{sources.git_url}platform/_git/acme-git\n"
    environment = user.environment | {
        "PIP_INDEX_URL": private,
        "PIP_EXTRA_INDEX_URL": sources.public_url,
        **git_settings(sources),
    }
    pip = [sys.executable, "-m", "pip", "lock", "-r", "requirements.in", "-o", "pylock.toml"]
    # In the root: pip cannot lock a folder that is not below its lock.
    return Team(
        lock="pylock.toml",
        files={"requirements.in": lines},
        locks=lambda folder: run([*pip, "--no-build-isolation"], folder, environment),
    )


def git_settings(sources: LocalSources) -> dict[str, str]:
    """Return what lets the tools' own git read the private repositories."""
    origin = sources.git.origin
    inside = origin.replace("://", f"://reader:{quote(sources.git_token, safe='')}@")
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{inside}.insteadOf",
        "GIT_CONFIG_VALUE_0": origin,
    }


def offer(sources: LocalSources, version: str) -> None:
    """Offer a version of everything; what is private and what is public require one another."""
    for name in ("acme-one", "acme-win", "acme-dev", "open-one", "open-below"):
        shelf = sources.private_packages if name.startswith("acme") else sources.public_packages
        shelf.add_wheel(
            name,
            version,
            files={f"{name.replace('-', '_')}.py": f"VERSION = {version!r}\n"},
            requires=["open-below"] if name == "acme-one" else [],
        )
