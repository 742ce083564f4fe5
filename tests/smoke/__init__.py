"""Smoke tests of public packages: programs that really use them, and a look at every module.

Each runs in the target's interpreter with one folder of packages, and with nothing of this one.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
_TIMEOUT_SECONDS = 900
_SECTION = re.compile(r"^=== (?P<name>\S+)\n(?P<program>.*?)(?=^=== |\Z)", re.MULTILINE | re.DOTALL)


def programs() -> dict[str, str]:
    """Return the programs by the distribution that each uses."""
    text = (_HERE / "programs.txt").read_text("utf-8")
    return {found["name"]: found["program"] for found in _SECTION.finditer(text)}


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A folder of packages, the interpreter that uses them, and the machine around both."""

    packages: Path
    interpreter: Path
    machine: Mapping[str, str]
    scratch: Path

    def smoke(self, name: str) -> str:
        """Use a distribution, and return what went wrong, "" where all went well."""
        program = self._new_file(f"{name}.py", programs()[name])
        done = self._run(program)
        return "" if done.returncode == 0 else f"{name}: {done.stderr[-1500:]}"

    def walk(self, modules: Iterable[str]) -> dict[str, str]:
        """Import modules one after another, and return what became of each."""
        order = self._new_file("modules.json", json.dumps(sorted(modules)))
        done = self._run(_HERE / "walker.py", str(order))
        lines = [line.split("\t") for line in done.stdout.splitlines()]
        return {line[1]: line[2] for line in lines if line[0] == "module"}

    def _new_file(self, name: str, text: str) -> Path:
        self.scratch.mkdir(parents=True, exist_ok=True)
        path = self.scratch / name
        path.write_text(text, "utf-8")
        return path

    def _run(self, program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        home = self.scratch / "home"
        home.mkdir(parents=True, exist_ok=True)
        begin = (
            f"import runpy, sys; sys.path.insert(0, {str(self.packages)!r});"
            f" sys.argv = {[str(program), *arguments]!r}; sys.dont_write_bytecode = True;"
            f" runpy.run_path({str(program)!r}, run_name='__main__')"
        )
        return subprocess.run(
            [self.interpreter, "-I", "-W", "ignore", "-c", begin],
            env={**self.machine, "HOME": str(home), "TMPDIR": str(home), "MPLBACKEND": "Agg"},
            cwd=home,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )


def modules_in(names: Iterable[str]) -> frozenset[str]:
    """Return the modules that a distribution's files are, by the names of the files."""
    found = set()
    for name in names:
        *folders, base = name.split("/")
        stem = base.partition(".")[0]
        is_module = base.endswith(".py") or (base.endswith(".so") and not base.startswith("lib"))
        path = folders if stem == "__init__" else [*folders, stem]
        if is_module and stem != "__main__" and path and all(part.isidentifier() for part in path):
            found.add(".".join(path))
    return frozenset(found)
