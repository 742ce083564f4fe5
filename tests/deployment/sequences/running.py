"""One command of lading: run in this process, or in one of its own that is killed on its way."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import os
import signal
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

from lading.commands import Edges
from lading.commands.deploy import DeployOptions, Intent, perform_plans, plan_deployments
from lading.commands.rollback import RollbackOptions, plan_rollback
from lading.core.config import App, Project, Target
from lading.core.deployment.outcome_report import (
    render_outcome_text,
    render_outcomes_json,
    render_outcomes_markdown,
    sentence_of,
)
from lading.core.deployment.outcomes import Outcome
from lading.core.deployment.plan_report import render_plan_text
from lading.core.errors import LadingError
from lading.core.identity import parse_identity
from lading.core.secret import Secret
from lading.core.verification import Verification
from lading.edges.azure.apps import Azure
from lading.edges.store import Store
from lading.edges.waiting import Waiting

TODAY = dt.date(2026, 11, 1)
# Seconds: so long nothing here takes, however busy the machine.
_AT_MOST = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A command and all that it needs, so that another process can run it.

    `artifact` None stands for the release before: a rollback.
    """

    root: Path
    target: Target
    artifact: Path | None
    ambient: Mapping[str, str]
    cloud: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a command ended; `ending` is "refused" where nothing was begun.

    `content` is the content hash of the package that was to run, "" where none was found; `steps`
    are those that were begun, with their states; `text` is everything that was shown.
    """

    code: int
    ending: str
    sentence: str
    text: str
    content: str = ""
    steps: tuple[tuple[str, str], ...] = ()


@dataclass(kw_only=True)
class Pace:
    """The time in which a command runs, and who hears each thing that it does.

    `passes` lets time pass. `lives` is called for all that is told, waited for and sent.
    """

    clock: Callable[[], float]
    passes: Callable[[float], None]
    lives: Callable[[], None] = lambda: None
    told: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Take note of what is told."""
        self.told.append(text)
        self.lives()

    warn = note

    def detail(self, text: str) -> None:
        """Take note of it too: `--verbose` shows it."""
        self.told.append(text)

    @contextmanager
    def transfer(self, title: str, size: int) -> Iterator[Callable[[int], None]]:
        """Hear how a package goes over the wire."""
        del title, size
        self.lives()
        yield lambda _count: self.lives()


class _Pauses(Waiting):
    """Pauses that take no time."""

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self._pace = pace

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        if seconds > 0:
            self._pace.lives()
            self._pace.passes(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignedIn(Edges):
    """The world of somebody who has signed in already."""

    azure: Azure

    def open_azure(self, project: Project, target: Target) -> Azure:
        """Return Azure as it was reached before."""
        del project, target
        return replace(self.azure, clock=self.clock, sleep=self.waiting.sleep)


def run(
    job: Job,
    pace: Pace,
    *,
    planned: Callable[[], None] = lambda: None,
    azure: Azure | None = None,
) -> Said:
    """Run a command as the door does; `planned` is called before the first step.

    It signs in, unless it is given Azure as somebody reaches it who has.
    """
    kept: list[Secret] = []
    make = Edges if azure is None else partial(_SignedIn, azure=azure)
    edges = make(
        ambient=job.ambient,
        shell=job.ambient,
        store=Store(job.root / "store"),
        progress=pace,
        today=TODAY,
        clock=pace.clock,
        remember=kept.append,
        transfer=pace.transfer,
        waiting=_Pauses(pace),
    )
    try:
        outcome = _perform(job, edges, planned)
    except LadingError as error:
        told = "\n".join((*pace.told, str(error)))
        return Said(code=error.exit_code, ending="refused", sentence=error.message, text=told)
    shown = [
        render_plan_text(outcome.plan),
        render_outcome_text(outcome),
        render_outcomes_json((outcome,)),
        render_outcomes_markdown((outcome,)),
    ]
    begun = ((one.step.name, one.state) for one in outcome.steps if one.state != "not begun")
    return Said(
        code=outcome.exit_code,
        ending="refused" if outcome.plan.problems else outcome.ending,
        sentence=sentence_of(outcome),
        text="\n".join((*pace.told, *shown)),
        content=outcome.plan.release.package.content_sha256,
        steps=tuple(begun),
    )


def _perform(job: Job, edges: Edges, planned: Callable[[], None]) -> Outcome:
    app = App(name="orders", folder=".", requirements="r.txt", python="3.13", lock="r.lock")
    project = Project(
        root=job.root,
        apps=(app,),
        targets=(job.target,),
        cloud=job.cloud,
        identity=parse_identity("client-secret"),
    )
    if job.artifact is None:
        options = RollbackOptions(target=job.target)
        with plan_rollback(project, options, edges=edges, verify=_nobody_verifies) as found:
            planned()
            intent = Intent(plan=found.plan, reached=found.reached, azure=found.azure)
            return perform_plans((intent,), edges=edges)[0]
    wanted = DeployOptions(targets=(job.target,), artifact=job.artifact)
    intents = plan_deployments(project, wanted, edges=edges, verify=_nobody_verifies)
    planned()
    return perform_plans(intents, edges=edges)[0]


def _nobody_verifies(path: Path, app: App) -> Verification:
    raise AssertionError((path, app))


@dataclass(frozen=True, slots=True, kw_only=True)
class Abroad:
    """What a process of its own has to know: where time passes, and when it is killed.

    `clock` is the URL that puts the clock of the local Azure forward, `began` its time; after so
    many `signs` of life the process is killed.
    """

    clock: str
    began: float
    signs: int
    certificates: str


def run_and_kill(job: Job, abroad: Abroad) -> Said | None:
    """Run a command in a process that is killed (SIGKILL) on its way; None where it was.

    Raises TimeoutError where it neither ends nor comes that far.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "lading.edges.azure.apps"])
    place = job.root / "said.json"
    place.unlink(missing_ok=True)
    process = context.Process(target=_live, args=(job, abroad, place))
    process.start()
    process.join(_AT_MOST)
    is_over = process.exitcode is not None
    if not is_over:
        process.kill()
        process.join()
    code = process.exitcode
    process.close()
    if not is_over:
        message = f"a process that deploys was not over after {_AT_MOST} s"
        raise TimeoutError(message)
    if code == -signal.SIGKILL:
        return None
    assert code == 0, f"a process that deploys ended with {code}"
    document = json.loads(place.read_text())
    return Said(**document | {"steps": tuple(map(tuple, document["steps"]))})


def _live(job: Job, abroad: Abroad, place: Path) -> None:
    """Run the command of another process, until that kills itself."""
    opener = urllib.request.build_opener(
        # Whatever proxy this machine has, the clock is on loopback.
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=abroad.certificates)),
    )
    lock = threading.Lock()
    passed, left = 0.0, abroad.signs

    def passes(seconds: float) -> None:
        nonlocal passed
        url = f"{abroad.clock}?seconds={seconds}"
        request = urllib.request.Request(url, method="POST")  # noqa: S310 - https
        with lock, opener.open(request):
            passed += seconds

    def lives() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            # Nothing is put in order: no `finally`, no end of a connection.
            os.kill(os.getpid(), signal.SIGKILL)

    pace = Pace(clock=lambda: abroad.began + passed, passes=passes, lives=lives)
    place.write_text(json.dumps(asdict(run(job, pace))))
