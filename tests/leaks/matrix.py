"""The matrix: every kind of credential on every way to every ending, each a run that is watched."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal, get_args

from local_sources import LocalSources, Request
from tests.leaks.baits import lay_baits
from tests.leaks.kinds import KINDS, PROGRAMS, Kind, Provision, WideSetting, World
from tests.leaks.needles import make_spy
from tests.leaks.rig import Rig, Run, Running, Sighting, as_ci_shows
from tests.leaks.ways import SPY, UNCONFINED, WAYS, Errand, Opens, Site, Way, usual_site
from tests.support import make_project

Ending = Literal["success", "401", "timeout", "redirect", "interrupt", "kill"]
ENDINGS: tuple[Ending, ...] = get_args(Ending)
CREDENTIAL = "the credential"
INTERRUPTED = 130
SOURCE_FAILED = 4
# With which pip and git end where they were refused.
_CODES_OF_TOOLS = frozenset({1, 2, 128})

_WAIT_SECONDS = 120.0
# The command line, with the patience of a test: a person waits for a minute, three times. This is
# the one place that reaches into lading. The door makes all edges from flags and environment, and a
# way through it for time limits would be an option that no user should have; to start the commands
# below the door would leave out what masks, redacts and reports. Nothing that is watched depends on
# how long a wait was.
_IMPATIENT = """
import sys
import lading.edges.http as http
http.Http.__init__.__kwdefaults__["limits"] = http.TimeLimits(connect=5, read=1)
from lading.program import main
sys.argv[0] = "lading"
main()
"""
# What foreign code reaches without lading's doing: it was there before, and root sees all of it.
_THERE_BEFORE = ("environ of ", "cmdline of ", "memory of ", "file ", "keyring")
# All that an unconfined build needs; what makes namespaces is not among it.
_PROGRAMS_WITHOUT_NAMESPACES = ("git", "sh", "env", "cat", "uname")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One field of the matrix."""

    kind: Kind
    way: Way
    ending: Ending

    def __str__(self) -> str:
        return f"{self.kind.name} / {self.way.name} / {self.ending}"

    def __reduce__(self) -> tuple[Callable[[str, str, Ending], Cell], tuple[str, str, Ending]]:
        # Functions do not go from one process to another: their names do.
        return cell_named, (self.kind.name, self.way.name, self.ending)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one run showed.

    `leaks` belong to lading: what it started, wrote, said and sent. `exposed` is what foreign code
    could reach of that which was there before. `uses` counts the requests with the credential.
    """

    cell: Cell
    run: Run
    leaks: tuple[str, ...]
    exposed: tuple[Sighting, ...]
    uses: int


def whole() -> Iterator[Cell]:
    """Give every field."""
    for kind in KINDS:
        for way, ending in product(_ways(kind), ENDINGS):
            yield Cell(kind=kind, way=way, ending=ending)
    yield unconfined()


def representative() -> Iterator[Cell]:
    """Give a choice in which every two of a kind, a way and an ending meet at least once.

    But for the last two endings: half of the kinds are interrupted, and the others killed. And a
    kind that differs from another only in how the token is obtained takes two fields.
    """
    for row, kind in enumerate(KINDS):
        endings = (*ENDINGS[:-2], ENDINGS[-2 + row % 2])
        ways = _ways(kind)
        if kind.is_variant:
            yield Cell(kind=kind, way=ways[row % len(ways)], ending="success")
            yield Cell(kind=kind, way=ways[(row + 1) % len(ways)], ending=ENDINGS[row % 6])
            continue
        for column, ending in enumerate(endings):
            yield Cell(kind=kind, way=ways[(row // 2 + column) % len(ways)], ending=ending)
    yield unconfined()


def cell_named(kind: str, way: str, ending: Ending) -> Cell:
    """Return the field with these names."""
    return Cell(
        kind=next(known for known in KINDS if known.name == kind),
        way=next(known for known in (*WAYS, UNCONFINED) if known.name == way),
        ending=ending,
    )


def _ways(kind: Kind) -> tuple[Way, ...]:
    return tuple(way for way in WAYS if not kind.ways or way.name in kind.ways)


def unconfined() -> Cell:
    """Return the one field that shows what is exposed where there are no namespaces."""
    return Cell(kind=KINDS[0], way=UNCONFINED, ending="success")


class Agent:
    """A machine of its own for one run: fresh home, temporary folder, store and project, baited."""

    def __init__(self, machine: Mapping[str, str], folder: Path, sources: LocalSources) -> None:
        self.folder = folder
        self.home, self.project, self.scratch, self.elsewhere = (
            folder / name for name in ("home", "project", "scratch", "elsewhere")
        )
        for path in (self.home / "tmp", self.project, self.scratch, self.elsewhere):
            path.mkdir(parents=True)
        self._sources = sources
        self._machine = machine

    def environment(self) -> dict[str, str]:
        """Return what every program here is given, without any credential."""
        here = dict.fromkeys(("HOME", "USERPROFILE"), str(self.home))
        here |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.home / "tmp"))
        here["LADING_CACHE"] = str(self.folder / "store")
        for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH"):
            here[name] = str(self.scratch / name)
        here["AGENT_TEMPDIRECTORY"] = str(self.scratch)
        environment = self._sources.environment(dict(self._machine), public=True)
        # What is on PATH is shown to builds: this stands for folders outside home.
        environment["PATH"] = f"{PROGRAMS}:{environment['PATH']}:{self.elsewhere}"
        return environment | here

    def programs_without_namespaces(self) -> str:
        """Return a PATH on which nothing makes namespaces."""
        folder = self.scratch / "bin"
        folder.mkdir()
        for name in _PROGRAMS_WITHOUT_NAMESPACES:
            found = shutil.which(name)
            if found:
                (folder / name).symlink_to(found)
        return f"{PROGRAMS}:{folder}"


def run_cell(cell: Cell, world: World, *, folder: Path) -> Outcome:
    """Run one field of the matrix in a folder of its own."""
    sources = world.sources
    sources.reset()
    world.azure.reset()
    sources.trust(world.azure.entra.recognises_devops)
    agent = Agent(world.machine, folder, sources)
    with ExitStack() as lasting:
        setting = WideSetting(
            token=_token(sources, cell.way.opens),
            url=_url(usual_site(sources), cell.way.opens),
            home=agent.home,
            scratch=agent.scratch,
            lasting=lasting,
            world=world,
        )
        return _run(cell, setting, agent)


def _run(cell: Cell, setting: WideSetting, agent: Agent) -> Outcome:
    baits = lay_baits(
        home=agent.home, project=agent.project, elsewhere=agent.elsewhere, reads=cell.kind.reads
    )
    provision = cell.kind.prepare(setting)
    sources = setting.world.sources
    site = provision.site or usual_site(sources)
    token = provision.token or setting.token
    secrets = {CREDENTIAL: token, **provision.proofs, **baits.secrets}
    places = (*baits.files, *provision.given)
    url = _url(site, "acme" if site.has_index and cell.way.opens != "acme-git" else "acme-git")
    spy = make_spy(secrets, files=places, services=(url,))
    errand = cell.way.prepare(site, spy, agent.scratch)
    if cell.way.publishes:
        (agent.scratch / SPY).rename(agent.project / SPY)
    _write_project(agent.project, errand, url=url, provision=provision)
    command, meanwhile = _provoke(cell.ending, errand, sources)
    rig = Rig(agent.folder, secrets, given=places, spoken=provision.spoken)
    rig.also(sources.private_packages.folder)
    environment = agent.environment() | dict(baits.variables)
    environment |= {**cell.kind.system, **provision.variables}
    if not cell.way.is_confined:
        environment["PATH"] = agent.programs_without_namespaces()
    run = rig.run(
        (*command, *errand.words),
        environment=environment,
        folder=agent.project,
        meanwhile=meanwhile,
    )
    if provision.takes_plainly:
        run = run.without("socket", provision.proofs.keys())
    return _judge(cell, run, setting.world, errand, name=provision.log_name or errand.opens)


def _url(site: Site, opens: Opens) -> str:
    return site.git_url if opens == "acme-git" else site.index_url


def _token(sources: LocalSources, opens: Opens) -> str:
    return {
        "acme": sources.token,
        "acme-git": sources.git_token,
        "acme-publisher": sources.publisher_token,
    }[opens]


def _write_project(folder: Path, errand: Errand, *, url: str, provision: Provision) -> None:
    kept = (folder / ".env").read_text(encoding="utf-8")
    lines = ["[tool.lading.sources.acme]", f"credential = '{provision.credential}'"]
    lines += [f'git = "{url}"'] if errand.opens == "acme-git" else [f'index = "{url}"']
    lines += (
        []
        if errand.opens == "acme-git"
        else ['packages = ["acme-*"]', f'upload = "{url.removesuffix("simple/")}"']
    )
    lines += provision.lines
    make_project(folder, requirements=errand.requirements, configuration="\n".join(lines) + "\n")
    (folder / ".env").write_text(kept, encoding="utf-8")


def _provoke(
    ending: Ending, errand: Errand, sources: LocalSources
) -> tuple[tuple[str, ...], Callable[[Running], None] | None]:
    """Make a run end in a certain way; return its first words, and what happens beside it."""
    command = (sys.executable, "-m", "lading")
    match ending:
        case "success":
            return command, None
        case "401":
            errand.host.fail("401", where=errand.where)
            return command, None
        case "redirect":
            errand.host.fail("redirect-to-host", where=errand.where)
            return command, None
        case "timeout":
            errand.host.fail("hang", where=errand.where)
            return (sys.executable, "-c", _IMPATIENT), None
        case "interrupt" | "kill":
            errand.host.fail("hang", where=errand.where)
            number = signal.SIGINT if ending == "interrupt" else signal.SIGKILL

            def stop(running: Running) -> None:
                sources.log.wait_for(_hangs, seconds=_WAIT_SECONDS)
                # The host hangs on: nothing but the signal ends this run.
                running.interrupt(number)

            return command, stop


def _hangs(request: Request) -> bool:
    return request.status == 0


def _judge(cell: Cell, run: Run, world: World, errand: Errand, *, name: str) -> Outcome:
    leaks = [str(found) for found in run.sightings]
    exposed = []
    for found in run.seen_by_spies:
        if found.place.startswith(_THERE_BEFORE):
            exposed.append(found)
        else:
            leaks.append(str(found))
    sent = world.sources.log
    leaks += [f"sent: {request}" for request in sent.leaks(name, home=errand.host.name)]
    leaks += [f"sent: {r}" for r in (*sent(), *world.azure.log()) if r.strays]
    return Outcome(
        cell=cell,
        run=run,
        leaks=tuple(leaks),
        exposed=tuple(exposed),
        uses=len(sent(credential=name)),
    )


def check_outcome(outcome: Outcome) -> tuple[str, ...]:
    """Return everything about an outcome that is not as it must be."""
    cell, run = outcome.cell, outcome.run
    problems = list(outcome.leaks)
    if not _is_right_end(cell, run.code):
        problems.append(f"ended with {run.code}: {as_ci_shows(run.output)[-2000:]}")
    if not outcome.uses:
        problems.append("the credential was never used: this run shows nothing")
    if min(run.searched.get(kind, 0) for kind in ("argv", "disk", "output")) == 0:
        problems.append(f"something was not searched: {run.searched}")
    if cell.ending == "success" and cell.way.builds:
        problems += _check_build(outcome)
    if cell.way.is_the_users and cell.ending == "success" and not run.spies:
        problems.append("the spy did not report")
    return tuple(problems)


def _is_right_end(cell: Cell, code: int) -> bool:
    match cell.ending:
        case "success":
            return code == 0
        case "kill":
            return code == -signal.SIGKILL
        case "interrupt":
            return code == INTERRUPTED
        case "401" | "timeout":
            return code in (_CODES_OF_TOOLS if cell.way.is_the_users else {SOURCE_FAILED})
        case "redirect":
            # A file may be fetched elsewhere, without the credential; its hash is known.
            return code in (_CODES_OF_TOOLS if cell.way.is_the_users else {0, SOURCE_FAILED})


def _check_build(outcome: Outcome) -> list[str]:
    """Hold what foreign code reached to what the run itself says of it."""
    said = json.loads(outcome.run.stdout)["sandbox"]
    is_confined = not said.startswith("none")
    problems = [] if outcome.run.spies else ["the spy did not report"]
    if is_confined != outcome.cell.way.is_confined:
        problems.append(f"confined otherwise than it should be: {said}")
    if is_confined:
        problems += [f"exposed: {found}" for found in outcome.exposed]
    elif not outcome.exposed:
        problems.append("nothing was exposed without namespaces: the spy is blind")
    if not is_confined and "exposed: all files of the user" not in said:
        problems.append(f"the run does not say what was exposed: {said}")
    return problems
