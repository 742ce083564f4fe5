"""Requirements → Lock: one version of everything for the target, each with the one file taken.

Choosing goes in rounds. The broker is open while the resolver asks and shut while a source is built
to learn what it requires, so that fetching and foreign code never meet. Each round knows more.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from lading.core.config import DEFAULT_INDEX
from lading.core.errors import ResolutionError
from lading.core.lock import Lock, LockedFile, LockedSource
from lading.core.machine import Machine
from lading.core.requirements import Requirements
from lading.core.resolution import (
    Upgrade,
    check_nothing_is_asked,
    find_origins,
    plan_preferences,
)
from lading.core.wheel import Wheel
from lading.stages.resolve.catalogue import NotYetError
from lading.stages.resolve.directs import Before, identity
from lading.stages.resolve.kept import KnownShelf, LockedAccess
from lading.stages.resolve.making import Making, Recipe
from lading.stages.resolve.solver import Order, Solution
from lading.stages.resolve.tools import Access, Tools, make_tools

__all__ = ["Asked", "Namesake", "Resolution", "Tools", "make_tools", "resolve", "resolve_bench"]

_AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be locked, for which machine, and how much of the lock before is kept."""

    requirements: Requirements
    target: Machine
    python: str
    before: Lock | None = None
    upgrade: Upgrade = field(default_factory=Upgrade)


@dataclass(frozen=True, slots=True, kw_only=True)
class Namesake:
    """A name that came from the default index although declared sources have it too."""

    name: str
    sources: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.name} comes from the default index, but {' and '.join(self.sources)} has it "
            "too: a private package that nobody declared, or an attack. If it is yours, add it to "
            f"the packages of [tool.lading.sources.{self.sources[0]}]"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A lock, and what its reader should know.

    `replaced` tells the files whose bytes are others than those of the same name that were locked.
    """

    lock: Lock
    namesakes: tuple[Namesake, ...] = ()
    replaced: tuple[str, ...] = ()


def resolve(asked: Asked, *, tools: Tools) -> Resolution:
    """Lock what is asked for.

    Raises ResolutionError where no versions answer it, SourceError or CredentialError where a
    source could not be asked, BuildError where one could not be built.
    """
    solution, recipes = _keep(asked, tools=tools) or _choose(asked, tools=tools)
    if not solution.everything:
        check_nothing_is_asked(asked.requirements, asked.target)
    lock = _lock(asked, solution, recipes)
    return Resolution(
        lock=lock,
        namesakes=_find_namesakes(lock, access=tools.access),
        replaced=_find_replaced(asked, lock),
    )


def resolve_bench(source: LockedSource, *, tools: Tools) -> tuple[Wheel, ...]:
    """Return the wheels that a source is built with today, none of them locked.

    They are resolved, fetched, and built where they have no wheel. Raises as `resolve` does.
    """
    return Making(tools, before=Before()).bench(source, ())


def _keep(asked: Asked, *, tools: Tools) -> tuple[Solution, list[Recipe]] | None:
    """Answer from the lock before alone; None where it does not answer, or is not to be kept."""
    if asked.before is None or asked.upgrade != Upgrade():
        return None
    known = {thing.name for thing in asked.before.loaded}
    if any(requirement.name not in known for requirement in asked.requirements.named):
        return None
    access = LockedAccess(asked.before, project=tools.project)
    offline = replace(tools, access=access, shelf=KnownShelf(tools.shelf))
    try:
        return _choose(asked, tools=offline)
    except (NotYetError, ResolutionError):
        return None


def _choose(asked: Asked, *, tools: Tools) -> tuple[Solution, list[Recipe]]:
    before = Before(lock=asked.before, upgrade=asked.upgrade)
    making = Making(tools, before=before)
    solution = making.solver.solve(_order(asked, before))
    return solution, [making.recipe(source, ()) for source in solution.sources]


def _order(asked: Asked, before: Before) -> Order:
    requirements = asked.requirements
    hashes: dict[str, frozenset[str]] = {}
    for requirement in requirements.named:
        digests = {value.removeprefix("sha256:") for value in requirement.hashes}
        if digests:
            hashes[requirement.name] = hashes.get(requirement.name, frozenset()) | digests
    return Order(
        machine=asked.target,
        lines=tuple(requirement.text for requirement in requirements.named),
        direct=requirements.direct,
        constraints=tuple(requirement.text for requirement in requirements.constraints),
        hashes=hashes,
        preferences=plan_preferences(asked.before, asked.upgrade),
        before=before,
        origins=find_origins(requirements),
        foreign=requirements.foreign,
    )


def _lock(asked: Asked, solution: Solution, recipes: list[Recipe]) -> Lock:
    files = {(file.filename, file.sha256): file for recipe in recipes for file in recipe.files}
    inner = {identity(source): source for recipe in recipes for source in recipe.sources}
    return Lock(
        python=asked.python,
        platform=asked.target.platform,
        fingerprint=asked.requirements.fingerprint,
        files=_sorted_files(solution.files),
        sources=_sorted_sources(recipe.source for recipe in recipes),
        build_files=_sorted_files(files.values()),
        build_sources=_sorted_sources(inner.values()),
    )


def _sorted_files(files: Iterable[LockedFile]) -> tuple[LockedFile, ...]:
    return tuple(sorted(files, key=lambda file: (file.name, file.version, file.filename)))


def _sorted_sources(sources: Iterable[LockedSource]) -> tuple[LockedSource, ...]:
    return tuple(sorted(sources, key=lambda source: (source.name, source.version, source.kind)))


def _find_namesakes(lock: Lock, *, access: Access) -> tuple[Namesake, ...]:
    """Ask the declared sources, all at once, for the names that came from the default index."""
    archives = [source.file for source in (*lock.sources, *lock.build_sources) if source.file]
    everything = (*lock.files, *lock.build_files, *archives)
    names = sorted({file.name for file in everything if file.source == DEFAULT_INDEX})
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        found = threads.map(access.namesakes, names)
        return tuple(
            Namesake(name=name, sources=sources)
            for name, sources in zip(names, found, strict=True)
            if sources
        )


def _find_replaced(asked: Asked, lock: Lock) -> tuple[str, ...]:
    known = {file.filename: file.sha256 for file in asked.before.files} if asked.before else {}
    return tuple(
        file.filename for file in lock.files if known.get(file.filename, file.sha256) != file.sha256
    )
