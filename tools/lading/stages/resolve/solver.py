"""The rounds: ask the resolver, find out what it could not know, ask again until it can answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from lading.core.lock import LockedFile, LockedSource, LockedThing, by_name
from lading.core.machine import Machine
from lading.core.requirements import DirectRequirement, ForeignLock
from lading.core.resolution import (
    Pin,
    Question,
    UnsolvedError,
    applies_to,
    render_direct,
    with_origins,
)
from lading.core.resolution.metadata import DirectLink
from lading.core.resolution.offers import Offer, fits
from lading.core.resolution.refusals import render_refusal
from lading.stages.resolve.catalogue import Catalogue
from lading.stages.resolve.directs import Before, Directs, check_links
from lading.stages.resolve.listed import Listed, ListedAccess, parse_listed
from lading.stages.resolve.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be solved for which machine.

    `lines` are requirements that an index serves, `direct` those with a place of their own;
    `hashes` allow only some files of a name (SHA-256); `origins` tell which files ask for a name;
    `trail` names what is being built, the outermost first. With a `foreign` lock the lines are its
    pins, and nothing else may be taken.
    """

    machine: Machine
    lines: tuple[str, ...]
    direct: tuple[DirectRequirement, ...] = ()
    constraints: tuple[str, ...] = ()
    hashes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    preferences: tuple[str, ...] = ()
    before: Before = field(default_factory=Before)
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    trail: tuple[str, ...] = ()
    foreign: ForeignLock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What was chosen: wheels of an index, and everything else."""

    files: tuple[LockedFile, ...] = ()
    sources: tuple[LockedSource, ...] = ()

    @property
    def everything(self) -> tuple[LockedThing, ...]:
        """Return all that was chosen, by name."""
        return by_name([*self.files, *self.sources])


class Maker(Protocol):
    """Who knows what sources require, and can build them to find out."""

    def peek(self, source: LockedSource) -> bytes | None:
        """Return METADATA without running anything, None where the source has to be built."""

    def learn(self, source: LockedSource, trail: tuple[str, ...]) -> bytes:
        """Return METADATA, building the source where there is no other way."""


class Solver:
    """Solves orders. What it learns of sources it learns from `maker`."""

    def __init__(self, tools: Tools, *, maker: Maker) -> None:
        self._tools = tools
        self._maker = maker

    def solve(self, order: Order) -> Solution:
        """Return what answers an order.

        Raises ResolutionError where nothing does, and the source's own error where one failed.
        """
        directs = self._directs(order)
        # What another platform needs may be out of reach from here, and is not looked at.
        wanted = [one for one in order.direct if applies_to(order.machine, one)]
        pinned = [(requirement, directs.add(requirement)) for requirement in wanted]
        found = ((source.name, requirement) for requirement, source in pinned)
        order = replace(order, origins=with_origins(order.origins, found))
        question = Question(
            machine=order.machine,
            lines=(*order.lines, *(render_direct(*pair) for pair in pinned)),
            constraints=order.constraints,
            preferences=order.preferences,
            overrides=order.foreign.overrides if order.foreign else (),
            excludes=order.foreign.excludes if order.foreign else (),
        )
        while True:
            catalogue = self._catalogue(order, directs)
            pins = self._ask(question, order, catalogue)
            if not self._work_off(catalogue, directs, order, pins):
                return _assemble(pins, catalogue, directs, order)

    def _directs(self, order: Order) -> Directs:
        def pin(requirement: DirectRequirement) -> LockedSource:
            return order.before.pinned(requirement) or self._tools.workshop.pin(requirement)

        return Directs(
            project=self._tools.project,
            machine=order.machine,
            pin=pin,
            metadata_of=lambda source: self._maker.learn(source, order.trail),
            decided=order.foreign is not None,
        )

    def _catalogue(self, order: Order, directs: Directs) -> Catalogue:
        access = self._tools.access
        if order.foreign is not None:
            listed = Listed(
                lock=order.foreign.path,
                pins=parse_listed(order.lines),
                hashes=order.hashes,
                machine=order.machine,
            )
            access = ListedAccess(access, listed=listed, identify=self._tools.shelf.identify)
        return Catalogue(
            machine=order.machine,
            access=access,
            shelf=self._tools.shelf,
            directs=directs,
            metadata_of=self._maker.peek,
            hashes=order.hashes,
        )

    def _ask(self, question: Question, order: Order, catalogue: Catalogue) -> tuple[Pin, ...]:
        """Ask once; () where the answer waits for what the catalogue could not tell."""
        refusal: UnsolvedError | None = None
        pins: tuple[Pin, ...] = ()
        with self._tools.open_broker(catalogue) as door:
            try:
                pins = self._tools.run_resolver(question, door.environment())
            except UnsolvedError as error:
                # Kept until the broker is closed, which may know of a bug behind the refusal.
                refusal = error
        # The resolver got by without it; but a declared name that could not be asked for must
        # never end up as an answer without it.
        if catalogue.failure is not None:
            raise catalogue.failure
        if refusal is None or catalogue.unbuilt or catalogue.unpinned:
            return pins
        if catalogue.metadata_failure is not None:
            raise catalogue.metadata_failure
        raise render_refusal(refusal.text, machine=order.machine, origins=order.origins)

    def _work_off(
        self, catalogue: Catalogue, directs: Directs, order: Order, pins: tuple[Pin, ...]
    ) -> bool:
        """Find out what the round lacked; say whether that was anything."""
        found = _unpinned(pins, catalogue, directs, order)
        links = found if pins else list(catalogue.unpinned.values())
        for link, asked_by in links:
            self._tools.progress.detail(f"{asked_by} links to {link.name}")
            directs.add_link(link, asked_by=asked_by)
        if pins:
            return bool(links)
        for title, source in sorted(catalogue.unbuilt.items()):
            self._tools.progress.note(f"building {title} to learn what it requires")
            self._maker.learn(source, order.trail)
        return bool(links or catalogue.unbuilt)


def _unpinned(
    pins: tuple[Pin, ...], catalogue: Catalogue, directs: Directs, order: Order
) -> list[tuple[DirectLink, str]]:
    """Return the links of what was chosen that nobody followed yet."""
    return [
        (link, f"{pin.name} {pin.version}")
        for pin in pins
        for link in catalogue.links_of(pin.name, pin.version)
        if link.applies_to(order.machine, extras=pin.extras) and directs.behind(link) is None
    ]


def _assemble(
    pins: tuple[Pin, ...], catalogue: Catalogue, directs: Directs, order: Order
) -> Solution:
    files: list[LockedFile] = []
    sources: dict[str, LockedSource] = {}
    for pin in pins:
        origins = order.origins.get(pin.name, ())
        required_by = tuple(sorted({*pin.required_by, *origins}))
        offer = catalogue.offer(pin.name, pin.version)
        if isinstance(offer, LockedSource):
            sources[pin.name] = replace(offer, required_by=required_by)
        elif offer.must_be_built:
            sources[pin.name] = replace(catalogue.as_source(offer), required_by=required_by)
        else:
            kept = _kept(offer, catalogue, order)
            files.append(replace(catalogue.as_file(kept), required_by=required_by))
    _check_links(pins, catalogue, directs, order, sources)
    return Solution(files=tuple(files), sources=tuple(sources.values()))


def _kept(offer: Offer, catalogue: Catalogue, order: Order) -> Offer:
    """Return the file that was locked before, where it is still offered, else the best one."""
    for file in order.before.lock.files if order.before.lock else ():
        if file.name != offer.file.name or order.before.upgrade.frees(file.name):
            continue
        for listed in catalogue.listed(file.name):
            same = (listed.filename, listed.sha256) == (file.filename, file.sha256)
            if same and file.version == offer.version and fits(file.filename, order.machine):
                return replace(offer, file=listed)
    return offer


def _check_links(
    pins: tuple[Pin, ...],
    catalogue: Catalogue,
    directs: Directs,
    order: Order,
    sources: Mapping[str, LockedSource],
) -> None:
    for pin in pins:
        for link in catalogue.links_of(pin.name, pin.version):
            if link.applies_to(order.machine, extras=pin.extras):
                asked_by = f"{pin.name} {pin.version}"
                chosen = sources.get(link.name)
                check_links(link, asked_by=asked_by, chosen=chosen, directs=directs)
