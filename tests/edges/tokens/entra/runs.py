"""One run that signs in: its environment, its clock, and what it kept secret."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lading.core.identity import parse_identity
from lading.core.identity.clouds import AZURE_DEVOPS
from lading.core.secret import Secret
from lading.edges.http import Http, TimeLimits
from lading.edges.tokens.entra import Entra
from lading.edges.tokens.surroundings import Surroundings


@dataclass(kw_only=True)
class Run:
    """A run with an identity: its environment, what it was told to keep, and its clock."""

    ambient: dict[str, str]
    folder: Path
    kept: list[Secret] = field(default_factory=list)
    limits: TimeLimits | None = None
    now: float = field(default_factory=time.time)

    @property
    def surroundings(self) -> Surroundings:
        """Return what an obtainer of tokens is given; each time with an empty shelf."""
        http = Http(self.ambient, limits=self.limits, sleep=lambda _: None)
        return Surroundings(
            ambient=self.ambient, http=http, keep=self.kept.append, now=lambda: self.now
        )

    def token(self, identity: str | None = None, **options: float) -> str:
        """Return a token for Azure DevOps as a run that declares `identity` obtains it."""
        entra = Entra(self.surroundings, **options)
        choice = entra.choose(parse_identity(identity) if identity else None)
        assert choice is not None
        return entra.token(choice, AZURE_DEVOPS).credential.password.reveal()


Become = Callable[..., Run]
