"""uv as a resolver: it chooses versions, and neither downloads, builds nor installs anything.

Nobody else starts uv. It talks to the broker alone and is told nothing of the sources.
"""

from __future__ import annotations

import importlib.metadata
import platform
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import uv
from packaging.tags import compatible_tags, cpython_tags, platform_tags

from lading.core.machine import Machine
from lading.core.resolution import Pin, Question, UnsolvedError, parse_pins
from lading.edges.interpreters import Interpreter
from lading.edges.processes import base_environment, run_process

# Seconds. The largest resolutions take some; a conflict among many versions takes longest.
_TIME_LIMIT = 600.0


def read_builder(interpreter: Interpreter | None) -> Machine:
    """Return the machine that builds: an interpreter on this computer, or the running one."""
    path = interpreter.path if interpreter else Path(sys.executable)
    version = interpreter.version if interpreter else platform.python_version()
    major, minor = (int(part) for part in version.split(".")[:2])
    platforms = list(platform_tags())
    short = f"cp{major}{minor}"
    return Machine(
        name=f"Python {version} on this machine",
        python=version,
        tags=(
            *cpython_tags((major, minor), platforms=platforms),
            *compatible_tags((major, minor), interpreter=short, platforms=platforms),
        ),
        interpreter=str(path),
        markers={"python_version": f"{major}.{minor}", "python_full_version": version},
    )


def read_tool_version(distribution: str) -> str:
    """Return the version of a tool that is installed beside lading: pip's, uv's."""
    return importlib.metadata.version(distribution)


class Uv:
    """The resolver. `ambient` is the environment of which a child gets next to nothing."""

    def __init__(self, *, ambient: Mapping[str, str]) -> None:
        self._ambient = ambient

    def run_resolver(self, question: Question, environment: Mapping[str, str]) -> tuple[Pin, ...]:
        """Return a version for everything that a question asks for, directly or not.

        `environment` says where the broker is. Raises UnsolvedError with what uv said.
        """
        with tempfile.TemporaryDirectory(prefix="lading-", ignore_cleanup_errors=True) as home:
            folder = Path(home)
            pins = _write_lines(folder / "pins.txt", question.preferences)
            bounds = (
                *("--constraints", _write_lines(folder / "constraints.txt", question.constraints)),
                *("--overrides", _write_lines(folder / "overrides.txt", question.overrides)),
                *("--excludes", _write_lines(folder / "excludes.txt", question.excludes)),
            )
            done = run_process(
                _command(question.machine, pins=pins, bounds=bounds),
                environment={
                    **base_environment(self._ambient, home=folder),
                    **environment,
                    # Its cache is keyed by the index's address, which is another one each time.
                    "UV_CACHE_DIR": str(folder / "cache"),
                    "UV_PYTHON_DOWNLOADS": "never",
                },
                timeout=_TIME_LIMIT,
                folder=folder,
                standard_input="\n".join(question.lines),
            )
        if done.code:
            raise UnsolvedError(done.stderr)
        return parse_pins(done.stdout)


def _write_lines(path: Path, lines: tuple[str, ...]) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _command(machine: Machine, *, pins: Path, bounds: tuple[str | Path, ...]) -> list[str | Path]:
    target = ["--python-platform", machine.platform] if machine.platform else []
    return [
        uv.find_uv_bin(),
        *("pip", "compile", "-"),
        # uv asks some interpreter for its tags, even where the target's are told.
        *("--python", machine.interpreter or sys.executable),
        *("--python-version", machine.python, *target),
        *(*bounds, "--output-file", pins),
        *("--annotation-style", "line", "--no-strip-extras", "--no-header"),
        # Foreign code never runs while the broker is open.
        "--no-build",
        *("--no-config", "--no-progress", "--color", "never"),
    ]
