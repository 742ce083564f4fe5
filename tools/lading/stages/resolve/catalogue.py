"""What the resolver is shown: one file per version, sources as the wheels that they will be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from packaging.utils import canonicalize_name

from lading.core.errors import LadingError, ResolutionError
from lading.core.index import IndexFile
from lading.core.lock import LockedFile, LockedSource
from lading.core.machine import Machine
from lading.core.resolution.metadata import (
    DirectLink,
    parse_direct_links,
    parse_required_names,
    render_without_links,
)
from lading.core.resolution.offers import Offer, choose_offer, choose_offers, stand_in
from lading.stages.resolve.directs import Directs
from lading.stages.resolve.listed import NotListedError
from lading.stages.resolve.tools import Access, Shelf

MetadataOf = Callable[[LockedSource], bytes | None]
# Not the name of any source: what stands in the catalogue is fetched from nowhere.
SHOWN = "catalogue"


class NotYetError(LadingError):
    """The resolver asked for something that is known only after more work, with the broker shut."""

    exit_code = 5
    code = "resolution"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not known yet", remedy="Nothing: lading asks again.")


class Catalogue:
    """One round's view of everything that can be chosen. Used from the broker's threads.

    `unbuilt` and `unpinned` tell what has to be found out before the next round; `failure` is the
    first error of a source, which no answer of the resolver may hide.
    """

    def __init__(
        self,
        *,
        machine: Machine,
        access: Access,
        shelf: Shelf,
        directs: Directs,
        metadata_of: MetadataOf,
        hashes: Mapping[str, frozenset[str]],
    ) -> None:
        self._machine = machine
        self._access = access
        self._shelf = shelf
        self._directs = directs
        self._metadata_of = metadata_of
        self._hashes = hashes
        self._offers: dict[str, Offer | LockedSource] = {}
        self._pages: dict[str, tuple[IndexFile, ...]] = {}
        self._links: dict[tuple[str, str], tuple[DirectLink, ...]] = {}
        self._linked: dict[str, tuple[DirectLink, str]] = {}
        self._read: dict[str, bytes] = {}
        self.unbuilt: dict[str, LockedSource] = {}
        self.unpinned: dict[str, tuple[DirectLink, str]] = {}
        self.failure: LadingError | None = None
        self.metadata_failure: LadingError | None = None

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        """Return one file for every version that can be had."""
        canonical = canonicalize_name(name)
        if direct := self._directs.versions_of(canonical):
            return tuple(self._show_direct(source) for source in direct.values())
        if canonical in self._linked:
            self.unpinned[canonical] = self._linked[canonical]
            raise NotYetError(canonical)
        if canonical not in self._pages:
            # The broker asks again for each file of a page.
            self._pages[canonical] = self._page(canonical)
        return self._pages[canonical]

    def read_metadata(self, file: IndexFile) -> bytes:
        """Return METADATA without links; raise NotYetError where it has to be built first."""
        offer = self._offers.get(file.filename)
        if offer is None:
            raise NotYetError(file.filename)
        try:
            metadata = self._metadata(offer)
        except LadingError as error:
            if not isinstance(error, NotYetError):
                self.metadata_failure = self.metadata_failure or error
            raise
        self._read[f"{file.name} {file.version}"] = metadata
        self._note_links(file, metadata)
        return render_without_links(metadata, pin=self._version_behind)

    def open_file(self, file: IndexFile) -> AbstractContextManager[Iterator[bytes]]:
        """Refuse: a resolver reads metadata, and nothing else of a file."""
        raise NotYetError(file.filename)

    def offer(self, name: str, version: str) -> Offer | LockedSource:
        """Return what stands behind a version that the resolver chose."""
        direct = self._directs.versions_of(name)
        if version in direct:
            return direct[version]
        offer = choose_offer(self._files(name), version, self._machine)
        if offer is None or not offer.usable:
            raise ResolutionError(
                f"{name} {version} has no file for {self._machine.name}",
                remedy="Ask for another version of it.",
            )
        return offer

    def listed(self, name: str) -> tuple[IndexFile, ...]:
        """Return every file of a name that may be taken."""
        return self._files(name)

    def links_of(self, name: str, version: str) -> tuple[DirectLink, ...]:
        """Return the links that were found in the metadata of a version."""
        return self._links.get((name, version), ())

    def _page(self, name: str) -> tuple[IndexFile, ...]:
        offers = choose_offers(self._files(name), self._machine)
        for offer in offers:
            self._offers[offer.shown.filename] = offer
        # The door gives public files their own addresses; nothing of this page is one.
        return tuple(replace(offer.shown, source=SHOWN) for offer in offers)

    def _files(self, name: str) -> tuple[IndexFile, ...]:
        try:
            files = self._access.list_files(name)
        except NotListedError as error:
            error = error.asked_by(self._askers(name))
            self.failure = self.failure or error
            raise error from None
        except LadingError as error:
            self.failure = self.failure or error
            raise
        allowed = self._hashes.get(name)
        return tuple(file for file in files if allowed is None or file.sha256 in allowed)

    def _askers(self, name: str) -> tuple[str, ...]:
        """Return what was read so far that requires a name, whatever its markers say."""
        return tuple(
            sorted(
                who
                for who, metadata in self._read.items()
                if name in parse_required_names(metadata)
            )
        )

    def _show_direct(self, source: LockedSource) -> IndexFile:
        shown = stand_in(source.name, source.version, source=SHOWN)
        self._offers[shown.filename] = source
        return shown

    def _metadata(self, offer: Offer | LockedSource) -> bytes:
        if isinstance(offer, Offer) and not offer.must_be_built:
            return self._shelf.read_metadata(offer.file)
        source = self.as_source(offer) if isinstance(offer, Offer) else offer
        metadata = self._metadata_of(source)
        if metadata is None:
            self.unbuilt[f"{source.name} {source.version}"] = source
            raise NotYetError(f"{source.name} {source.version}")
        return metadata

    def as_source(self, offer: Offer) -> LockedSource:
        """Return the source archive behind an offer that must be built."""
        file = self.as_file(offer)
        return LockedSource(kind="archive", name=file.name, version=file.version, file=file)

    def as_file(self, offer: Offer) -> LockedFile:
        """Return the file behind an offer, with its hash."""
        file = self._shelf.identify(offer.file)
        return LockedFile(
            name=file.name,
            version=offer.version,
            filename=file.filename,
            sha256=file.sha256 or "",
            source=file.source,
            size=file.size,
        )

    def _note_links(self, file: IndexFile, metadata: bytes) -> None:
        links = parse_direct_links(metadata)
        asked_by = f"{file.name} {file.version}"
        self._links[file.name, file.version] = links
        for link in links:
            if self._directs.behind(link) is not None:
                continue
            if link.applies_to(self._machine, extras=link.extras):
                self._linked.setdefault(link.name, (link, asked_by))

    def _version_behind(self, link: DirectLink) -> str | None:
        source = self._directs.behind(link)
        return source.version if source else None
