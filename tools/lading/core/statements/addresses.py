"""Addresses that may be published: without user information, query, loopback, machine paths."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlunsplit

from lading.core.config.hosts import normalise_url, parse_ssh_location, split_url

_SCHEMES = ("https", "http")


def public_address(url: str) -> str:
    """Return a URL as it may be published, "" where nothing of it may."""
    location = parse_ssh_location(url)
    # A drive's letter before the colon is no host.
    if location is not None and len(location.host) > 1:
        url = urlunsplit(("ssh", location.host, location.path, "", ""))
    parts = split_url(url)
    if parts is None or parts.scheme not in {*_SCHEMES, "ssh"} or not parts.hostname:
        return ""
    # An "@" that is left is the rest of a password with a "/" in it.
    if _is_loopback(parts.hostname) or "@" in parts.path:
        return ""
    return normalise_url(url)


def git_address(url: str, revision: str) -> str:
    """Return a commit or ref of a repository as SPDX and SLSA write it, "" where nothing may be."""
    address = public_address(url)
    # The ref is written last, so its own "@" ends nothing.
    return f"git+{address}@{revision}" if address and revision else address and f"git+{address}"


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
