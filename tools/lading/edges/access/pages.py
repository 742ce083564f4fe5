"""What an index lists for a name: its page, asked for and read."""

from __future__ import annotations

from lading.core.access import answers
from lading.core.access.homes import Home
from lading.core.access.simple_pages import ACCEPT, PageError, parse_page
from lading.core.index import IndexFile
from lading.edges.access.client import SourceClient
from lading.edges.http import Request

# Bytes. The largest public page is 15 MB.
_LARGEST_PAGE = 128 * 1024 * 1024


def fetch_page(client: SourceClient, home: Home, name: str) -> tuple[IndexFile, ...] | None:
    """Return what an index lists, None where it does not know the name."""
    request = Request(
        url=page_url(home, name),
        headers={"Accept": ACCEPT, "Accept-Encoding": "gzip", "Cache-Control": "no-cache"},
        # A page from elsewhere would let that place decide what a private name is: an index
        # that sends unknown names on to the public one (GitLab does) must end here.
        confined_to=home.scope if home.source is not None else None,
    )
    with client.ask(home, name, request) as (question, response):
        if response.status in answers.MISSING:
            answer = client.answer(response)
            if answers.is_failure(question, answer):
                raise answers.refused(question, answer)
            return None
        client.check_ok(question, response)
        body = response.read(limit=_LARGEST_PAGE)
        kind = response.headers.get("Content-Type", "")
        try:
            return parse_page(body, kind, name=name, base=response.url, source=home.name)
        except PageError as error:
            raise answers.not_an_index(question, str(error)) from error


def page_url(home: Home, name: str) -> str:
    """Return where an index has the page of a name."""
    return f"{home.url.rstrip('/')}/{name}/"
