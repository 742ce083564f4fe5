"""Acme's project as the tests of the broker need it: declared sources, and access to them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from lading.core.config import DefaultIndex, Project
from lading.core.config.pyproject import parse_project
from lading.edges.access import Access
from lading.edges.http import Http, TimeLimits
from local_sources import LocalSources
from local_sources.sources import Feed

_APP = """
[tool.lading.apps.orders]
folder = "functionapp"
requirements = "requirements.txt"
python = "3.13"
"""


class Notebook:
    """Progress that a test reads."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.details: list[str] = []

    def note(self, text: str) -> None:
        """Write it down."""
        self.notes.append(text)

    def warn(self, text: str) -> None:
        """Write it down."""
        self.warnings.append(text)

    def detail(self, text: str) -> None:
        """Write it down."""
        self.details.append(text)

    @property
    def text(self) -> str:
        """Return everything that was said."""
        return "\n".join((*self.notes, *self.warnings, *self.details))


def acme_project(sources: LocalSources, feed: Feed = "index", *, more: str = "") -> Project:
    """Return a project that declares Acme's sources; `more` is added to its configuration."""
    table = tomllib.loads(f"{_APP}\n{sources.configuration(feed)}\n{more}")
    return parse_project(table["tool"]["lading"], root=Path.cwd())


def acme_access(
    sources: LocalSources,
    ambient: Mapping[str, str],
    *,
    project: Project | None = None,
    default_index: DefaultIndex | None = None,
    progress: Notebook | None = None,
    patience: float = 60.0,
) -> Access:
    """Return access to Acme's sources and the stand-in for the public index.

    `patience` is how many seconds a server may keep silent.
    """
    environment = sources.environment(ambient) | sources.credentials
    return Access(
        project or acme_project(sources),
        default_index=default_index or DefaultIndex(url=sources.public_url, origin="a test"),
        http=Http(environment, limits=TimeLimits(connect=60, read=patience), sleep=lambda _: None),
        ambient=environment,
        progress=progress or Notebook(),
    )
