"""The loopback door to the sources: routes by name and by declared URL, and a nonce.

pip, uv and Git talk to 127.0.0.1 and hold nothing but the nonce, which dies with the door; the
credentials stay in this process. Nobody else may listen on a port.
"""

from __future__ import annotations

import base64
import secrets
from threading import Thread
from types import TracebackType
from typing import Self

from lading.core.errors import LadingError
from lading.edges.access import Access
from lading.edges.broker.child_environment import Door, client_environment
from lading.edges.broker.desk import Catalogue, Desk, room_of
from lading.edges.broker.server import Server

_USER = "lading"


class Broker:
    """The door, open inside its `with` block.

    `catalogue` replaces what is offered by name; Git always goes through the access. Files whose
    `source` is the default index keep their own addresses where these are public; all others are
    read through the door.
    """

    def __init__(self, access: Access, *, catalogue: Catalogue | None = None) -> None:
        self._ambient = access.ambient
        self._git_sources = access.project.git_sources
        self._desk = Desk(access, catalogue=catalogue or access)
        # User information in the index's URL: pip and uv send it with every request to this host,
        # files too, and keep it out of what they print and write (measured, pip 26.3, uv 0.13.8).
        # A nonce in the path would show in pip's reports and in uv's and pip's caches.
        self._nonce = secrets.token_urlsafe(32)
        self._server: Server | None = None

    def __enter__(self) -> Self:
        self._server = Server(self._desk, authorization=self._authorization)
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        server = self._open_server
        self._server = None
        server.close()
        if self._desk.bugs and error is None:
            raise self._desk.bugs[0]

    @property
    def index_url(self) -> str:
        """Return the index's URL with the nonce: for an environment, never for an argv or a log."""
        return f"http://{_USER}:{self._nonce}@{self._open_server.authority}/simple/"

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return why the door refused something, each reason once: pip and uv only say "403"."""
        return self._desk.refusals

    @property
    def failures(self) -> tuple[LadingError, ...]:
        """Return the errors with which sources answered, or failed to, the oldest first."""
        return self._desk.failures

    def environment(self) -> dict[str, str]:
        """Return the variables that send pip, uv and Git through this door and nowhere else."""
        door = Door(
            authority=self._open_server.authority,
            index_url=self.index_url,
            authorization=self._authorization,
            git_rooms=tuple((room_of(source), source.url) for source in self._git_sources),
        )
        return client_environment(door, ambient=self._ambient)

    @property
    def _open_server(self) -> Server:
        if self._server is None:
            message = "the broker is closed"
            raise RuntimeError(message)
        return self._server

    @property
    def _authorization(self) -> str:
        pair = f"{_USER}:{self._nonce}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
