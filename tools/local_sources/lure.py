"""Where clients are lured to: whatever they ask for is there, so that only they can refuse."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from local_sources.faults import refuse
from local_sources.indexes import send_file, send_page
from local_sources.shelves import Shelf


class Lure:
    """Serves the files of shelves under every path, the pages of the first, and repositories."""

    def __init__(self, shelves: tuple[Shelf, ...], *, git: WSGIApplication) -> None:
        self._shelves = shelves
        self._git = git

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        path: str = environ["PATH_INFO"]
        if "/_git/" in path:
            return self._git(environ, start_response)
        last = path.rstrip("/").rpartition("/")[2]
        for shelf in self._shelves:
            if shelf.find(last.removesuffix(".metadata")):
                return send_file(shelf, last, start_response)
        if "/simple/" not in path:
            return refuse("404", start_response)
        return send_page(last, self._shelves[0].links(last), start_response)
