"""A credential goes to its scope and nowhere else, however a server reads a URL."""

from __future__ import annotations

import re
from urllib.parse import unquote

import ada_url
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.util import parse_url as urllib3_parse_url

from lading.core.access.scope import covers, longest_cover
from lading.core.urls import UrlError, join_url, parse_url

SCOPE = "https://feeds.acme.test/acme/"


def covered(text: str, scope: str = SCOPE) -> bool:
    return covers(scope, parse_url(text))


@pytest.mark.parametrize(
    "text",
    [
        "https://feeds.acme.test/acme/",
        "https://FEEDS.acme.test:443/acme/simple/x/",
        "https://feeds.acme.test/other/../acme/x",
        "https://feeds.acme.test/acme//x",
        "https://feeds.acme.test/acme/group%2Fproject/x-1.0.tar.gz",
        "https://feeds.acme.test/acme/x?y=../../z",
        "https://feeds.acme.test/acme/%2Ehidden",
        "https://feeds.acme.test/acme/%20x",
    ],
)
def test_the_scope_covers_what_is_below_it(text: str) -> None:
    assert covered(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://feeds.acme.test/acme/",
        "http://feeds.acme.test:443/acme/",
        "https://feeds.acme.test:8443/acme/",
        "https://evil.test/acme/",
        "https://evilfeeds.acme.test/acme/",
        "https://feeds.acme.test.evil.test/acme/",
        "https://feeds.acme.test./acme/",
        "https://feeds.acme.test/acme",
        "https://feeds.acme.test/acmeevil/",
        "https://feeds.acme.test/ACME/",
        "https://feeds.acme.test/contoso/",
        "https://feeds.acme.test/acme/../contoso/",
        "https://feeds.acme.test/acme/%2e%2e/contoso/",
        "https://feeds.acme.test/acme/%2e./contoso/",
        "https://feeds.acme.test/acme/..%2fcontoso/",
        "https://feeds.acme.test/acme/%2e%2e%2fcontoso/",
        "https://feeds.acme.test/acme/..%5ccontoso/",
        "https://feeds.acme.test/acme/%252e%252e/contoso/",
        "https://feeds.acme.test/acme/%25252e%25252e/contoso/",
        "https://feeds.acme.test/acme/..;/contoso/",
        "https://feeds.acme.test/acme/..;x=y/contoso/",
        "https://feeds.acme.test/acme/.%20./contoso/",
        "https://feeds.acme.test/acme/..%20/contoso/",
        "https://feeds.acme.test/acme/%c0%ae%c0%ae/contoso/",
        "https://feeds.acme.test/acme/..%00/contoso/",
        "https://feeds.acme.test//acme/",
        "https://feeds.acme.test/%2facme/",
        "https://feeds.acme.test/acme%2f/",
    ],
)
def test_the_scope_does_not_cover(text: str) -> None:
    assert not covered(text)


def test_a_scope_with_an_encoded_slash_covers_only_that_spelling() -> None:
    scope = "https://gitlab.acme.test/api/v4/projects/team%2Flibrary/packages/pypi/"
    assert covered(f"{scope}simple/x/", scope)
    assert not covered(scope.replace("%2F", "/"), scope)


def test_the_longest_scope_wins() -> None:
    scopes = (SCOPE, f"{SCOPE}team/", "https://other.test/")
    assert longest_cover(scopes, parse_url(f"{SCOPE}team/x")) == f"{SCOPE}team/"
    assert longest_cover(scopes, parse_url("https://third.test/")) is None


# Pieces of which an attacker would make a path.
PIECES = st.sampled_from(
    [
        "acme",
        "contoso",
        "/",
        "//",
        ".",
        "..",
        "%2e",
        "%2E",
        "%2f",
        "%5c",
        "\\",
        "%25",
        "2e",
        "2f",
        ";",
        "%3b",
        "%00",
        "%20",
        "%c0%ae",
        "%c0%af",
        "é",
        "x-1.0.whl",
        "~",
        "%7e",
        "@",
        ":",
        "?",
    ]
)
PATHS = st.builds(
    lambda start, pieces: start + "".join(pieces),
    st.sampled_from(["/", "/acme/", "/acme/x/"]),
    st.lists(PIECES, max_size=8),
)


def readings(path: str) -> set[str]:
    """Return every path that some server could take a request's path for."""
    found = {path}
    for _ in range(3):
        found |= {unquote(each) for each in found}
    found |= {each.replace("\\", "/") for each in found}
    found |= {re.sub(r";[^/]*", "", each) for each in found}
    found |= {each.replace("\ufffd\ufffd", ".") for each in found}
    found |= {each.partition("\0")[0] for each in found}
    found |= {re.sub(r"/{2,}", "/", each) for each in found}
    return found


def resolve(path: str) -> list[str]:
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment.strip(" ") == "..":
            kept = kept[:-1]
        elif segment.strip(" ") != ".":
            kept.append(segment)
    return [segment for segment in kept if segment]


@given(path=PATHS)
@example(path="/acme/..%2f/contoso")
def test_no_server_reads_a_covered_url_as_leaving_the_scope(path: str) -> None:
    try:
        url = join_url(parse_url(SCOPE), path)
    except UrlError:
        return
    if covers(SCOPE, url):
        for reading in readings(url.path):
            assert resolve(reading)[:1] == ["acme"], reading


@given(path=PATHS)
def test_what_is_sent_is_what_was_checked(path: str) -> None:
    try:
        url = join_url(parse_url(SCOPE), path)
    except UrlError:
        return
    sent = urllib3_parse_url(url.address)
    assert (sent.scheme, sent.host, sent.auth) == (url.scheme, url.host, None)
    assert sent.request_uri == url.address.removeprefix(url.origin)
    assert parse_url(url.address) == url


# Hosts, ports and paths that everybody reads alike, near misses among them.
ORIGINS = st.sampled_from(
    [
        *("https://feeds.acme.test", "https://FEEDS.acme.test", "https://feeds.acme.test:443"),
        *("https://feeds.acme.test:", "https://feeds.acme.test:8443", "https://feeds.acme.test."),
        *("http://feeds.acme.test", "https://evilfeeds.acme.test", "https://feeds.acme.test.evil"),
        *("https://[::1]", "https://[::2]:443", "https://127.0.0.1", "https://127.0.0.1:8443"),
    ]
)
PLAIN_PATHS = st.lists(
    st.sampled_from(["acme", "Acme", "acm", "acme2", "x-1.0.whl", ".", "..", "%61cme", "", "a~b"]),
    max_size=5,
).map(lambda segments: "/" + "/".join(segments))


@given(
    at_home=st.tuples(ORIGINS, PLAIN_PATHS),
    asked=st.tuples(ORIGINS, PLAIN_PATHS, st.sampled_from(["", "?a=/acme/", "#/acme/"])),
)
def test_what_everybody_reads_alike_is_covered_exactly_below_its_scope(
    at_home: tuple[str, str], asked: tuple[str, str, str]
) -> None:
    scope, text = "".join(at_home) + "/", "".join(asked)
    ours, theirs = ada_url.URL(scope), ada_url.URL(text)
    below = unquote(theirs.pathname).startswith(unquote(ours.pathname))
    expected = theirs.protocol == "https:" and (theirs.origin, below) == (ours.origin, True)
    assert covers(scope, parse_url(text)) == expected
