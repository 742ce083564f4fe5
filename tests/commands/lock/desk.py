"""`lock` with uv, the broker and the private sources of this machine, and what it told."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from lading.commands import Edges
from lading.commands.explain import explain
from lading.commands.lock import LockOptions, lock
from lading.core.lock import Lock
from lading.core.lock.explanation import render_explanation_text
from lading.core.lock.report import LockOutcome
from lading.edges.lock_folder import read_lock
from lading.edges.store import Store
from lading.edges.workspace import read_project
from local_sources import LocalSources


@dataclass
class Told:
    """Progress that a test reads."""

    lines: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Keep a note."""
        self.lines.append(text)

    def warn(self, text: str) -> None:
        """Keep a warning."""
        self.lines.append(f"warning: {text}")

    def detail(self, text: str) -> None:
        """Keep a detail."""
        self.lines.append(text)


class Desk:
    """A project on this machine, and the commands as a user gives them."""

    def __init__(self, root: Path, sources: LocalSources, ambient: dict[str, str]) -> None:
        self.root = root
        self.sources = sources
        self.told = Told()
        self.ambient = {**sources.environment(ambient, public=True), **sources.credentials}
        self.edges = Edges(
            ambient=self.ambient,
            shell=self.ambient,
            store=Store(root.parent / "store"),
            progress=self.told,
            today=dt.date(2026, 11, 21),
            clock=time.monotonic,
            remember=lambda _: None,
        )

    def ask(self, *requirements: str) -> None:
        """Write the requirements."""
        path = self.root / "functionapp" / "requirements.txt"
        path.write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")

    def lock(self, options: LockOptions | None = None) -> LockOutcome:
        """Run `lock`."""
        project = read_project(self.root)
        # Each command meets the world anew, and keeps nothing of what it asked.
        edges = replace(self.edges, opened={})
        return lock(project, project.apps[0], options or LockOptions(), edges=edges)

    def read(self) -> Lock:
        """Read the lock from disk."""
        project = read_project(self.root)
        found = read_lock(project.root, project.apps[0])
        assert found is not None
        return found

    def explain(self, name: str) -> str:
        """Run `explain`."""
        project = read_project(self.root)
        return render_explanation_text(explain(project, project.apps[0], name))

    @property
    def text(self) -> str:
        """Return both files of the lock."""
        files = sorted((self.root / "functionapp").glob("*.lock"))
        return "".join(file.read_text("utf-8") for file in files)


def versions(found: Lock) -> dict[str, str]:
    return {thing.name: f"{thing.version} {place(thing)}" for thing in found.loaded}


def place(thing: object) -> str:
    return str(getattr(thing, "source", "") or getattr(thing, "kind", ""))


def offer_public(sources: LocalSources, name: str, version: str, *requires: str) -> None:
    sources.public_packages.add_wheel(name, version, requires=requires)
