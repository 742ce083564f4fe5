"""The whole story on this machine: private sources, the build, the search for leaks, releases."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import urllib3
from rich.console import Console
from rich.table import Table

from leak_search import Run, search_files, search_text, watch
from local_azure import LocalAzure
from local_azure.faults import Faults
from local_azure.runtime import Runtime
from local_azure.sites.hosting import SiteSpec, Timing
from local_azure.sites.site import Site
from local_sources import LocalSources, write_sample_project

_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# As much of a token as a person needs to recognise it.
_VISIBLE = 4
# What is packed is for Azure's machines; others cannot run it.
_RUNS_PACKAGES = sys.platform == "linux" and platform.machine() == "x86_64"
# The question whose answer tells the two releases apart.
_QUESTION = "/api/price?net=2000000&country=DE"
_LIMIT = "_LARGEST_NET = Decimal({})"
_SETTINGS = {"AzureWebJobsStorage__accountName": "acme"}


def show(*, keep: bool = False) -> bool:
    """Show the story; return whether everything in it went well."""
    console = Console(highlight=False)
    started = time.monotonic()
    with ExitStack() as closing:
        folder = _folder(closing, keep=keep)
        sources = closing.enter_context(LocalSources(_environment(folder)))
        _rule(console, "1  Private sources, on this machine, over TLS")
        console.print(f"index  {sources.index_url}   (acme-pricing, acme-core)")
        console.print(f"git    {sources.tax_url}   (acme-tax)")
        project = write_sample_project(sources, folder / "project", python=_PYTHON)
        run = _build(console, sources, project, folder)
        if run.code:
            return False
        well = _search(console, sources, run, folder)
        well = _deploy(console, sources, project, folder) and well
        _rule(console, f"Done in {time.monotonic() - started:.0f} s")
        if keep:
            console.print(f"Kept: {folder}")
        return well


def _folder(closing: ExitStack, *, keep: bool) -> Path:
    if keep:
        return Path(tempfile.mkdtemp(prefix="lading-demo-"))
    return Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lading-demo-")))


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which everything that the build could write lies in one folder."""
    home = folder / "home"
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    # The interpreter may be one that pyenv keeps in the real home.
    found = {"PYENV_ROOT": str(Path.home() / ".pyenv"), **os.environ}
    here = {"HOME": str(home), "TMPDIR": str(home / "tmp"), "LADING_CACHE": str(home / "lading")}
    return found | here


def _build(console: Console, sources: LocalSources, project: Path, folder: Path) -> Run:
    _rule(console, "2  lading build --verbose")
    environment = sources.environment(_environment(folder)) | sources.credentials
    with console.status("locking, fetching, building, packing …"):
        run = watch(
            [sys.executable, "-m", "lading", "build", "--verbose"],
            environment=environment,
            secrets=_secrets(sources),
            folder=project,
        )
    told = run.stderr.splitlines()
    if run.code:
        console.print(run.output.rstrip(), markup=False, soft_wrap=True)
        return run
    requests = sum(" credential: " in line for line in told)
    console.print(f"{len(told)} lines of progress, {requests} of them requests, such as:")
    firsts = {line.partition(":")[0]: line for line in reversed(told) if " credential: " in line}
    for line in sorted(firsts.values()):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(run.stdout.rstrip(), markup=False, soft_wrap=True)
    return run


