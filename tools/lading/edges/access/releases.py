"""What an index says of one release, in the JSON that stands beside its pages of files."""

from __future__ import annotations

import re
from urllib.parse import quote

from lading.core.access import answers
from lading.core.access.homes import Home
from lading.core.config.hosts import index_scope
from lading.edges.access.client import SourceClient
from lading.edges.http import Request

# Bytes. A page has the release's files and description too.
_LARGEST_PAGE = 32 * 1024 * 1024
# What indexes say that know files alone.
_NO_SUCH_PAGES = answers.MISSING | {400, 405, 406, 501}


def read_release_page(client: SourceClient, home: Home, name: str, version: str) -> bytes | None:
    """Return an index's page of a release, None where it has none.

    No redirect leads to another place, which would learn the name. Raises SourceError where the
    index refuses or fails.
    """
    base = re.sub(r"(?<=/)simple/$", "", f"{home.url.rstrip('/')}/")
    request = Request(
        url=f"{base}pypi/{quote(name)}/{quote(version)}/json",
        headers={"Accept": "application/json", "Accept-Encoding": "gzip"},
        confined_to=home.scope or index_scope(home.url),
    )
    with client.ask(home, f"vulnerabilities of {name}", request) as (question, response):
        if response.status in _NO_SUCH_PAGES:
            return None
        client.check_ok(question, response)
        return response.read(limit=_LARGEST_PAGE)
