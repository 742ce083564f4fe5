"""What all sites of the local Azure share: time, faults, files, and what runs packages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from local_azure.clock import Agenda, Clock
from local_azure.faults import Faults
from local_azure.sites.functions_host import ReadOnlyHost, StartHost
from local_azure.sites.hosting import Timing

# Puts a package where a Flex site's configuration says, or raises OSError; (container URL, zip).
StorePackage = Callable[[str, Path], None]


class Fetch(Protocol):
    """Fetches packages."""

    def __call__(self, url: str, *, as_identity: bool = False) -> Iterator[bytes]:
        """Yield what is at an URL, which is shown who the app is where wanted; or raise OSError."""


def _keep_nowhere(_container: str, _package: Path) -> None:
    """Keep no copy: there is no Blob storage."""


def _reach_nothing(url: str, *, as_identity: bool = False) -> Iterator[bytes]:
    del url, as_identity
    raise OSError("there is no Blob storage")


@dataclass(slots=True, kw_only=True)
class World:
    """`start_host`, `store_package` and `timing` may be replaced while it runs."""

    folder: Path
    clock: Clock
    agenda: Agenda
    faults: Faults
    timing: Timing = field(default_factory=Timing)
    start_host: StartHost = ReadOnlyHost
    store_package: StorePackage = _keep_nowhere
    fetch: Fetch = _reach_nothing
