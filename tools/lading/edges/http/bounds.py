"""Where a request may go, and where a redirect may lead it."""

from __future__ import annotations

from ipaddress import ip_address

from lading.core.access.scope import covers
from lading.core.urls import Url, UrlError, join_url, parse_url
from lading.edges.http.request import Request
from lading.edges.http.troubles import LeftScopeError, TransferError

_FETCHING = frozenset({"GET", "HEAD"})


def parse_target(request: Request) -> Url:
    """Return the URL of a request; LeftScopeError where it is in the clear and not on the link."""
    try:
        url = parse_url(request.url)
    except UrlError as error:
        raise TransferError("a URL", f"cannot be requested: {error}") from None
    if url.scheme != "https" and not (request.on_link and _is_on_link(url.host)):
        raise LeftScopeError(str(url), "is not https, and nothing is fetched in the clear")
    return url


def next_target(request: Request, url: Url, location: str) -> Url:
    """Return where a redirect leads; LeftScopeError or TransferError where it may not."""
    try:
        following = join_url(url, location)
    except UrlError as error:
        raise LeftScopeError(str(url), f"redirects to what is no URL to use: {error}") from None
    if following.scheme != "https":
        raise LeftScopeError(
            str(url), f"redirects to {following}, and nothing is fetched in the clear"
        )
    if request.confined_to is not None and not covers(request.confined_to, following):
        raise LeftScopeError(
            str(url), f"redirects to {following}, which is outside {request.confined_to}"
        )
    if request.verb not in _FETCHING:
        raise TransferError(
            str(url), f"redirects to {following}, and a {request.verb} is not redirected"
        )
    return following


def _is_on_link(host: str) -> bool:
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_link_local
