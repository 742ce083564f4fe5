"""What resolving needs of the world, as small protocols."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from lading.core.config import Project
from lading.core.index import IndexFile
from lading.core.lock import LockedFile, LockedSource
from lading.core.machine import Machine
from lading.core.requirements import DirectRequirement
from lading.core.resolution import Pin, Question
from lading.core.wheel import Wheel
from lading.edges.access import Access as SourceAccess
from lading.edges.broker import Broker
from lading.edges.installer import Uv
from lading.edges.store import Store
from lading.edges.terminal import Progress
from lading.edges.wheel_shelf import WheelShelf


class Access(Protocol):
    """The sources, each name from its one home."""

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        """Return the files of a distribution; () for a public name that nobody has."""

    def namesakes(self, name: str) -> tuple[str, ...]:
        """Return the declared sources that offer a name which is not declared for them."""


class Shelf(Protocol):
    """What is known of single files of an index."""

    def read_metadata(self, file: IndexFile) -> bytes:
        """Return a wheel's METADATA, from wherever it is quickest."""

    def read_wheel(self, wheel: Wheel) -> bytes:
        """Return the METADATA of a wheel on this machine."""

    def read_known_metadata(self, sha256: str) -> bytes | None:
        """Return METADATA that was read before, None where it was not."""

    def identify(self, file: IndexFile) -> IndexFile:
        """Return the file with its hash, and its size where that is known."""


class Workshop(Protocol):
    """Sources that come from no index, and everything that must be built."""

    def pin(self, requirement: DirectRequirement) -> LockedSource:
        """Return exactly what a direct requirement means now; name and version may be ""."""

    def read_metadata(self, source: LockedSource) -> bytes | None:
        """Return METADATA without running anything, None where it must be built to know."""

    def read_build_requires(self, source: LockedSource) -> tuple[str, ...]:
        """Return `[build-system].requires`."""

    def ask_build_requires(
        self, source: LockedSource, wheels: tuple[Wheel, ...]
    ) -> tuple[str, ...]:
        """Return what the build back end requires beyond that; runs it, without any access."""

    def build(self, source: LockedSource, wheels: tuple[Wheel, ...]) -> Wheel:
        """Build a wheel from a source with nothing but `wheels`, without any access."""


class Door(Protocol):
    """An open broker."""

    def environment(self) -> Mapping[str, str]:
        """Return what a child process needs to find it."""


class Catalogue(Protocol):
    """What a broker serves."""

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        """Return the files of a distribution."""

    def read_metadata(self, file: IndexFile) -> bytes | None:
        """Return the METADATA of one of them."""

    def open_file(self, file: IndexFile) -> AbstractContextManager[Iterator[bytes]]:
        """Give the bytes of one of them."""


OpenBroker = Callable[[Catalogue], AbstractContextManager[Door]]
RunResolver = Callable[[Question, Mapping[str, str]], tuple[Pin, ...]]
Fetch = Callable[[tuple[LockedFile, ...]], tuple[Wheel, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The edges of a resolution. `builder` is the machine that builds sources."""

    project: Project
    builder: Machine
    access: Access
    shelf: Shelf
    workshop: Workshop
    open_broker: OpenBroker
    run_resolver: RunResolver
    fetch: Fetch
    progress: Progress


def make_tools(
    *,
    access: SourceAccess,
    store: Store,
    workshop: Workshop,
    builder: Machine,
    fetch: Fetch,
    progress: Progress,
) -> Tools:
    """Return the tools of a real resolution: uv, a broker for each round, facts from the store."""

    def open_broker(catalogue: Catalogue) -> AbstractContextManager[Door]:
        return Broker(access, catalogue=catalogue)

    return Tools(
        project=access.project,
        builder=builder,
        access=access,
        shelf=WheelShelf(access=access, store=store),
        workshop=workshop,
        open_broker=open_broker,
        run_resolver=Uv(ambient=access.ambient).run_resolver,
        fetch=fetch,
        progress=progress,
    )