def _search(console: Console, sources: LocalSources, run: Run, folder: Path) -> bool:
    _rule(console, "3  Where is the credential now?")
    secrets = _secrets(sources)
    for secret in secrets:
        shown = f"{secret[:_VISIBLE]}{'*' * 12}{secret[-_VISIBLE:]}"
        console.print(f"used: {shown}", markup=False)
    searched = run.searched
    searched.join(search_text("output", run.output, secrets))
    searched.join(search_files([folder], secrets))
    table = Table("searched (raw, URL-encoded, base64)", "places", "hits")
    for kind, count in searched.counts.items():
        hits = sum(hit.startswith(f"{kind}:") for hit in searched.hits)
        table.add_row(kind, str(count), str(hits))
    console.print(table)
    console.print(f"processes were watched by {run.watcher}")
    for hit in searched.hits:
        console.print(f"LEAK: {hit}", markup=False, style="red")
    return not searched.hits


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the second half is played: the project, who deploys it, and the Function App."""

    console: Console
    project: Path
    environment: Mapping[str, str]
    bundle: Path
    site: Site

    def lading(self, words: str, *, ends: int = 0, shown: int | None = None) -> bool:
        """Run a command, show its last lines, and return whether it ended as it should."""
        self.console.print(f"$ lading {words}", markup=False, style="bold")
        said = subprocess.run(
            [sys.executable, "-m", "lading", *words.split()],
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        well = said.returncode == ends
        # Of a refusal, what comes behind the progress.
        error = said.stderr[max(said.stderr.find("lading: "), 0) :]
        text = said.stdout or error if well else said.stdout + said.stderr
        lines = text.rstrip().splitlines()
        if well and shown is not None:
            lines = lines[len(lines) - shown :]
        for line in lines + [f"exit code {said.returncode}"] * (said.returncode != 0):
            self._tell(line)
        return well

    def asks(self, *, status: int) -> bool:
        """Ask the app for a price, show the answer, and return whether it is the expected one."""
        if not _RUNS_PACKAGES:
            self._tell("Nobody is asked: what is packed for Azure does not run on this machine.")
            return True
        ca_certs = str(self.bundle)
        with urllib3.PoolManager(ca_certs=ca_certs, retries=False, timeout=60) as pool:
            answer = pool.request("GET", f"{self.site.origin}{_QUESTION}")
        self._tell(f"GET {_QUESTION} → {answer.status} {answer.data.decode()}")
        return answer.status == status

    def change(self, old: str, new: str) -> None:
        """Change the app."""
        self._tell(f"quotes.py: {old} → {new}")
        path = self.project / "functionapp/quotes.py"
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")

    def _tell(self, line: str) -> None:
        self.console.print(line, markup=False, soft_wrap=True)


def _deploy(console: Console, sources: LocalSources, project: Path, folder: Path) -> bool:
    """Bring releases to a Function App of a local Azure, as a service principal."""
    ambient = _environment(folder)
    with LocalAzure(ambient, certificates=sources.certificates) as azure:
        who = azure.variables("client-secret", folder=folder / "run")
        stage = Stage(
            console=console,
            project=project,
            environment=sources.environment(ambient) | sources.credentials | who,
            bundle=sources.certificates.bundle,
            site=_create_app(azure, project, ambient),
        )
        return _release(stage) and _refuse(stage) and _fail(stage, azure.cloud.faults)


def _create_app(azure: LocalAzure, project: Path, ambient: Mapping[str, str]) -> Site:
    """Create the Function App, and write it into the project as the target `prod`."""
    cloud = azure.cloud
    cloud.world.timing = Timing(restart=0.5, step=0.3)
    if _RUNS_PACKAGES:
        store = Path(ambient["LADING_CACHE"])
        cloud.run_packages(Runtime(store=store, ambient=ambient, machine=ambient))
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'[tool.lading]\ncloud = "{cloud.resource_manager.origin}"\n'
            f'[tool.lading.targets.prod]\napp = "orders"\nsubscription = "{azure.subscription}"\n'
            'resource-group = "orders"\nfunction-app = "orders-prod"\n'
        )
    spec = SiteSpec(name="orders-prod", hosting="flex", python=_PYTHON, settings=_SETTINGS)
    return cloud.create(spec)


def _release(stage: Stage) -> bool:
    """Show two releases, one after the other."""
    _rule(stage.console, "4  A Function App on Flex Consumption, in an Azure on this machine")
    well = [stage.lading("deploy --target prod --yes"), stage.asks(status=400)]
    shutil.copytree(stage.project / "dist", stage.project / "first")
    _rule(stage.console, "5  The second release sells larger amounts")
    stage.change(_LIMIT.format("1_000_000"), _LIMIT.format("10_000_000"))
    well += [
        stage.lading("build --frozen", shown=0),
        stage.lading("deploy --target prod --yes", shown=1),
        stage.asks(status=200),
    ]
    return all(well)


def _refuse(stage: Stage) -> bool:
    """Show a package that does not become a release, where this machine can tell."""
    if not _RUNS_PACKAGES:
        return True
    _rule(stage.console, "6  A package that would not start does not leave this machine")
    stage.change("import acme_tax", "import acme_taxes")
    well = stage.lading("build --frozen", ends=6)
    stage.change("import acme_taxes", "import acme_tax")
    return well


def _fail(stage: Stage, faults: Faults) -> bool:
    """Show a deployment that fails in Azure, and the way back to the first release."""
    _rule(stage.console, "7  A deployment that fails in Azure, and the way back")
    stage.change(_LIMIT.format("10_000_000"), _LIMIT.format("100_000_000"))
    faults.switch_on("ends-failed", 1)
    well = [
        stage.lading("build --frozen", shown=0),
        stage.lading("deploy --target prod --yes", ends=7),
        stage.asks(status=200),
        stage.lading("rollback --target prod --artifact first/orders.zip --yes", shown=1),
        stage.asks(status=400),
    ]
    return all(well)


def _secrets(sources: LocalSources) -> tuple[str, str]:
    return sources.token, sources.git_token


def _rule(console: Console, title: str) -> None:
    console.rule(title, align="left")
