"""Some bytes of a file, where its server gives parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lading.core.access import answers
from lading.core.access.homes import Home
from lading.core.index import IndexFile
from lading.edges.access.client import SourceClient
from lading.edges.http import Request, Response

# Bytes.
_LARGEST_PART = 16 * 1024 * 1024
# Below a TiB, and short enough for every reader's integer.
_LENGTH = re.compile(r"[0-9]{1,12}")
_CONTENT_RANGE = re.compile(r"bytes (?P<start>[0-9]{1,12})-[0-9]{1,12}/(?P<total>[0-9]{1,12})")
# A file is kept as it was published: a server must not compress it for the way.
AS_IT_IS = {"Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """Some bytes of a file, where they begin in it, and how many it has."""

    data: bytes
    start: int
    total: int


def read_file_part(client: SourceClient, home: Home, file: IndexFile, span: str) -> FilePart | None:
    """Return a range of a file, or the whole where its server gives no ranges; None if large.

    Raises SourceError where the source refuses it.
    """
    request = Request(url=file.url, headers={**AS_IT_IS, "Range": span})
    with client.ask(home, file.filename, request) as (question, response):
        if response.status in answers.NO_RANGE:
            return None
        if response.status == answers.OK:
            return _whole(response)
        place = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status != answers.PARTIAL or place is None:
            raise answers.refused(question, client.answer(response))
        data = response.read(limit=_LARGEST_PART)
        return FilePart(data=data, start=int(place["start"]), total=int(place["total"]))


def _whole(response: Response) -> FilePart | None:
    length = response.headers.get("Content-Length", "")
    if not _LENGTH.fullmatch(length) or int(length) > _LARGEST_PART:
        return None
    data = response.read(limit=_LARGEST_PART)
    return FilePart(data=data, start=0, total=len(data))
