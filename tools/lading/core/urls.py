"""URLs, read strictly and brought into one normal form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin, urlsplit

_PORTS = {"https": 443, "http": 80}
_NETLOC = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5})?)?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})?")
# RFC 3986, 3.3 and 3.4. What is sent then equals what was checked: urllib3 finds nothing to encode.
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_QUERY_SAFE = _PATH_SAFE + "?"
# A dot is left encoded, so that an encoded dot segment stays visible as what it is.
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~")


class UrlError(ValueError):
    """A text is no URL that may be requested; the message never repeats a password or a query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """An absolute http(s) URL in one normal form, without user information and fragment.

    Its text leaves out the query, which may be a signature; `address` is the whole, for sending.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str = field(default="", repr=False)

    @property
    def origin(self) -> str:
        """Return scheme, host and port, the port only where it is not the scheme's own."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def address(self) -> str:
        """Return the URL as it is sent. It may hold a signature: never show it."""
        return f"{self}?{self.query}" if self.query else str(self)

    def __str__(self) -> str:
        return self.origin + self.path


def parse_url(text: str) -> Url:
    """Read an absolute http(s) URL and bring it into its normal form; raise UrlError.

    Everything that two readers could understand differently is refused: user information, control
    characters, spaces, backslashes, hosts that are not plain ASCII.
    """
    if _FORBIDDEN.search(text):
        raise UrlError("it holds a space, a backslash or a character that no URL can hold")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise UrlError("it cannot be read as a URL") from error
    if parts.scheme not in _PORTS:
        raise UrlError("it does not begin with https://")
    if "@" in parts.netloc:
        raise UrlError("it carries user information")
    netloc = _NETLOC.fullmatch(parts.netloc)
    if netloc is None:
        raise UrlError("its host cannot be read")
    port = int(netloc["port"] or _PORTS[parts.scheme])
    if not 0 < port < 2**16:
        raise UrlError("its port is out of range")
    return Url(
        scheme=parts.scheme,
        host=netloc["host"].lower(),
        port=port,
        path=_without_dots(_normal_percent(quote(parts.path, safe=_PATH_SAFE))) or "/",
        query=_normal_percent(quote(parts.query, safe=_QUERY_SAFE)),
    )


def join_url(base: Url, reference: str) -> Url:
    """Read a link or a Location as a browser does, relative to `base`; raise UrlError."""
    try:
        plain = quote(reference.strip(" \t\r\n\f"), safe=_QUERY_SAFE + "#[]")
        joined = urljoin(base.address, plain)
    except ValueError as error:
        raise UrlError("it cannot be read as a URL") from error
    return parse_url(joined)


def _normal_percent(text: str) -> str:
    def normal(match: re.Match[str]) -> str:
        if match[1] is None:
            return "%25"
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else f"%{match[1].upper()}"

    return _PERCENT.sub(normal, text)


def _without_dots(path: str) -> str:
    """Remove dot segments as RFC 3986, 5.2.4 does; empty segments stay."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/".join(kept)
