"""The stories: one file a command, ten statements that compose stages. Commands share no code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lading.core.advisories import PYPI
from lading.core.config import App, DefaultIndex, Project, Target
from lading.core.errors import UsageError
from lading.core.functions.engine import EngineWish
from lading.core.lock import LockedFile
from lading.core.secret import Secret
from lading.edges.access import Access
from lading.edges.advisories import read_advisories, read_auditor
from lading.edges.broker import Broker
from lading.edges.functions.engine import Engine, EngineSource, find_engine
from lading.edges.git import Git
from lading.edges.http import Http
from lading.edges.installer import read_builder
from lading.edges.interpreters import Interpreter, find_interpreter
from lading.edges.pip_settings import read_default_index
from lading.edges.sandbox import Sandbox
from lading.edges.store import Store
from lading.edges.terminal import Progress, Transfer, unseen_transfer
from lading.edges.tokens.entra import Entra
from lading.edges.tokens.surroundings import Surroundings
from lading.edges.tokens.token_shelf import TokenShelf
from lading.edges.waiting import Waiting
from lading.stages.audit import Auditor
from lading.stages.build_wheels import SourceWorkshop, make_workshop
from lading.stages.fetch import fetch_wheels
from lading.stages.resolve import make_tools
from lading.stages.resolve.engine import choose_engine

if TYPE_CHECKING:
    from lading.edges.azure.apps import Azure


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """The world as a command meets it; the door makes it once.

    `ambient` is the environment with the project's `.env` below it, `shell` the environment alone,
    as a command that is handed on would have had it; `clock` counts seconds; `remember` is told
    every secret as soon as it is known, so that no text can show it. `transfer` shows uploads,
    `waiting` has the pauses between questions to Azure.
    """

    ambient: Mapping[str, str]
    shell: Mapping[str, str]
    store: Store
    progress: Progress
    today: dt.date
    clock: Callable[[], float]
    remember: Callable[[Secret], None]
    transfer: Transfer = unseen_transfer
    waiting: Waiting = field(default_factory=Waiting)
    opened: dict[Path, Access] = field(default_factory=dict)
    signed_in: dict[str, str] = field(default_factory=dict)
    shelf: TokenShelf = field(default_factory=TokenShelf)

    def default_index(self, project: Project) -> DefaultIndex:
        """Return the index of every name that no source owns.

        Where a source is declared to be it, pip's settings are of no interest.
        """
        source = project.default_source
        return DefaultIndex(url=source.url) if source else read_default_index(self.ambient)

    def open_access(self, project: Project) -> Access:
        """Return the way to a project's sources; no credential is obtained before it is needed.

        It is one for the whole command: what was asked for the lock is not asked again to fetch.
        """
        if project.root not in self.opened:
            self.opened[project.root] = Access(
                project,
                default_index=self.default_index(project),
                http=Http(self.ambient),
                ambient=self.ambient,
                progress=self.progress,
                remember=self.remember,
            )
        return self.opened[project.root]

    def open_azure(self, project: Project, target: Target) -> Azure:
        """Return Azure as whoever deploys to a target reaches it.

        Raises CredentialError where nobody is signed in. Tokens are shared by all targets.
        """
        # It loads Microsoft's libraries, which take seconds that other commands do not have.
        from lading.edges.azure.account import open_account  # noqa: PLC0415
        from lading.edges.azure.apps import Azure  # noqa: PLC0415

        http = Http(self.ambient, sleep=self.waiting.sleep)
        surroundings = Surroundings(
            ambient=self.ambient,
            http=http,
            keep=self.remember,
            cloud_name=project.cloud,
            shelf=self.shelf,
        )
        entra = Entra(surroundings)
        account = open_account(entra, target.identity or project.identity, surroundings.cloud)
        # Several targets are opened at once: whoever is first tells of an identity.
        if self.signed_in.setdefault(account.who, target.name) == target.name:
            where = "Azure" if surroundings.cloud.is_microsofts else surroundings.cloud.arm
            self.progress.note(f"Signed in to {where} by {account.who}")
        return Azure(
            account=account,
            http=http,
            remember=self.remember,
            clock=self.clock,
            sleep=self.waiting.sleep,
        )

    def open_sandbox(self, project: Project, *further: Path, network: bool = False) -> Sandbox:
        """Return where foreign code runs, out of sight of the project and its `.env`.

        `further` are other folders that it must not see; with `network` it has that.
        """
        private = (project.root, *further)
        return Sandbox(ambient=self.ambient, private=private, network=network)

    def engine_finder(
        self, project: Project, app: App, *, access: Access | None
    ) -> Callable[[EngineWish, Interpreter], Engine]:
        """Return what finds Microsoft's runtime library; without access it uses the store alone."""

        def find(wish: EngineWish, interpreter: Interpreter) -> Engine:
            choose = None
            if access is not None:
                choose = partial(self._choose_engine, project, app, interpreter, access)
            source = EngineSource(
                choose=choose,
                fetch=partial(
                    fetch_wheels, access=access, store=self.store, progress=self.progress
                ),
                store=self.store,
                today=self.today,
                ambient=self.ambient,
                progress=self.progress,
            )
            return find_engine(wish, interpreter, source)

        return find

    def auditor(self, project: Project, *, offline: bool) -> Auditor:
        """Return who asks for known vulnerabilities.

        Raises UsageError where pip-audit is missing, or where nobody may be asked.
        """
        if offline:
            raise UsageError(
                "--audit asks the index, and --offline allows no network",
                remedy="Leave one of them out.",
            )
        access = self.open_access(project)
        mirror = project.default_source
        default = "the default index" if mirror is None else f"the source {mirror.name}"
        # Without any address it is PyPI itself.
        is_pypi = project.advisories == "pypi" or not self.default_index(project).url
        place = PYPI if is_pypi else default
        return Auditor(
            place=place,
            tool=read_auditor(),
            read_page=lambda release: access.read_release(release.name, release.version),
            read_advisories=partial(read_advisories, place=place, ambient=self.ambient),
            progress=self.progress,
        )

    def _choose_engine(
        self,
        project: Project,
        app: App,
        interpreter: Interpreter,
        access: Access,
        wish: EngineWish,
    ) -> tuple[LockedFile, ...]:
        self.progress.note(f"Choosing {wish.library}, which loads the package")
        workshop = self.open_workshop(
            project, app, access=access, sandbox=self.open_sandbox(project)
        )
        tools = make_tools(
            access=access,
            store=self.store,
            workshop=workshop,
            builder=read_builder(interpreter),
            fetch=partial(fetch_wheels, access=access, store=self.store, progress=self.progress),
            progress=self.progress,
        )
        return choose_engine(wish, interpreter.python, tools=tools)

    def open_workshop(
        self, project: Project, app: App, *, access: Access | None, sandbox: Sandbox
    ) -> SourceWorkshop:
        """Return what builds an app's sources; without access it works from the store alone."""
        return make_workshop(
            project=project,
            runtime=app.runtime,
            access=access,
            open_broker=partial(Broker, access) if access is not None else None,
            sandbox=sandbox,
            git=Git(ambient=self.ambient),
            store=self.store,
            interpreter=find_interpreter(app.python, ambient=self.ambient),
            ambient=self.ambient,
            progress=self.progress,
        )
