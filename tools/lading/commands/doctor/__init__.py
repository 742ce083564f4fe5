"""`doctor`: what works here and what does not: the project, each source, each target."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lading.commands import Edges
from lading.core.config import App, DefaultIndex, IndexSource, Project, Source, Target
from lading.core.deployment.targets import choose_targets
from lading.core.diagnosis import (
    Check,
    Diagnosis,
    SourceDiagnosis,
    TargetDiagnosis,
    count_of,
    failed,
    good,
    note,
    written_from,
)
from lading.core.errors import LadingError, UsageError
from lading.edges.access import Access
from lading.edges.http import Http, TimeLimits
from lading.edges.sandbox import Sandbox
from lading.edges.terminal import Progress
from lading.stages.examine import Examiner, Needed, Repository
from lading.stages.look_around import AppView, look_at_app, look_at_machine, look_for_risks

# Seconds. A build is patient with a slow server; a diagnosis says that it is slow.
PATIENCE = TimeLimits(connect=5.0, read=20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions:
    """What `doctor` was told: the one source and the targets to ask; whether to ask nobody.

    Where neither a `source` nor `targets` (names and patterns) are named, all are asked.
    """

    source: str = ""
    targets: tuple[str, ...] = ()
    offline: bool = False

    @property
    def asks_sources(self) -> bool:
        """Say whether sources are of interest."""
        return bool(self.source) or not self.targets

    @property
    def what(self) -> str:
        """Return what is examined, as it is told meanwhile."""
        if self.offline:
            return "this machine"
        named = (*filter(None, (self.source,)), *self.targets)
        return ", ".join(named) or "the sources and targets"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What is examined: sources and targets, the default index or what is wrong with it, the apps.

    `asks_default` says whether the default index is to be asked for itself.
    """

    project: Project
    sources: tuple[Source, ...]
    targets: tuple[Target, ...]
    index: DefaultIndex | LadingError
    views: tuple[AppView, ...]
    asks_default: bool

    @property
    def needed(self) -> Needed:
        pairs = (pair for view in self.views for pair in view.repositories)
        return Needed(
            names=frozenset(name for view in self.views for name in view.names),
            repositories=frozenset(Repository(url=url, ref=ref) for url, ref in pairs),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        read = (view.requirements for view in self.views if view.requirements)
        return tuple(note for requirements in read for note in requirements.notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """What was learnt by asking."""

    default_index: tuple[Check, ...] = ()
    sources: tuple[SourceDiagnosis, ...] = ()
    risks: tuple[Check, ...] = ()


def doctor(
    project: Project | LadingError, options: DoctorOptions, *, edges: Edges, now: dt.datetime
) -> Diagnosis:
    """Return what was found; whatever is wrong is told there, and keeps nothing from being seen.

    `project` is what is wrong with it where it cannot be read. Raises UsageError for a source or a
    target that is not declared.
    """
    # What matters is in the diagnosis.
    edges = replace(edges, progress=_OnlyDetails(edges.progress))
    if isinstance(project, LadingError):
        return _examine_without_project(project, edges=edges, now=now)
    case = _open_case(project, options, edges=edges)
    asks = not options.offline
    answers = _ask(case, edges=edges) if asks and options.asks_sources else _Answers()
    found = Diagnosis(
        at=now,
        project=tuple(_tell_project(case, options, answers)),
        machine=(),
        sources=answers.sources,
        risks=(),
        targets=_look_at_targets(case, edges=edges) if asks else (),
    )
    if options.asks_sources:
        found = _with_machine(found, case, answers, edges=edges)
    return _told(found, edges)


def _examine_without_project(problem: LadingError, *, edges: Edges, now: dt.datetime) -> Diagnosis:
    folder = Path.cwd()
    risks = look_for_risks(folder, project=None, notes=(), ambient=edges.ambient)
    found = Diagnosis(
        at=now,
        project=(failed("configuration", problem),),
        machine=_machine(edges, folder, needs_git=False),
        sources=(),
        risks=tuple(risks),
    )
    return _told(found, edges)


def _open_case(project: Project, options: DoctorOptions, *, edges: Edges) -> _Case:
    sources = _chosen(project, options.source) if options.asks_sources else ()
    targets = _targets(project, options)
    index = _default_index(project, edges)
    url = index.url if isinstance(index, DefaultIndex) else ""
    views = (
        look_at_app(project, app, default_index=url, ambient=edges.ambient)
        for app in _apps(project, options, targets)
    )
    has_own = isinstance(index, DefaultIndex) and project.default_source is None
    return _Case(
        project=project,
        sources=sources,
        targets=targets,
        index=index,
        views=tuple(views),
        asks_default=has_own and not options.source,
    )


def _targets(project: Project, options: DoctorOptions) -> tuple[Target, ...]:
    if options.targets:
        return choose_targets(project.targets, options.targets)
    return () if options.source else project.targets


def _apps(project: Project, options: DoctorOptions, targets: tuple[Target, ...]) -> tuple[App, ...]:
    if options.asks_sources:
        return project.apps
    named = {target.app for target in targets}
    return tuple(app for app in project.apps if app.name in named)


def _look_at_targets(case: _Case, *, edges: Edges) -> tuple[TargetDiagnosis, ...]:
    if not case.targets:
        return ()
    # It loads Microsoft's libraries, which projects without targets do not need.
    from lading.commands.doctor.targets import look_at_targets  # noqa: PLC0415

    http = Http(edges.ambient, limits=PATIENCE, sleep=edges.waiting.sleep)
    return look_at_targets(case.project, case.targets, http=http, edges=edges)


def _chosen(project: Project, name: str) -> tuple[Source, ...]:
    known = {source.name: source for source in project.sources}
    if not name:
        return project.sources
    if name in known:
        return (known[name],)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    declared = ", ".join(sorted(known)) or "none"
    raise UsageError(
        f"there is no source named {name}",
        remedy=f"{hint}[tool.lading.sources] has: {declared}.",
    )


def _default_index(project: Project, edges: Edges) -> DefaultIndex | LadingError:
    try:
        return edges.default_index(project)
    except LadingError as error:
        return error


def _ask(case: _Case, *, edges: Edges) -> _Answers:
    """Ask the sources, and the default index where it is none of them."""
    index = case.index if isinstance(case.index, DefaultIndex) else DefaultIndex(url="")
    access = Access(
        case.project,
        default_index=index,
        http=Http(edges.ambient, limits=PATIENCE),
        ambient=edges.ambient,
        progress=edges.progress,
        remember=edges.remember,
    )
    examiner = Examiner(access=access, needed=case.needed, clock=edges.clock)
    examined = examiner.examine(case.sources)
    default = (examiner.examine_default_index(index),) if case.asks_default else ()
    well = {one.name for one in examined if all(check.verdict != "wrong" for check in one.checks)}
    indexes = [one for one in case.sources if isinstance(one, IndexSource) and one.name in well]
    compares = index is case.index and case.project.default_source is None
    risks = examiner.compare_indexes(tuple(indexes), index) if compares else ()
    return _Answers(default_index=default, sources=examined, risks=risks)


def _tell_project(case: _Case, options: DoctorOptions, answers: _Answers) -> Iterator[Check]:
    yield _summary(case.project)
    if options.asks_sources:
        yield from answers.default_index or (_tell_default_index(case.project, case.index),)
    for view in case.views:
        yield from view.checks
    if not case.project.targets and not options.source:
        yield note("targets", "none is declared: there is nowhere to deploy to")
    if options.offline and options.asks_sources:
        yield _not_asked("sources", case.sources)
    if options.offline and case.targets:
        yield _not_asked("targets", case.targets)


def _summary(project: Project) -> Check:
    apps, sources = count_of(len(project.apps), "app"), count_of(len(project.sources), "source")
    named = ", ".join(source.name for source in project.sources)
    sources += f" ({named})" if named else ": every name comes from the default index"
    parts = [apps, sources]
    if project.targets:
        named = ", ".join(target.name for target in project.targets)
        parts = [apps, f"{count_of(len(project.targets), 'target')} ({named})", sources]
    *first, last = parts
    text = f"{project.root / 'pyproject.toml'}: {', '.join(first)} and {last}"
    return good("configuration", text)


def _tell_default_index(project: Project, index: DefaultIndex | LadingError) -> Check:
    subject = "default index"
    if isinstance(index, LadingError):
        return failed(subject, index)
    source = project.default_source
    if source is not None:
        text = f"the source {source.name}, as declared (default = true)"
    else:
        text = f"{index.url or 'PyPI'} ({index.origin}), not asked"
    return good(subject, text)


def _not_asked(subject: str, things: tuple[Source, ...] | tuple[Target, ...]) -> Check:
    named = ", ".join(thing.name for thing in things) or "none is declared"
    return note(subject, f"not asked (--offline): {named}")


def _with_machine(found: Diagnosis, case: _Case, answers: _Answers, *, edges: Edges) -> Diagnosis:
    """Add what builds use and meet here, which is of interest where sources are."""
    root = case.project.root
    chosen = replace(case.project, sources=case.sources)
    risks = look_for_risks(root, project=chosen, notes=case.notes, ambient=edges.ambient)
    needs_git = bool(case.needed.repositories)
    return replace(
        found,
        machine=_machine(edges, root, needs_git=needs_git),
        risks=(*answers.risks, *risks),
    )


def _machine(edges: Edges, folder: Path, *, needs_git: bool) -> tuple[Check, ...]:
    sandbox = Sandbox(ambient=edges.ambient, private=(folder,))
    return tuple(
        look_at_machine(
            store=edges.store, sandbox=sandbox, ambient=edges.ambient, needs_git=needs_git
        )
    )


def _told(diagnosis: Diagnosis, edges: Edges) -> Diagnosis:
    """Return the diagnosis with paths as people write them, "~" for their home."""
    ambient = edges.ambient
    home = (ambient.get("HOME") or ambient.get("USERPROFILE") or "").rstrip("/\\")
    return written_from(home, diagnosis) if home else diagnosis


class _OnlyDetails:
    """Progress in which everything is a detail."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def note(self, text: str) -> None:
        """Tell it with --verbose."""
        self._progress.detail(text)

    def warn(self, text: str) -> None:
        """Tell it with --verbose."""
        self._progress.detail(text)

    def detail(self, text: str) -> None:
        """Tell it with --verbose."""
        self._progress.detail(text)
