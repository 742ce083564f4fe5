"""Where a refused request went: the host and the parts of its path."""

from __future__ import annotations

from lading.core.access.asked import Question
from lading.core.urls import UrlError, parse_url


def host_of(question: Question) -> str:
    """Return the name of the host that was asked, "" where the URL cannot be read."""
    try:
        return parse_url(question.url).host
    except UrlError:
        return ""


def path_of(question: Question) -> tuple[str, ...]:
    """Return the segments of the path that was asked for, () where the URL cannot be read."""
    try:
        path = parse_url(question.url).path
    except UrlError:
        return ()
    return tuple(segment for segment in path.split("/") if segment)
