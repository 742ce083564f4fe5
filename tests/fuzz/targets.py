"""What must hold for any bytes: one function for each reader that foreign text reaches.

Hypothesis, atheris and the list of findings call the same functions. A target returns where the
text is refused in the way that its reader promises, and fails where a promise is broken. What it is
held against was written by others: ada (the URL reader of Node and, as WHATWG's rules, of uv),
urllib3 and h11.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.message import Message
from io import BytesIO
from urllib.parse import unquote

import ada_url
import h11
from urllib3.util import parse_url as urllib3_parse_url

from lading.core.access.doors import DoorError, FileCall, GitCall, PageCall, parse_call
from lading.core.access.scope import covers
from lading.core.access.simple_pages import (
    HTML_PAGE,
    JSON_PAGE,
    PageError,
    parse_page,
    render_html,
    render_json,
)
from lading.core.access.userinfo import mask_userinfo, may_be_shown, parse_userinfo
from lading.core.index import IndexFile
from lading.core.urls import Url, UrlError, join_url, parse_url
from lading.edges.broker.request_body import read_body

SCOPE = "https://feeds.acme.test/acme/"
PREFIX = "https://git.test/acme/"
# PEP 503, and the only form in which a name may leave the door.
CANONICAL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DECODINGS = 3


def fuzz_url(data: bytes) -> None:
    """Read a link: what is sent is what was checked, and what is covered stays in its scope."""
    try:
        url = join_url(parse_url(f"{SCOPE}simple/"), _text(data))
    except UrlError:
        return
    check_url(url)


def check_url(url: Url) -> None:
    """Hold one URL against what other readers make of its address."""
    address = url.address
    assert parse_url(address) == url
    assert address.isascii()
    sent = urllib3_parse_url(address)
    assert (sent.scheme, sent.host, sent.auth) == (url.scheme, url.host, None)
    assert sent.request_uri == address.removeprefix(url.origin)
    if covers(SCOPE, url):
        check_covered(SCOPE, address)


def check_covered(scope: str, address: str) -> None:
    """Check that nobody takes an address for a place outside the scope."""
    ours, theirs = ada_url.URL(scope), ada_url.URL(address)
    assert (theirs.protocol, theirs.host) == (ours.protocol, ours.host)
    assert not theirs.username
    assert not theirs.password
    path = theirs.pathname
    for _ in range(_DECODINGS):
        # Resolved again after each decoding, as a proxy and the server behind it would.
        assert ada_url.URL(ours.origin + path).pathname.startswith(ours.pathname), (address, path)
        path = unquote(path).replace("?", "%3F").replace("#", "%23")


def fuzz_door(data: bytes) -> None:
    """Read a request line: what is let in is declared, and named in the one canonical form."""
    method, _, target = data.decode("latin-1").partition(" ")
    try:
        call = parse_call(method, target, prefixes={"acme-git": PREFIX})
    except DoorError:
        return
    match call:
        case GitCall():
            assert call.url.startswith(PREFIX)
            assert covers(PREFIX, parse_url(call.url))
            check_covered(PREFIX, call.url)
            assert (method == "POST") == call.pack
        case PageCall() | FileCall():
            assert method in {"GET", "HEAD"}
            assert CANONICAL.fullmatch(call.name)
            asked = unquote(target.partition("?")[0].split("/")[2])
            assert asked.isascii()
            assert re.sub(r"[-_.]+", "-", asked).lower() == call.name


def fuzz_page(data: bytes) -> None:
    """Read a page, write it in both forms and read those: no file is lost or changed."""
    kind = JSON_PAGE if data[:1] in {b"{", b"["} else HTML_PAGE
    try:
        files = _page(data, kind)
    except PageError:
        return
    assert _page(render_json("acme-tax", files, link=_address), JSON_PAGE) == files
    # An anchor has no attribute for these two.
    told = tuple(replace(file, size=None, upload_time=None) for file in files)
    assert _page(render_html("acme-tax", files, link=_address), HTML_PAGE) == told
    for file in files:
        check_url(parse_url(file.url))


def fuzz_userinfo(data: bytes) -> None:
    """Take a credential out of a URL: no part of what another reader calls a password stays."""
    text = f"https://{_text(data)}"
    bare = parse_userinfo(text)
    mask_userinfo(text)
    if "\\" in text or not ada_url.check_url(text):
        return
    theirs = ada_url.URL(text)
    if (theirs.username or theirs.password) and may_be_shown(bare.url):
        assert bare.kind != "none"
    if may_be_shown(bare.url) and ada_url.check_url(bare.url):
        shown = ada_url.URL(bare.url)
        assert (shown.username, shown.password) == ("", "")


def fuzz_body(data: bytes) -> None:
    """Read a body in chunks: a body that is taken is the one that h11 reads, to the same byte."""
    headers = Message()
    headers["Transfer-Encoding"] = "chunked"
    stream = BytesIO(data)
    try:
        ours = b"".join(read_body(headers, stream))
    except DoorError:
        return
    assert (ours, stream.read()) == _as_h11_reads(data)


def fuzz_length(data: bytes) -> None:
    """Read the headers that say how long a body is: two that differ are never taken."""
    headers = Message()
    for line in data.decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        headers["Transfer-Encoding" if name == "t" else "Content-Length"] = value.strip()
    try:
        read_body(headers, BytesIO())
    except DoorError:
        return
    assert len(headers) == 1


def _text(data: bytes) -> str:
    # Half a surrogate pair is what a JSON page may hold, and what UTF-8 has no bytes for.
    return data.decode("utf-8", "surrogateescape")


def _address(file: IndexFile) -> str:
    return file.url


def _page(body: bytes, kind: str) -> tuple[IndexFile, ...]:
    base = parse_url(f"{SCOPE}simple/acme-tax/")
    return parse_page(body, kind, name="acme-tax", base=base, source="acme")


def _as_h11_reads(data: bytes) -> tuple[bytes, bytes]:
    server = h11.Connection(h11.SERVER)
    server.receive_data(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + data)
    read = b""
    while True:
        event = server.next_event()
        assert event is not h11.NEED_DATA, "h11 waits for more"
        if isinstance(event, h11.Data):
            read += event.data
        elif isinstance(event, h11.EndOfMessage):
            return read, server.trailing_data[0]


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "body": fuzz_body,
    "door": fuzz_door,
    "length": fuzz_length,
    "page": fuzz_page,
    "url": fuzz_url,
    "userinfo": fuzz_userinfo,
}
