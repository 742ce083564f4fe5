"""A credential as it was obtained: from where, until when, and for how much of its source."""

from __future__ import annotations

from dataclasses import dataclass

from lading.core.access.scope import UrlError, covers, parse_url
from lading.core.secret import Credential

# Seconds before its end at which a credential is replaced: Entra's own libraries take five minutes.
_MARGIN = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What was obtained for a source.

    `origin` tells it ("the variable SYSTEM_ACCESSTOKEN"); `reason` tells why this one was chosen,
    "" where nothing was chosen. `obtained` and `expires` are seconds since the epoch, `expires`
    None where nobody says. `scope` is a URL prefix where the credential opens less than its source.
    """

    credential: Credential
    origin: str
    reason: str = ""
    obtained: float = 0.0
    expires: float | None = None
    scope: str | None = None

    def opens(self, url: str) -> bool:
        """Say whether it is the one for a URL of its source."""
        if self.scope is None:
            return True
        try:
            return covers(self.scope, parse_url(url))
        except UrlError:
            return False

    def is_due(self, now: float) -> bool:
        """Say whether it is time to obtain the next one.

        What has less than ten minutes left when it is obtained is replaced after half of them: the
        Azure CLI, for one, gives the token that it has up to its last minutes.
        """
        if self.expires is None:
            return False
        lifetime = max(self.expires - self.obtained, 0.0)
        return now >= self.expires - min(_MARGIN, lifetime / 2)

    def is_over(self, now: float) -> bool:
        """Say whether it has expired."""
        return self.expires is not None and now >= self.expires
