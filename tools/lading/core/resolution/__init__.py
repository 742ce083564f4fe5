"""What a resolver is asked, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from lading.core.errors import ResolutionError
from lading.core.lock import Lock, LockedSource
from lading.core.machine import Machine
from lading.core.requirements import DirectRequirement, Requirements


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a resolver has to find versions for.

    `lines` are PEP 508 requirements, `constraints` bind without asking; `preferences` are
    `name==version` pins to keep where they still answer. `overrides` (PEP 508) and `excludes`
    (names) stand in the place of what distributions require.
    """

    lines: tuple[str, ...]
    machine: Machine
    constraints: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A version that was chosen, with the extras that were asked for.

    `required_by` are canonical names of distributions.
    """

    name: str
    version: str
    extras: tuple[str, ...] = ()
    required_by: tuple[str, ...] = ()


class UnsolvedError(Exception):
    """The resolver found no answer, or could not go on; `text` is what it said."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """Which pins of the lock before are not kept: all of them, or those of some names."""

    everything: bool = False
    names: tuple[str, ...] = ()

    def frees(self, name: str) -> bool:
        """Say whether a distribution may move to another version."""
        return self.everything or canonicalize_name(name) in self.names


_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[(?P<extras>[^\]]*)\])?"
    r"==(?P<version>\S+)(?:\s+# via (?P<via>.*))?"
)


def parse_pins(text: str) -> tuple[Pin, ...]:
    """Read `name==version  # via a, b` lines; raise ValueError at anything else."""
    return tuple(_pin(line) for line in text.splitlines() if line.strip())


def _pin(line: str) -> Pin:
    match = _PIN.fullmatch(line.rstrip())
    if match is None:
        raise ValueError(f"the resolver answered with a line that is no pin: {line}")
    # "-r FILE" and "-c FILE" are the question's own lines, whose origins lading knows better.
    via = [word.strip() for word in (match["via"] or "").split(",")]
    names = {canonicalize_name(word) for word in via if word and not word.startswith("-")}
    return Pin(
        name=canonicalize_name(match["name"]),
        version=match["version"],
        extras=tuple(word.strip() for word in (match["extras"] or "").split(",") if word.strip()),
        required_by=tuple(sorted(names)),
    )


def render_direct(requirement: DirectRequirement, source: LockedSource) -> str:
    """Return the line that asks for exactly what a direct requirement was pinned to."""
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    return f"{source.name}{extras}=={source.version}{marker}"


def applies_to(machine: Machine, requirement: DirectRequirement) -> bool:
    """Say whether the marker of a direct requirement holds on a machine."""
    if requirement.marker is None:
        return True
    return Marker(requirement.marker).evaluate({**machine.markers, "extra": ""})


def plan_preferences(previous: Lock | None, upgrade: Upgrade) -> tuple[str, ...]:
    """Return the pins of the lock before that are to be kept."""
    if previous is None or upgrade.everything:
        return ()
    pins = [(file.name, file.version) for file in previous.files]
    pins += [(source.name, source.version) for source in previous.sources]
    return tuple(f"{name}=={version}" for name, version in sorted(pins) if not upgrade.frees(name))


def find_origins(requirements: Requirements) -> dict[str, tuple[str, ...]]:
    """Return for each name that is asked for the files that ask for it, without line numbers.

    A lock must not change because somebody wrote a comment above a requirement. Of what another
    tool's lock has these are the names that the app itself asks for.
    """
    found: dict[str, set[str]] = {}
    foreign = requirements.foreign
    for requirement in (*requirements.named, *requirements.direct):
        if requirement.name and (foreign is None or requirement.name in foreign.roots):
            name = canonicalize_name(requirement.name)
            found.setdefault(name, set()).add(_file_of(requirement.origin))
    return {name: tuple(sorted(files)) for name, files in found.items()}


def with_origins(
    origins: Mapping[str, tuple[str, ...]], found: Iterable[tuple[str, DirectRequirement]]
) -> dict[str, tuple[str, ...]]:
    """Return the origins with those of requirements whose names were found out since."""
    files = {name: set(known) for name, known in origins.items()}
    for name, requirement in found:
        files.setdefault(name, set()).add(_file_of(requirement.origin))
    return {name: tuple(sorted(known)) for name, known in files.items()}


def _file_of(origin: str) -> str:
    path, separator, line = origin.rpartition(":")
    return path if separator and line.isdigit() else origin


def check_nothing_is_asked(requirements: Requirements, machine: Machine) -> None:
    """Raise ResolutionError where requirements exist; call it when nothing was chosen for them."""
    if requirements.empty:
        return
    raise ResolutionError(
        f"nothing that is asked for applies to {machine.name}: every marker is false there",
        remedy="Check the markers (the part after ';') of the requirements.",
    )
