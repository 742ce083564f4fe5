"""What obtaining a credential may look at, and what it needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from lading.core.identity import Identity
from lading.core.identity.clouds import CLOUDS, Cloud, cloud_of
from lading.core.secret import Secret
from lading.edges.http import Http
from lading.edges.tokens.clouds import read_cloud
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
    cloud_name: str = "public"
    shelf: TokenShelf = field(default_factory=TokenShelf)
    now: Callable[[], float] = time.time

    @property
    def cloud(self) -> Cloud:
        """Return the cloud to sign in to; raises ConfigError for an authority in the clear.

        One that has no name here is asked where to sign in: once in a run. Raises CredentialError
        where it does not say.
        """
        known = CLOUDS.get(self.cloud_name)
        cloud = known or self.shelf.cloud(self.cloud_name, partial(read_cloud, http=self.http))
        return cloud_of(cloud, self.ambient)
