"""Where a credential may go: the one decision `covers`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from lading.core.secret import Credential
from lading.core.urls import Url, parse_url

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ufffd]")
# Servers behind proxies decode up to twice; what is not stable by then was made to confuse.
_DECODINGS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A credential and the URL prefix, ending in "/", under which it may be shown."""

    credential: Credential
    scope: str


def covers(scope: str, url: Url) -> bool:
    """Say whether a credential of `scope` may be sent to `url`.

    Only over https, to the same host and port, and below the scope's path. A path that some server
    could read as leaving it (encoded dot segments, backslashes, overlong or repeated encodings,
    `..;`) is outside.
    """
    boundary = parse_url(scope)
    prefix = boundary.path if boundary.path.endswith("/") else boundary.path + "/"
    return (
        url.scheme == boundary.scheme == "https"
        and (url.host, url.port) == (boundary.host, boundary.port)
        and url.path.startswith(prefix)
        and not _is_ambiguous(url.path[len(prefix) :])
    )


def longest_cover(scopes: tuple[str, ...], url: Url) -> str | None:
    """Return the longest of the scopes that cover a URL, or None."""
    return max((scope for scope in scopes if covers(scope, url)), key=len, default=None)


def _is_ambiguous(text: str) -> bool:
    for _ in range(_DECODINGS):
        if _UNPRINTABLE.search(text) or "\\" in text:
            return True
        # Tomcat, under Artifactory and Nexus, drops what follows ";" before it resolves dots.
        if any(_is_dots(segment.partition(";")[0]) for segment in text.split("/")):
            return True
        decoded = unquote(text)
        if decoded == text:
            return False
        text = decoded
    return True


def _is_dots(segment: str) -> bool:
    # Windows servers drop trailing dots and spaces.
    return bool(segment) and not segment.strip(". ")
