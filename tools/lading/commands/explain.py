"""`explain`: why a distribution is in the package."""

from __future__ import annotations

from lading.core.config import App, Project
from lading.core.errors import UsageError
from lading.core.lock.explanation import Explanation
from lading.core.lock.explanation import explain as explain_in
from lading.edges.lock_folder import read_lock


def explain(project: Project, app: App, name: str) -> tuple[Explanation, ...]:
    """Return why a name is in an app's lock, with its source, file and hash.

    Raises UsageError where there is no lock, or no such name in it.
    """
    lock = read_lock(project.root, app)
    if lock is None:
        raise UsageError(f"{app.name} has no lock: {app.lock}", remedy="Write it: lading lock")
    return explain_in(lock, name)
