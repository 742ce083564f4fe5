"""What obtaining a credential may look at, and what it needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lading.core.identity import Identity
from lading.core.identity.clouds import Cloud, CloudName, cloud_of
from lading.core.secret import Secret
from lading.edges.http import Http
from lading.edges.tokens.token_shelf import TokenShelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where credentials are looked for, and what obtaining one needs.

    `keep` is to be told every secret before it is used, one that is only exchanged for another
    too. `identity` and `cloud_name` are the project's own; `shelf` has what several share; `now`
    gives seconds since the epoch.
    """

    ambient: Mapping[str, str]
    http: Http
    keep: Callable[[Secret], None]
    identity: Identity | None = None
    cloud_name: CloudName = "public"
    shelf: TokenShelf = field(default_factory=TokenShelf)
    now: Callable[[], float] = time.time

    @property
    def cloud(self) -> Cloud:
        """Return the cloud to sign in to; raises ConfigError for an authority in the clear."""
        return cloud_of(self.cloud_name, self.ambient)
