"""The way through a lock before 2.1, which tells no groups, from the pyproject.toml beside it."""

from __future__ import annotations

from collections import deque

from packaging.utils import canonicalize_name

from lading.core.requirements.foreign import Asking, holds
from lading.core.requirements.foreign.poetry_lock.asked import parse_asked
from lading.core.requirements.foreign.poetry_lock.package import PoetryPackage
from lading.core.requirements.lines import LineError
from lading.core.requirements.poetry_tables import PoetryDependency, admits, read_dependencies


def find_by_walk(
    packages: tuple[PoetryPackage, ...], asking: Asking, problems: list[str]
) -> list[PoetryPackage]:
    """Return what an older lock has: everything that is reached from the pyproject.toml."""
    if not asking.pyproject:
        problems.append(
            "is of a version that does not tell groups, and there is no pyproject.toml beside it; "
            "write it anew with Poetry 2: poetry lock"
        )
        return []
    return _Walk(packages, asking, problems).found()


class _Walk:
    """One walk through a lock, from the dependencies of its pyproject.toml."""

    def __init__(
        self, packages: tuple[PoetryPackage, ...], asking: Asking, problems: list[str]
    ) -> None:
        self._asking = asking
        self._problems = problems
        self._packages: dict[str, list[PoetryPackage]] = {}
        for one in packages:
            self._packages.setdefault(one.name, []).append(one)
        self._found: dict[str, PoetryPackage] = {}
        self._waiting: deque[tuple[PoetryPackage, str]] = deque()

    def found(self) -> list[PoetryPackage]:
        for dependency in parse_asked(self._asking, self._problems):
            self._follow(dependency, is_asked=True)
        entered: set[tuple[str, str]] = set()
        while self._waiting:
            one, extra = self._waiting.popleft()
            if (one.name, extra) in entered:
                continue
            entered.add((one.name, extra))
            self._enter(one, extra)
        return list(self._found.values())

    def _enter(self, one: PoetryPackage, extra: str) -> None:
        table = one.table.table("extras") if extra and "extras" in one.table else None
        named = {
            canonicalize_name(text.split(" ")[0].split("[")[0].split("(")[0])
            for key in table or ()
            if table is not None and canonicalize_name(key) == extra
            for text in table.texts(key)
        }
        for dependency in read_dependencies(one.table, "dependencies"):
            if not dependency.optional or dependency.name in named:
                self._follow(dependency, is_asked=False, extra=extra)

    def _follow(self, dependency: PoetryDependency, *, is_asked: bool, extra: str = "") -> None:
        where = self._asking.machine
        try:
            if not admits(dependency.python or "*", where.markers["python_full_version"]):
                return
            active = (extra, *map(canonicalize_name, self._asking.extras)) if is_asked else (extra,)
            if dependency.marker and not holds(dependency.marker, where, active=active):
                return
            one = self._package(dependency)
        except LineError as error:
            self._problems.append(f"{dependency.name}: {error}")
            return
        if one is None:
            return
        self._found[one.name] = one
        self._waiting += [(one, ""), *((one, name) for name in dependency.extras)]

    def _package(self, dependency: PoetryDependency) -> PoetryPackage | None:
        """Return the package of a name; of several the one for this Python and constraint."""
        python = self._asking.machine.markers["python_full_version"]
        found = self._packages.get(dependency.name, [])
        if len(found) > 1:
            found = [
                one
                for one in found
                if admits(one.table.text("python-versions") or "*", python)
                and (dependency.direct or admits(dependency.constraint, one.version))
            ]
        if len(found) == 1:
            return found[0]
        what = "not in it" if not found else "in it more than once"
        self._problems.append(f"{dependency.name} is {what}; write it anew: poetry lock")
        return None
