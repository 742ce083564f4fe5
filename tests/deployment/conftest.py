"""Whole deployments against the local Azure in this process, where waiting takes no time."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from lading.core.bundle import assemble_layers
from lading.core.config import Target
from lading.core.deployment.outcomes import Outcome, outcome_of
from lading.core.deployment.plan import Plan, plan_deployment
from lading.core.deployment.proof import Evidence, Proof
from lading.core.deployment.release import Package, Release
from lading.core.deployment.scm_records import DEPLOYER, marker_of
from lading.core.deployment.steps import Prove
from lading.core.identity import parse_identity
from lading.core.secret import Secret
from lading.core.settings import DesiredSettings
from lading.edges.artifact_reader import read_artifact
from lading.edges.azure.account import open_account
from lading.edges.azure.apps import Azure
from lading.edges.http import Http
from lading.edges.store import Store
from lading.edges.terminal import unseen_transfer
from lading.edges.tokens.entra import Entra
from lading.edges.tokens.surroundings import Surroundings
from lading.edges.waiting import StoppedError
from lading.stages.perform import Means, perform
from lading.stages.prove_release import Claim, prove_release
from lading.stages.read_state import Reached, read_state
from local_azure import LocalAzure
from local_azure.answers import Answer
from local_azure.asked import Asked
from local_azure.cloud import Cloud
from local_azure.sites.deployments import Upload
from local_azure.sites.functions_host import ReadOnlyHost, Start
from local_azure.sites.hosting import Hosting, SiteSpec, Timing
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.deployments import STORAGE, files

TODAY = dt.date(2026, 11, 1)
FUNCTIONS = ("price", "label", "nightly")
APP = """\
import azure.functions as func

app = func.FunctionApp()


@app.route(route="price")
def price(req: func.HttpRequest) -> str: ...


@app.route(route="lading")
def label(req: func.HttpRequest) -> str: ...


@app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *")
def nightly(timer: func.TimerRequest) -> None: ...
"""
# Of somebody else, and not to be touched.
FOREIGN = "left-by-somebody-else"


class TellingHost(ReadOnlyHost):
    """A host whose app opted in to say what it runs, and says nothing else."""

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        self._package = start.package

    def answer(self, asked: Asked) -> Answer:
        """Answer with the package's own label, as its code would."""
        if not asked.path.endswith("/lading"):
            return super().answer(asked)
        with zipfile.ZipFile(self._package) as archive:
            return Answer(body=archive.read("lading.json"), kind="application/json")


