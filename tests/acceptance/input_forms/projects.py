"""What tests of input forms put into a project, and into the index."""

from __future__ import annotations

from local_sources import LocalSources

REQUIREMENTS = "functionapp/requirements.txt"


def add_modules(sources: LocalSources, *names: str) -> None:
    for name in names:
        module = name.replace("-", "_")
        sources.add_wheel(name, "1.0", files={f"{module}.py": "VERSION = '1.0'\n"})
