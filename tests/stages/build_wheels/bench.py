"""A workshop with small sources, which tests fill and look into."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lading.core.config import DefaultIndex, Project
from lading.core.requirements import GitRequirement
from lading.core.runtimes import runtime_for
from lading.core.wheel import Wheel
from lading.edges.access import Access
from lading.edges.broker import Broker
from lading.edges.git import Git
from lading.edges.http import Http
from lading.edges.interpreters import Interpreter
from lading.edges.processes import Completed
from lading.edges.sandbox import Errand, Sandbox
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.stages.build_wheels import SourceWorkshop, make_workshop
from local_sources import GitCommit, LocalSources

RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"

# A back end in the tree itself: it needs nothing, and does what the test says in `extra.py`.
BACKEND = """
import os, zipfile
from extra import *

def _write(folder, name, version, tag, files):
    stem = f"{name}-{version}"
    info = f"{stem}.dist-info"
    path = os.path.join(folder, f"{stem}-{tag}.whl")
    files = dict(files)
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
    wheel = ("Wheel-Version: 1.0", "Generator: test", "Root-Is-Purelib: true", f"Tag: {tag}", "")
    files[f"{info}/WHEEL"] = "\\n".join(wheel)
    record = "".join(f"{n},,\\n" for n in files) + f"{info}/RECORD,,\\n"
    files[f"{info}/RECORD"] = record
    with zipfile.ZipFile(path, "w") as archive:
        for n, content in sorted(files.items()):
            archive.writestr(n, content)
    return os.path.basename(path)

def build_wheel(folder, settings=None, metadata=None):
    return _write(folder, NAME, VERSION, TAG, contents())

def get_requires_for_build_wheel(settings=None):
    return REQUIRES
"""
EXTRA = """
POINTER = "version https://git-lfs.github.com/spec/v1\\noid sha256:0\\nsize 1\\n"
NAME, VERSION, TAG, REQUIRES = "thing", "1.0", "py3-none-any", ["zeta>=2", "alpha"]
def contents():
    return {"thing.py": "A = 1\\n"}
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def thing(extra: str = "") -> dict[str, str | bytes]:
    return {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "extra.py": EXTRA + extra}


@dataclass(kw_only=True)
class Bench:
    """A workshop with real edges, and what may be looked at from outside."""

    project: Project
    store: Store
    ambient: dict[str, str]
    sandbox: Sandbox
    brokers: list[Broker] = field(default_factory=list)
    open_while_running: list[int] = field(default_factory=list)

    def workshop(
        self,
        *,
        offline: bool = False,
        python: str = RUNNING,
        interpreter: Interpreter | None = None,
    ) -> SourceWorkshop:
        """Return a workshop as one run of lading has it."""
        access = Access(
            self.project,
            default_index=DefaultIndex(url="https://localhost:1/simple/", origin="the test"),
            http=Http(self.ambient),
            ambient=self.ambient,
            progress=Silence(),
        )

        @contextmanager
        def open_broker() -> Iterator[Broker]:
            with Broker(access) as broker:
                self.brokers.append(broker)
                yield broker
            self.brokers.remove(broker)

        return make_workshop(
            project=self.project,
            runtime=runtime_for(python),
            access=None if offline else access,
            open_broker=None if offline else open_broker,
            sandbox=self,
            git=Git(ambient=self.ambient),
            store=self.store,
            interpreter=interpreter,
            ambient=self.ambient,
            progress=Silence(),
        )

    def run(self, errand: Errand) -> Completed:
        """Run foreign code, and note how many brokers are open meanwhile."""
        self.open_while_running.append(len(self.brokers))
        return self.sandbox.run(errand)


def git_requirement(
    sources: LocalSources, *commits: GitCommit, name: str = "thing"
) -> GitRequirement:
    sources.add_git_repository(f"/acme/platform/_git/{name}", *commits)
    url = f"{sources.git_url}platform/_git/{name}"
    return GitRequirement(name=None, url=url, origin="requirements.txt:1")


def contents(wheel: Wheel) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _as_wheel(path: Path) -> Wheel:
    name, version = path.name.split("-")[:2]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel(
        name=name, version=version, filename=path.name, sha256=sha256, source="default", path=path
    )
