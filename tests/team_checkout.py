"""A team's checkout: this repository as a template, pointed at local sources and locked."""

from __future__ import annotations

import subprocess
from pathlib import Path

from local_sources import LocalSources, write_sample_project

ROOT = Path(__file__).parents[1]
_COPIED = ("README.md", "LICENSE", "azure-pipelines.yml", ".github/workflows/package.yml")
_TOOLKIT, _REST = "# The sample app", "[tool.hatch.build.targets.wheel]"


def write_team_checkout(sources: LocalSources, folder: Path, *, feed: str, git: str = "") -> Path:
    """Write the checkout into a folder and return it; `feed` and `git` are how the sources open.

    Without `git` the repositories keep a credential of their own, in ACME_GIT_TOKEN.
    """
    write_sample_project(sources, folder)
    tables = (folder / "pyproject.toml").read_text("utf-8")
    tables = tables.replace('"env:ACME_USER:ACME_TOKEN"', f'"{feed}"')
    if git:
        tables = tables.replace('"env:ACME_USER:ACME_GIT_TOKEN"', f'"{git}"')
    toolkit, _, rest = (ROOT / "pyproject.toml").read_text("utf-8").partition(_TOOLKIT)
    text = f"{toolkit}{tables}\n{_REST}{rest.partition(_REST)[2]}"
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    for name in _COPIED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(["cp", "-r", str(ROOT / "tools"), str(folder / "tools")], check=True)
    return folder
