"""The pages of a package index: reading PEP 503 and PEP 691, and writing both."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from html.parser import HTMLParser
from urllib.parse import unquote

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from lading.core.index import IndexFile
from lading.core.urls import Url, UrlError, join_url

JSON_PAGE = "application/vnd.pypi.simple.v1+json"
HTML_PAGE = "application/vnd.pypi.simple.v1+html"
# What lading itself asks an index for, the best first (PEP 691, "content negotiation").
ACCEPT = f"{JSON_PAGE}, {HTML_PAGE};q=0.2, text/html;q=0.01"
_HASH = re.compile(r"sha256=([0-9a-fA-F]{64})")
# What names, versions and tags are made of; nothing that a path, a line or a page could trip over.
_FILENAME = re.compile(r"[A-Za-z0-9._+!~-]+")
_TOLD_BY_ATTRIBUTES = ("requires-python", "yanked", "core-metadata", "dist-info-metadata")

Attributes = Mapping[str, str | None]
Link = Callable[[IndexFile], str]


class PageError(ValueError):
    """An answer is no page of an index."""


def canonical_name(text: str) -> str | None:
    """Return a distribution's canonical name, or None where the text is no name at all."""
    # Before it is put into lower case: that makes a plain "k" of the sign for kelvin.
    name = canonicalize_name(text) if text.isascii() else ""
    return name if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) else None


