"""What sources are built with: their build requirements, theirs in turn, and the wheels made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lading.core.errors import ResolutionError
from lading.core.lock import Lock, LockedFile, LockedSource
from lading.core.machine import Machine
from lading.core.requirements import DirectRequirement, NamedRequirement
from lading.core.resolution.offers import fits
from lading.core.wheel import Wheel
from lading.stages.resolve.directs import Before, describe, identity, parse_requirement
from lading.stages.resolve.solver import Order, Solution, Solver
from lading.stages.resolve.tools import Tools

# A back end that asks for something new each time would never end.
_ROUNDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a source is built: the source with its pins, and everything that these pins name."""

    source: LockedSource
    files: tuple[LockedFile, ...] = ()
    sources: tuple[LockedSource, ...] = ()


class Making:
    """Finds out what sources are built with, each once; builds them where that must be known."""

    def __init__(self, tools: Tools, *, before: Before) -> None:
        self._tools = tools
        # Building needs solving (of build requirements), and solving needs building (of sources
        # that tell what they require in no other way).
        self.solver = Solver(tools, maker=self)
        self._before = before
        self._recipes: dict[tuple[str, ...], Recipe] = {}
        self._metadata: dict[tuple[str, ...], bytes] = {}
        self._wheels: dict[tuple[str, ...], Wheel] = {}

    def peek(self, source: LockedSource) -> bytes | None:
        """Return METADATA without running anything, None where the source has to be built."""
        key = identity(source)
        if key not in self._metadata:
            metadata = self._tools.workshop.read_metadata(source)
            if metadata is None:
                return None
            self._metadata[key] = metadata
        return self._metadata[key]

    def learn(self, source: LockedSource, trail: tuple[str, ...]) -> bytes:
        """Return METADATA, building the source where there is no other way."""
        metadata = self.peek(source)
        if metadata is None:
            wheel = self.wheel(source, trail)
            metadata = self._metadata[identity(source)] = self._tools.shelf.read_wheel(wheel)
        return metadata

    def recipe(self, source: LockedSource, trail: tuple[str, ...]) -> Recipe:
        """Return how a source is built; raise ResolutionError where it needs itself for that."""
        key = identity(source)
        if key not in self._recipes:
            self._recipes[key] = self._kept_recipe(source) or self._new_recipe(source, trail)
        known = self._recipes[key]
        named = replace(source, build_requires=known.source.build_requires)
        return replace(known, source=named)

    def wheel(self, source: LockedSource, trail: tuple[str, ...]) -> Wheel:
        """Return a source as a wheel, built with its recipe."""
        key = identity(source)
        if key not in self._wheels:
            wheels = self.bench(source, trail)
            self._wheels[key] = self._tools.workshop.build(
                self.recipe(source, trail).source, wheels
            )
        return self._wheels[key]

    def bench(self, source: LockedSource, trail: tuple[str, ...]) -> tuple[Wheel, ...]:
        """Return the wheels that a source is built with, fetched and built."""
        recipe = self.recipe(source, trail)
        inner = (*trail, source.name or describe(source))
        return self._wheels_of(recipe.files, self._own(recipe), inner)

    def _own(self, recipe: Recipe) -> tuple[LockedSource, ...]:
        """Return the sources that stand in the build environment itself."""
        pins = set(recipe.source.build_requires)
        return tuple(
            source for source in recipe.sources if f"{source.name}=={source.version}" in pins
        )

    def _new_recipe(self, source: LockedSource, trail: tuple[str, ...]) -> Recipe:
        if source.is_wheel:
            return Recipe(source=source)
        name = source.name or describe(source)
        if name in trail:
            raise ResolutionError(
                f"{' needs '.join((*trail[trail.index(name) :], name))} to be built",
                remedy="Provide a wheel of one of them.",
            )
        inner = (*trail, name)
        asked = tuple(self._tools.workshop.read_build_requires(source))
        for _ in range(_ROUNDS):
            solution = self.solver.solve(self._order(asked, name, inner))
            wheels = self._wheels_of(solution.files, solution.sources, inner)
            more = self._tools.workshop.ask_build_requires(source, wheels)
            new = tuple(text for text in more if text not in asked)
            if not new:
                return self._complete(source, solution, inner)
            asked = (*asked, *new)
        raise ResolutionError(
            f"the build back end of {name} asks for something new each time it is asked",
            remedy="Look at its build back end, or provide a wheel of it.",
        )

    def _order(self, asked: tuple[str, ...], name: str, trail: tuple[str, ...]) -> Order:
        origin = f"the build of {name}"
        project = self._tools.project
        parsed = [parse_requirement(text, project=project, origin=origin) for text in asked]
        named = [one for one in parsed if isinstance(one, NamedRequirement)]
        direct: list[DirectRequirement] = [
            one for one in parsed if not isinstance(one, NamedRequirement)
        ]
        return Order(
            machine=self._tools.builder,
            lines=tuple(one.text for one in named),
            direct=tuple(direct),
            preferences=_build_preferences(self._before),
            origins={one.name: (origin,) for one in parsed if one.name},
            trail=trail,
        )

    def _wheels_of(
        self,
        files: tuple[LockedFile, ...],
        sources: tuple[LockedSource, ...],
        trail: tuple[str, ...],
    ) -> tuple[Wheel, ...]:
        built = [self.wheel(source, trail) for source in sources]
        return (*self._tools.fetch(files), *built)

    def _complete(self, source: LockedSource, solution: Solution, trail: tuple[str, ...]) -> Recipe:
        """Return the recipe together with the recipes of what it is built with."""
        inner = [self.recipe(one, trail) for one in solution.sources]
        pins = [f"{one.name}=={one.version}" for one in solution.everything]
        return Recipe(
            source=replace(source, build_requires=tuple(sorted(pins))),
            files=(*solution.files, *(file for recipe in inner for file in recipe.files)),
            sources=(
                *(recipe.source for recipe in inner),
                *(one for recipe in inner for one in recipe.sources),
            ),
        )

    def _kept_recipe(self, source: LockedSource) -> Recipe | None:
        """Return the recipe of the lock before, where it is to be kept and can be used here."""
        lock = self._before.lock
        # A folder on this machine may have changed what it is built with.
        if lock is None or self._before.upgrade.everything or source.kind == "path":
            return None
        for locked in (*lock.sources, *lock.build_sources):
            if identity(locked) == identity(source):
                return _recipe_in(lock, locked, self._tools.builder)
        return None


