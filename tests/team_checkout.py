"""A team's checkout: this repository as a template, pointed at local sources and a local Azure."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import urllib3

from local_azure import LocalAzure
from local_azure.runtime import Runtime
from local_azure.sites.hosting import SiteSpec, Timing
from local_azure.sites.site import Site
from local_sources import LocalSources, write_sample_project
from tests.deployments import STORAGE

ROOT = Path(__file__).parents[1]
_COPIED = (
    *("README.md", "LICENSE", ".gitignore"),
    *("azure-pipelines.yml", ".github/workflows/package.yml"),
)
_TARGET = "[tool.lading.targets.prod]"
_NOBODYS = "00000000-0000-0000-0000-000000000000"
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


def let_deploy(checkout: Path, azure: LocalAzure) -> None:
    """Give a checkout the repository's own target, in the local Azure."""
    _, begin, rest = (ROOT / "pyproject.toml").read_text("utf-8").partition(_TARGET)
    table = (begin + rest.partition(f"\n{_REST}")[0]).replace(_NOBODYS, azure.subscription)
    cloud = f'[tool.lading]\ncloud = "{azure.cloud.resource_manager.origin}"\n'
    with (checkout / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{table}\n{cloud}")


def commit(checkout: Path, environment: Mapping[str, str]) -> None:
    """Make a checkout a repository with all of it in one commit on main."""
    identity = ("-c", "user.name=dev", "-c", "user.email=dev@acme.test")
    for words in (("init", "-q", "-b", "main"), ("add", "."), (*identity, "commit", "-qm", "x")):
        subprocess.run(["git", *words], cwd=checkout, env=environment, check=True)


def create_app(azure: LocalAzure, *, store: Path, ambient: dict[str, str]) -> Site:
    """Create the Function App of that target; what is deployed to it really runs."""
    azure.cloud.world.timing = Timing(restart=0.3, step=0.2, retry_after=0)
    azure.cloud.run_packages(Runtime(store=store, ambient=ambient, machine=os.environ))
    spec = SiteSpec(
        name="orders-prod", group="orders-prod", hosting="flex", python="3.11", settings=STORAGE
    )
    return azure.cloud.create(spec)


def ask_for_a_price(site: Site, sources: LocalSources) -> dict[str, Any]:
    """Return what the sample app answers."""
    bundle = str(sources.certificates.bundle)
    with urllib3.PoolManager(ca_certs=bundle, retries=False, timeout=120) as pool:
        answer = pool.request("GET", f"{site.origin}/api/price?net=100&country=DE")
        found: dict[str, Any] = json.loads(answer.data)
        return found
