"""`doctor`: what works here and what does not, from the configuration to each source."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lading.commands import Edges
from lading.core.config import DefaultIndex, IndexSource, Project, Source
from lading.core.diagnosis import Check, Diagnosis, SourceDiagnosis, count_of, failed
from lading.core.errors import LadingError, UsageError
from lading.edges.access import Access
from lading.edges.http import Http, TimeLimits
from lading.edges.sandbox import Sandbox
from lading.edges.terminal import Progress
from lading.stages.examine import Examiner, Needed, Repository
from lading.stages.look_around import AppView, look_at_app, look_at_machine, look_for_risks

# Seconds. A build is patient with a slow server; a diagnosis says that it is slow.
_PATIENCE = TimeLimits(connect=5.0, read=20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions:
    """What `doctor` was told: the one source to ask, "" for all; whether to ask none."""

    source: str = ""
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What is examined: the sources to ask, the default index or what is wrong with it, the apps.

    `asks_default` says whether the default index is to be asked for itself.
    """

    project: Project
    sources: tuple[Source, ...]
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

    `project` is what is wrong with it where it cannot be read. Raises UsageError for a source that
    is not declared.
    """
    if isinstance(project, LadingError):
        return _examine_without_project(project, edges=edges, now=now)
    case = _open_case(project, options, edges=edges)
    answers = _Answers() if options.offline else _ask(case, edges=edges)
    chosen = replace(project, sources=case.sources)
    risks = look_for_risks(project.root, project=chosen, notes=case.notes, ambient=edges.ambient)
    return _told(
        Diagnosis(
            at=now,
            project=(
                _summary(project),
                *(answers.default_index or (_tell_default_index(project, case.index),)),
                *(check for view in case.views for check in view.checks),
                *((_not_asked(case.sources),) if options.offline else ()),
            ),
            machine=_machine(edges, project.root, needs_git=bool(case.needed.repositories)),
            sources=answers.sources,
            risks=(*answers.risks, *risks),
        ),
        edges.ambient,
    )


def _examine_without_project(problem: LadingError, *, edges: Edges, now: dt.datetime) -> Diagnosis:
    folder = Path.cwd()
    risks = look_for_risks(folder, project=None, notes=(), ambient=edges.ambient)
    return _told(
        Diagnosis(
            at=now,
            project=(failed("configuration", problem),),
            machine=_machine(edges, folder, needs_git=False),
            sources=(),
            risks=tuple(risks),
        ),
        edges.ambient,
    )


def _open_case(project: Project, options: DoctorOptions, *, edges: Edges) -> _Case:
    sources = _chosen(project, options.source)
    index = _default_index(project, edges)
    url = index.url if isinstance(index, DefaultIndex) else ""
    views = (
        look_at_app(project, app, default_index=url, ambient=edges.ambient) for app in project.apps
    )
    has_own = isinstance(index, DefaultIndex) and project.default_source is None
    return _Case(
        project=project,
        sources=sources,
        index=index,
        views=tuple(views),
        asks_default=has_own and not options.source,
    )


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
        http=Http(edges.ambient, limits=_PATIENCE),
        ambient=edges.ambient,
        progress=_OnlyDetails(edges.progress),
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


def _summary(project: Project) -> Check:
    parts = [count_of(len(project.apps), "app"), count_of(len(project.sources), "source")]
    named = ", ".join(source.name for source in project.sources)
    return Check(
        subject="configuration",
        verdict="good",
        text=f"{project.root / 'pyproject.toml'}: {' and '.join(parts)}"
        + (f" ({named})" if named else ": every name comes from the default index"),
    )


def _tell_default_index(project: Project, index: DefaultIndex | LadingError) -> Check:
    subject = "default index"
    if isinstance(index, LadingError):
        return failed(subject, index)
    source = project.default_source
    if source is not None:
        text = f"the source {source.name}, as declared (default = true)"
    else:
        text = f"{index.url or 'PyPI'} ({index.origin}), not asked"
    return Check(subject=subject, verdict="good", text=text)


def _not_asked(sources: tuple[Source, ...]) -> Check:
    named = ", ".join(source.name for source in sources) or "none is declared"
    return Check(subject="sources", verdict="note", text=f"not asked (--offline): {named}")


def _machine(edges: Edges, folder: Path, *, needs_git: bool) -> tuple[Check, ...]:
    sandbox = Sandbox(ambient=edges.ambient, private=(folder,))
    return tuple(
        look_at_machine(
            store=edges.store, sandbox=sandbox, ambient=edges.ambient, needs_git=needs_git
        )
    )


def _told(diagnosis: Diagnosis, ambient: Mapping[str, str]) -> Diagnosis:
    """Return the diagnosis with paths as people write them, "~" for their home."""
    home = (ambient.get("HOME") or ambient.get("USERPROFILE") or "").rstrip("/\\")
    if not home:
        return diagnosis

    def short(checks: tuple[Check, ...]) -> tuple[Check, ...]:
        return tuple(
            replace(
                check,
                subject=_at_home(check.subject, home),
                text=_at_home(check.text, home),
                remedy=_at_home(check.remedy, home),
            )
            for check in checks
        )

    return replace(
        diagnosis,
        project=short(diagnosis.project),
        machine=short(diagnosis.machine),
        sources=tuple(replace(one, checks=short(one.checks)) for one in diagnosis.sources),
        risks=short(diagnosis.risks),
    )


def _at_home(text: str, home: str) -> str:
    return text.replace(f"{home}/", "~/").replace(f"{home}\\", "~\\")


class _OnlyDetails:
    """Progress in which everything is a detail: what matters is in the diagnosis."""

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
