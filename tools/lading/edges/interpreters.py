"""Interpreters: finding a Python of the target's minor version on this machine.

Nobody else looks for one. A candidate counts only after it ran and said what it is.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lading.edges.processes import ProcessError, base_environment, run_process

_WINDOWS = os.name == "nt"
_MACOS = platform.system() == "Darwin"
# pyenv's and asdf's folder of scripts that are slow to say which Python they would start; what
# they could start is looked at directly.
_SHIMS = "shims"
_TIMEOUT_SECONDS = 30.0
_NUMBERS = re.compile(r"\d+")
# -I -S: neither the user's environment nor a site-packages may run code or change an answer.
_ISOLATED = ("-I", "-S")
_QUESTION = """\
import json, sys, sysconfig
print(json.dumps({
    "path": sys.executable,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "level": sys.version_info[3],
    "implementation": sys.implementation.name,
    "cache_tag": sys.implementation.cache_tag,
    "platform": sysconfig.get_platform(),
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python that can run here.

    `version` is exact ("3.13.0"), `platform` as sysconfig has it ("linux-x86_64"), `cache_tag`
    the part of a bytecode file's name ("cpython-313"). `command` starts it in isolation.
    """

    path: Path
    version: str
    implementation: str
    platform: str
    cache_tag: str

    @property
    def python(self) -> str:
        """Return the minor version, "3.13"."""
        return self.version.rpartition(".")[0]

    @property
    def command(self) -> tuple[str, ...]:
        """Return the words that start it without the user's environment and site-packages."""
        return (str(self.path), *_ISOLATED)


def find_interpreter(python: str, *, ambient: Mapping[str, str]) -> Interpreter | None:
    """Return the first final CPython of a minor such as "3.13", None where there is none.

    Looked at in this order: the running interpreter, `pythonX.Y` on PATH, pyenv, the hosted tool
    caches of CI systems, uv's, mise's and asdf's, `python3` and `python` on PATH, the `py`
    launcher; of several in one place the highest patch.
    """
    seen: set[Path] = set()
    with tempfile.TemporaryDirectory(prefix="lading-", ignore_cleanup_errors=True) as home:
        environment = base_environment(ambient, home=Path(home))
        for candidate in _candidates(python, ambient=ambient, environment=environment):
            if candidate in seen or not candidate.is_file():
                continue
            seen.add(candidate)
            found = _ask(candidate, environment)
            if found is not None and found.python == python:
                return found
    return None


def _candidates(
    python: str, *, ambient: Mapping[str, str], environment: Mapping[str, str]
) -> Iterator[Path]:
    if sys.executable and python == f"{sys.version_info[0]}.{sys.version_info[1]}":
        yield Path(sys.executable)
    yield from _on_path((f"python{python}",), ambient)
    for folder in _collections(ambient):
        yield from _in_collection(folder, python)
    yield from _framework(python)
    # Last, because these have to be run to know what they are, and shims are slow.
    yield from _on_path(("python3", "python"), ambient)
    if _WINDOWS:
        yield from _from_launcher(python, environment)


def _on_path(names: tuple[str, ...], ambient: Mapping[str, str]) -> Iterator[Path]:
    suffix = ".exe" if _WINDOWS else ""
    folders = [Path(part) for part in ambient.get("PATH", "").split(os.pathsep) if part]
    for name in names:
        for folder in folders:
            if folder.name == _SHIMS:
                continue
            yield folder / f"{name}{suffix}"


def _collections(ambient: Mapping[str, str]) -> Iterator[Path]:
    """Give the folders in which tools keep several interpreters, each in a folder of its own."""
    home = Path(ambient.get("HOME") or ambient.get("USERPROFILE") or Path.home())
    data = Path(ambient.get("XDG_DATA_HOME") or home / ".local" / "share")
    roaming = Path(ambient.get("APPDATA") or home / "AppData" / "Roaming")
    yield Path(ambient.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    yield home / ".pyenv" / "pyenv-win" / "versions"
    for variable in ("AGENT_TOOLSDIRECTORY", "RUNNER_TOOL_CACHE"):
        if ambient.get(variable):
            yield Path(ambient[variable]) / "Python"
    if ambient.get("UV_PYTHON_INSTALL_DIR"):
        yield Path(ambient["UV_PYTHON_INSTALL_DIR"])
    yield data / "uv" / "python"
    yield roaming / "uv" / "python"
    yield data / "mise" / "installs" / "python"
    yield home / ".asdf" / "installs" / "python"


def _in_collection(folder: Path, python: str) -> Iterator[Path]:
    # 3.13.1, cpython-3.13.1-linux-x86_64-gnu; never 3.13t, whose bytecode has other flags.
    pattern = re.compile(rf"(?:cpython-)?{re.escape(python)}\.\d+(?:-[\w-]*)?")
    try:
        names = [path.name for path in folder.iterdir() if pattern.fullmatch(path.name)]
    except OSError:
        return
    for name in sorted(names, key=_numbers, reverse=True):
        for root in (folder / name, folder / name / "x64", folder / name / "arm64"):
            yield root / "python.exe" if _WINDOWS else root / "bin" / f"python{python}"


def _framework(python: str) -> Iterator[Path]:
    if _MACOS:
        versions = Path("/Library/Frameworks/Python.framework/Versions")
        yield versions / python / "bin" / f"python{python}"


def _from_launcher(python: str, environment: Mapping[str, str]) -> Iterator[Path]:
    question = "import sys; print(sys.executable)"
    try:
        answer = run_process(
            ("py", f"-{python}", *_ISOLATED, "-c", question),
            environment=environment,
            timeout=_TIMEOUT_SECONDS,
        )
    except ProcessError:
        return
    if answer.code == 0 and answer.stdout.strip():
        yield Path(answer.stdout.strip())


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _NUMBERS.findall(name))


def _ask(path: Path, environment: Mapping[str, str]) -> Interpreter | None:
    try:
        answer = run_process(
            (path, *_ISOLATED, "-c", _QUESTION), environment=environment, timeout=_TIMEOUT_SECONDS
        )
        facts: dict[str, str] = json.loads(answer.stdout)
    except (ProcessError, ValueError):
        return None
    if answer.code != 0 or facts["implementation"] != "cpython" or facts["level"] != "final":
        return None
    return Interpreter(
        # What it says, not what was found: a shim or a link may lead elsewhere tomorrow.
        path=Path(facts["path"] or path),
        version=facts["version"],
        implementation=facts["implementation"],
        platform=facts["platform"],
        cache_tag=facts["cache_tag"],
    )