def parse_page(
    body: bytes, content_type: str, *, name: str, base: Url, source: str
) -> tuple[IndexFile, ...]:
    """Read the page of a distribution; raise PageError when it is something else.

    Files that no installer would take (other names, eggs, installers, links that are no URL) are
    left out. `base` is the URL at which the page was found in the end.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON_PAGE:
        offers = _json_offers(body)
    elif kind in {HTML_PAGE, "text/html", "application/xhtml+xml"}:
        base, offers = _html_offers(body, base)
    else:
        raise PageError(f"the answer is no page of an index but {kind[:60] or 'of no type'}")
    files = (_file(href, told, name=name, base=base, source=source) for href, told in offers)
    return tuple(file for file in files if file is not None)


def render_json(name: str, files: Sequence[IndexFile], *, link: Link) -> bytes:
    """Write a page as PEP 691 has it; `link` gives the address under which a file is offered."""
    entries = []
    for file in files:
        entry: dict[str, object] = {
            "filename": file.filename,
            "url": link(file),
            "hashes": {"sha256": file.sha256} if file.sha256 else {},
        }
        if file.requires_python is not None:
            entry["requires-python"] = file.requires_python
        if file.yanked is not None:
            entry["yanked"] = file.yanked or True
        if file.has_metadata:
            told = {"sha256": file.metadata_sha256} if file.metadata_sha256 else True
            entry |= {"core-metadata": told, "dist-info-metadata": told}
        if file.size is not None:
            entry["size"] = file.size
        if file.upload_time is not None:
            entry["upload-time"] = file.upload_time
        entries.append(entry)
    page = {"meta": {"api-version": "1.0"}, "name": name, "files": entries}
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()


def render_html(name: str, files: Sequence[IndexFile], *, link: Link) -> bytes:
    """Write a page as PEP 503, 592, 658 and 714 have it."""
    lines = [
        "<!DOCTYPE html>",
        '<html><head><meta name="pypi:repository-version" content="1.0">',
        f"<title>Links for {html.escape(name)}</title></head><body>",
    ]
    for file in files:
        attributes = {"href": link(file) + (f"#sha256={file.sha256}" if file.sha256 else "")}
        if file.requires_python is not None:
            attributes["data-requires-python"] = file.requires_python
        if file.yanked is not None:
            attributes["data-yanked"] = file.yanked
        if file.has_metadata:
            told = f"sha256={file.metadata_sha256}" if file.metadata_sha256 else "true"
            attributes |= {"data-core-metadata": told, "data-dist-info-metadata": told}
        written = " ".join(f'{key}="{html.escape(value)}"' for key, value in attributes.items())
        lines.append(f"<a {written}>{html.escape(file.filename)}</a><br>")
    lines.append("</body></html>\n")
    return "\n".join(lines).encode()


def _file(href: str, told: Attributes, *, name: str, base: Url, source: str) -> IndexFile | None:
    try:
        url = join_url(base, href)
    except UrlError:
        return None
    # The URL decides what a file is called, as it does for pip; a link's text is decoration.
    filename = unquote(url.path.rpartition("/")[2])
    parsed = _parse_filename(filename)
    if parsed is None or parsed[0] != name:
        return None
    digest = _HASH.search(href.partition("#")[2]) or _HASH.fullmatch(told.get("sha256") or "")
    metadata = told.get("core-metadata") or told.get("dist-info-metadata")
    metadata_digest = _HASH.fullmatch(metadata or "")
    size = told.get("size")
    return IndexFile(
        name=name,
        version=parsed[1],
        filename=filename,
        url=url.address,
        source=source,
        sha256=digest[1].lower() if digest else None,
        size=int(size) if size else None,
        requires_python=told.get("requires-python") or None,
        yanked=(told["yanked"] or "") if "yanked" in told else None,
        has_metadata=bool(metadata) and metadata != "false",
        metadata_sha256=metadata_digest[1].lower() if metadata_digest else None,
        upload_time=told.get("upload-time"),
    )


def _parse_filename(filename: str) -> tuple[str, str] | None:
    """Return the name and version of a wheel or source archive."""
    if not _FILENAME.fullmatch(filename):
        return None
    try:
        if filename.endswith(".whl"):
            name, version, _, _ = parse_wheel_filename(filename)
        else:
            name, version = parse_sdist_filename(filename)
    except (InvalidSdistFilename, InvalidWheelFilename):
        return None
    return str(name), str(version)


def _json_offers(body: bytes) -> list[tuple[str, Attributes]]:
    try:
        page = json.loads(body)
        if str(page["meta"]["api-version"]).partition(".")[0] != "1":
            raise PageError("the index speaks an unknown version of PEP 691")
        return [_json_offer(file) for file in page["files"]]
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        if isinstance(error, PageError):
            raise
        raise PageError("the answer is not what PEP 691 says a page is") from error


def _json_offer(file: Mapping[str, object]) -> tuple[str, Attributes]:
    told: dict[str, str | None] = {}
    hashes = file.get("hashes")
    if isinstance(hashes, Mapping):
        told["sha256"] = f"sha256={hashes.get('sha256', '')}"
    for key in ("core-metadata", "dist-info-metadata"):
        value = file.get(key)
        if isinstance(value, Mapping):
            told[key] = f"sha256={value.get('sha256', '')}"
        elif value is True:
            told[key] = "true"
    for key in ("requires-python", "upload-time"):
        value = file.get(key)
        if isinstance(value, str):
            told[key] = _writable(value)
    size = file.get("size")
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        told["size"] = str(size)
    yanked = file.get("yanked")
    if yanked:
        told["yanked"] = _writable(yanked) if isinstance(yanked, str) else ""
    return str(file["url"]), told


def _writable(text: str) -> str:
    """Replace what JSON can escape and no encoding can write: half a surrogate pair."""
    return text.encode("utf-8", "replace").decode()


def _html_offers(body: bytes, base: Url) -> tuple[Url, list[tuple[str, Attributes]]]:
    reader = _Links()
    try:
        reader.feed(body.decode("utf-8", errors="replace"))
        reader.close()
    except AssertionError as error:
        # So html.parser tells of a "<![" that begins nothing.
        raise PageError("the page cannot be read as HTML") from error
    try:
        return join_url(base, reader.base), reader.offers
    except UrlError as error:
        raise PageError(f"the page's <base> is no URL to use: {error}") from error


class _Links(HTMLParser):
    """The anchors of a page.

    pypi-simple's reader builds a whole tree and takes eight times as long (0.37 s against 0.05 s
    for the 4,400 links of numpy); a resolution reads dozens of pages while holding the GIL.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.base = ""
        self.offers: list[tuple[str, Attributes]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        href = told.get("href")
        if not href:
            return
        if tag == "base":
            self.base = self.base or href
        elif tag == "a":
            data = {
                key: told.get(f"data-{key}") for key in _TOLD_BY_ATTRIBUTES if f"data-{key}" in told
            }
            self.offers.append((href, data))
