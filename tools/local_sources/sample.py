"""The sample app as a project of its own, pointed at the sources on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from local_sources.estate import TAX
from local_sources.sources import Feed, LocalSources

_REPOSITORY = Path(__file__).parents[2]
# Where the sample's requirements say that acme-tax is.
_HOSTED_TAX = f"https://dev.azure.com{TAX}"
_LEFT_BEHIND = shutil.ignore_patterns(
    "__pycache__", ".python_packages", "local.settings.json", "*.lock"
)


def write_sample_project(
    sources: LocalSources, folder: Path, *, python: str = "3.11", feed: Feed = "index"
) -> Path:
    """Write the sample app with a pyproject.toml for local sources; return the project's root.

    The app is called `orders`. `folder` is created; `python` is the Function App's.
    """
    app = folder / "functionapp"
    shutil.copytree(_REPOSITORY / "functionapp", app, ignore=_LEFT_BEHIND)
    requirements = app / "requirements.txt"
    text = requirements.read_text(encoding="utf-8")
    requirements.write_text(text.replace(_HOSTED_TAX, sources.tax_url), encoding="utf-8")
    tables = ["[tool.lading.apps.orders]", 'folder = "functionapp"']
    tables += ['requirements = "functionapp/requirements.txt"', f'python = "{python}"', ""]
    project = folder / "pyproject.toml"
    project.write_text("\n".join(tables) + "\n" + sources.configuration(feed), encoding="utf-8")
    return folder
