"""URLs are read strictly, in one normal form, or refused."""

from __future__ import annotations

import pytest

from lading.core.urls import Url, UrlError, join_url, parse_url


def test_a_url_has_one_normal_form() -> None:
    assert parse_url("HTTPS://Feeds.ACME.test:443/a/./b/../c%7e%2f%zz?q=%41#fragment") == Url(
        scheme="https", host="feeds.acme.test", port=443, path="/a/c~%2F%25zz", query="q=A"
    )


def test_the_text_of_a_url_has_no_query_and_the_address_has() -> None:
    url = parse_url("https://blob.test/file?sig=signature")
    assert (str(url), url.address) == (
        "https://blob.test/file",
        "https://blob.test/file?sig=signature",
    )
    assert "signature" not in repr(url)


@pytest.mark.parametrize(
    "text",
    [
        "https://user:secret@feeds.acme.test/acme/",
        "https://secret@feeds.acme.test/acme/",
        "https://feeds.acme.test\\@evil.test/acme/",
        "https://feeds.acme.test:99999/acme/",
        "https://feeds.acme.test:port/acme/",
        "https://feeds.acme.test/acme /x",
        "https://feeds.acme.test/acme\n/x",
        "https://feeds.acme.test/acme\t/x",
        "https://féeds.acme.test/acme/",
        "https://feeds.acme.test%2eevil.test/acme/",
        "https:///acme/",
        "https:feeds.acme.test/acme/",
        "htps://secret@feeds.acme.test/acme/",
        "file:///etc/passwd",
        "//feeds.acme.test/acme/",
        "https://[::1/acme/",
        "",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(UrlError) as caught:
        parse_url(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("../../files/x.whl#sha256=1", "https://feeds.acme.test/files/x.whl"),
        ("//evil.test/x", "https://evil.test/x"),
        ("/a b\\c", "https://feeds.acme.test/a%20b%5Cc"),
        ("  x\n", "https://feeds.acme.test/acme/simple/x"),
        ("?q=1", "https://feeds.acme.test/acme/simple/?q=1"),
    ],
)
def test_links_are_read_relative_to_their_page(reference: str, expected: str) -> None:
    base = parse_url("https://feeds.acme.test/acme/simple/")
    assert join_url(base, reference).address == expected