class Listener:
    """Progress that a test reads."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def note(self, text: str) -> None:
        """Take note of it."""
        self.told.append(text)

    def warn(self, text: str) -> None:
        """Take note of it, as a warning."""
        self.told.append(f"warning: {text}")

    def detail(self, text: str) -> None:
        """Take no note of it."""


@dataclass(kw_only=True)
class Port:
    """Where packages leave from: the means to deploy, on the clock of the local Azure."""

    cloud: Cloud
    azure: Azure
    subscription: str
    folder: Path
    listener: Listener = field(default_factory=Listener)
    kept: list[Secret] = field(default_factory=list)

    def site(self, hosting: Hosting, *, name: str = "orders", **settings: str) -> Site:
        """Create a Function App that was never deployed to."""
        usual = {**STORAGE, "FOREIGN": FOREIGN}
        if hosting != "flex":
            usual |= {"FUNCTIONS_WORKER_RUNTIME": "python", "FUNCTIONS_EXTENSION_VERSION": "~4"}
            usual["WEBSITE_RUN_FROM_PACKAGE"] = "1"
            usual["SCM_DO_BUILD_DURING_DEPLOYMENT"] = "false"
        slots = () if hosting == "flex" else ("staging",)
        spec = SiteSpec(name=name, hosting=hosting, slots=slots, settings=usual | settings)
        return self.cloud.create(spec)

    def target(self, site: Site, *, slot: str | None = None, swap: bool = False) -> Target:
        """Return a target that is a site."""
        return Target(
            name=site.spec.name,
            app="orders",
            subscription=self.subscription,
            resource_group=site.spec.group,
            function_app=site.spec.name,
            slot=slot,
            swap=swap,
        )

    def package(self, mark: str, *, answers: bool = True, code: str = APP) -> Package:
        """Write a package, and return what its bill of lading would say."""
        path = self.folder / f"{mark}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("host.json", '{"version": "2.0"}')
            archive.writestr("function_app.py", f"{code}# {mark}\n")
        content = content_of(path, Store(self.folder / "store"))
        label = {"schema": "lading/label/1", "content_sha256": content, "python": "3.13"}
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("lading.json", json.dumps(label))
        return Package(
            path=str(path),
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            content_sha256=content,
            size=path.stat().st_size,
            python="3.13",
            functions=FUNCTIONS,
            answers=answers,
        )

    def puts(self, package: Package, site: Site) -> None:
        """Have a site run a package, as after an earlier deployment."""
        stored = site.packages.receive([Path(package.path).read_bytes()])
        if not site.spec.is_flex:
            stored = site.packages.keep(stored, "20260101000000")
        marker = marker_of(package.content_sha256, "00000000")
        site.deployments.start(Upload(package=stored, deployer=DEPLOYER, message=marker))
        self.cloud.clock.skip(60.0)
        self.cloud.world.agenda.settle()

    def plan(
        self, target: Target, package: Package, settings: DesiredSettings | None = None
    ) -> tuple[Plan, Reached]:
        """Read a target, and plan."""
        reached = read_state(target, azure=self.azure, progress=self.listener)
        wanted = replace(settings or files(), sticky=target.sticky)
        release = Release(target=target, package=package, settings=wanted)
        return plan_deployment(release, reached.state, today=TODAY), reached

    def deploys(
        self,
        target: Target,
        package: Package,
        settings: DesiredSettings | None = None,
        *,
        before: Callable[[], object] | None = None,
    ) -> Outcome:
        """Deploy as the command does; `before` is called between the plan and its first step."""
        plan, reached = self.plan(target, package, settings)
        if plan.problems:
            return outcome_of(plan, ())
        if before is not None:
            before()
        return perform(plan, self.means(plan, reached)).outcome

    def stopping_after(self, waits: int) -> Azure:
        """Return Azure where somebody says stop after so many waits that take time."""
        left = waits

        def sleep(seconds: float) -> None:
            nonlocal left
            if seconds > 0:
                left -= 1
                if left < 0:
                    raise StoppedError
            self.cloud.clock.skip(seconds)

        return replace(self.azure, sleep=sleep)

    def means(self, plan: Plan, reached: Reached, *, azure: Azure | None = None) -> Means:
        """Return what performing a plan needs."""
        used = azure or self.azure

        def prove(
            step: Prove,
            *,
            since: float,
            deployment: Evidence | None,
            seen: frozenset[str] | None,
        ) -> Proof:
            place = reached.state.production
            if step.slot and reached.state.slot is not None:
                place = reached.state.slot
            claim = Claim(
                step=step,
                package=plan.release.package,
                place=place,
                since=since,
                deployment=deployment,
                seen=seen,
            )
            return prove_release(claim, reached.ways[step.slot], azure=used)

        return Means(
            azure=used,
            ways=reached.ways,
            prove=prove,
            progress=self.listener,
            transfer=unseen_transfer,
        )


def content_of(package: Path, store: Store) -> str:
    """Return the hash of what is in a package, of which its label is no part."""
    return assemble_layers(read_artifact(package, store=store).layers).content_sha256


def runs(site: Site) -> str:
    """Return the content hash of what really runs at a site, "" for nothing."""
    release = site.packages.release
    found: Mapping[str, object] = release.lading if release else {}
    return str(found.get("content_sha256", ""))


@pytest.fixture
def port(azure: LocalAzure, sources: LocalSources, ambient: dict[str, str], tmp_path: Path) -> Port:
    """Return where packages leave from."""
    cloud = azure.cloud
    cloud.world.timing = Timing(retry_after=0)
    cloud.world.start_host = TellingHost
    told = {
        **sources.environment(ambient),
        **azure.variables("client-secret", folder=tmp_path / "run"),
    }
    del told["AZURE_AUTHORITY_HOST"]
    http = Http(told, sleep=cloud.clock.skip)
    kept: list[Secret] = []
    surroundings = Surroundings(
        ambient=told, http=http, keep=kept.append, cloud_name=cloud.resource_manager.origin
    )
    account = open_account(Entra(surroundings), parse_identity("client-secret"), surroundings.cloud)
    return Port(
        cloud=cloud,
        azure=Azure(
            account=account,
            http=http,
            remember=kept.append,
            clock=cloud.clock.now,
            sleep=cloud.clock.skip,
        ),
        subscription=azure.subscription,
        folder=tmp_path,
        kept=kept,
    )
