"""Core metadata of a distribution: what a resolver and a reader of the lock need of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from lading.core.machine import Machine

_REQUIRES = "requires-dist:"
_EXTRA = re.compile(r"""extra == ["']([^"']+)["']""")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectLink:
    """A requirement in metadata that names a URL instead of leaving the place to an index."""

    name: str
    url: str
    marker: str = ""

    def applies_to(self, machine: Machine, *, extras: Iterable[str]) -> bool:
        """Say whether it is required on a machine when some extras are asked for."""
        if not self.marker:
            return True
        marker = Marker(self.marker)
        return any(marker.evaluate({**machine.markers, "extra": extra}) for extra in ("", *extras))

    @property
    def extras(self) -> tuple[str, ...]:
        """Return the extras that its marker speaks of."""
        return tuple(_EXTRA.findall(self.marker))


def parse_direct_links(metadata: bytes) -> tuple[DirectLink, ...]:
    """Return the requirements of METADATA that name a URL, whatever their markers say."""
    raw, _unparsed = parse_email(metadata)
    links = []
    for text in raw.get("requires_dist", ()):
        requirement = _requirement(text)
        if requirement is not None and requirement.url:
            links.append(_link(requirement, requirement.url))
    return tuple(links)


def parse_required_names(metadata: bytes) -> frozenset[str]:
    """Return the canonical names of all that METADATA requires, whatever their markers say."""
    raw, _unparsed = parse_email(metadata)
    parsed = (_requirement(text) for text in raw.get("requires_dist", ()))
    return frozenset(canonicalize_name(one.name) for one in parsed if one is not None)


def render_without_links(metadata: bytes, *, pin: Callable[[DirectLink], str | None]) -> bytes:
    """Return METADATA in which every link became a name that an index can serve.

    A resolver refuses links in the metadata of an index's file; the index that it is shown knows
    where the name leads. `pin` tells the version that a link leads to, None while nobody knows.
    """
    head, separator, description = metadata.partition(b"\n\n")
    lines = [_without_link(line, pin) for line in head.decode("utf-8", "replace").split("\n")]
    return "\n".join(lines).encode() + separator + description


def _without_link(line: str, pin: Callable[[DirectLink], str | None]) -> str:
    if not line.lower().startswith(_REQUIRES):
        return line
    requirement = _requirement(line[len(_REQUIRES) :].strip())
    if requirement is None or not requirement.url:
        return line
    version = pin(_link(requirement, requirement.url))
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    pinned = f"=={version}" if version else ""
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    return f"Requires-Dist: {requirement.name}{extras}{pinned}{marker}"


def _link(requirement: Requirement, url: str) -> DirectLink:
    marker = str(requirement.marker) if requirement.marker else ""
    return DirectLink(name=canonicalize_name(requirement.name), url=url, marker=marker)


def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None