def _recipe_in(lock: Lock, source: LockedSource, builder: Machine) -> Recipe | None:
    """Return the recipe that a lock holds, None where it is not whole or not for this machine."""
    files: dict[str, LockedFile] = {}
    sources: dict[str, LockedSource] = {}
    waiting = list(source.build_requires)
    while waiting:
        pin = waiting.pop()
        if pin in files or pin in sources:
            continue
        file = next((one for one in lock.build_files if f"{one.name}=={one.version}" == pin), None)
        inner = next(
            (one for one in lock.build_sources if f"{one.name}=={one.version}" == pin), None
        )
        if file is not None and fits(file.filename, builder):
            files[pin] = file
        elif inner is not None:
            sources[pin] = inner
            waiting += inner.build_requires
        else:
            return None
    if not source.build_requires and not source.is_wheel:
        return None
    return Recipe(source=source, files=tuple(files.values()), sources=tuple(sources.values()))


def _build_preferences(before: Before) -> tuple[str, ...]:
    if before.lock is None or before.upgrade.everything:
        return ()
    pins = [(one.name, one.version) for one in before.lock.build_files]
    # Two sources may be built with two versions of one thing: then neither is preferred.
    names = [name for name, _ in pins]
    return tuple(
        f"{name}=={version}"
        for name, version in sorted(pins)
        if names.count(name) == 1 and not before.upgrade.frees(name)
    )
