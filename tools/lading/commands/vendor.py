"""`vendor`: only the folder with the app's distributions, for `func start` and editors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from lading.commands import Edges
from lading.core.config import App, Project
from lading.core.lock import Lock
from lading.edges.vendored_folder import write_vendored_folder
from lading.stages.fetch import fetch_wheels
from lading.stages.gather import gather_wheels
from lading.stages.make_layers import make_layers


def vendor(
    project: Project, app: App, *, offline: bool, edges: Edges, find_lock: Callable[[], Lock]
) -> Path:
    """Write `.python_packages/lib/site-packages` into the app's folder and return its path."""
    lock = find_lock()
    access = None if offline else edges.open_access(project)
    workshop = edges.open_workshop(project, app, access=access, sandbox=edges.open_sandbox(project))
    fetch = partial(fetch_wheels, access=access, store=edges.store, progress=edges.progress)
    wheels = gather_wheels(lock, fetch=fetch, workshop=workshop)
    # Without bytecode: a local Python makes its own, and notices when a source is edited.
    layers = make_layers(
        wheels, store=edges.store, compiler=None, runtime=app.runtime, progress=edges.progress
    )
    return write_vendored_folder(layers, project.root / app.folder, store=edges.store)
