"""A credential as it was obtained: from where, until when, and for how much of its source."""

from __future__ import annotations

from dataclasses import dataclass

from lading.core.access.scope import longest_cover
from lading.core.errors import CredentialError
from lading.core.secret import Credential
from lading.core.urls import UrlError, parse_url

# Seconds before its end at which a credential is replaced: Entra's own libraries take five minutes.
_MARGIN = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What was obtained for a source.

    `origin` tells it ("the variable SYSTEM_ACCESSTOKEN"); `reason` tells why this one was chosen,
    "" where nothing was chosen. `obtained` and `expires` are seconds since the epoch, `expires`
    None where nobody says. `scopes` are the URL prefixes, ending in "/", where the credential opens
    less than its source: one repository has two spellings.
    """

    credential: Credential
    origin: str
    reason: str = ""
    obtained: float = 0.0
    expires: float | None = None
    scopes: tuple[str, ...] = ()

    def opens(self, url: str) -> bool:
        """Say whether it is the one for a URL of its source."""
        return not self.scopes or _cover(self.scopes, url) is not None

    def scope_of(self, url: str) -> str | None:
        """Return the prefix to which it may be sent with a URL, None for its source's own."""
        return _cover(self.scopes, url)

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


class PartNotIssuedError(CredentialError):
    """No credential could be had for a part of a source, `scopes`; others may well have one."""

    def __init__(self, message: str, *, remedy: str, scopes: tuple[str, ...]) -> None:
        super().__init__(message, remedy=remedy)
        self.scopes = scopes

    def concerns(self, url: str) -> bool:
        """Say whether a URL is in the part that has none."""
        return _cover(self.scopes, url) is not None


def _cover(scopes: tuple[str, ...], url: str) -> str | None:
    try:
        # The address of a repository itself is the prefix without its "/".
        return longest_cover(scopes, parse_url(url if url.endswith("/") else f"{url}/"))
    except UrlError:
        return None
