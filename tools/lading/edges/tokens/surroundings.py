"""What obtaining a credential may look at, and what it needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lading.core.identity import Identity
from lading.core.secret import Secret
from lading.edges.http import Http


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where credentials are looked for, and what obtaining one needs.

    `keep` is to be told every secret before it is used, one that is only exchanged for another
    too. `identity` is the project's own; `now` gives seconds since the epoch.
    """

    ambient: Mapping[str, str]
    http: Http
    keep: Callable[[Secret], None]
    identity: Identity | None = None
    now: Callable[[], float] = time.time
