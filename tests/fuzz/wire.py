"""The broker's real socket as a target: a door that stays open, with nobody behind its sources."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

from lading.core.config import DefaultIndex
from lading.core.config.pyproject import parse_project
from lading.edges.access import Access
from lading.edges.broker import Broker
from lading.edges.http import Http, TimeLimits
from tests.acme import Notebook
from tests.fuzz.socket_client import Shelf, SocketClient

# Nobody listens on the discard port: what the door lets through is an answer at once.
_ORIGIN = "https://127.0.0.1:9"
_CONFIGURATION = f"""
[apps.orders]
folder = "functionapp"
requirements = "requirements.txt"
python = "3.13"

[sources.acme-git]
git = "{_ORIGIN}/acme/"
credential = "env:TOKEN"
"""


def open_target() -> Callable[[bytes], None]:
    """Open a door for the life of this process; return what says bytes at it and checks."""
    ambient = {"TOKEN": "t0ken-of-a-test"}
    access = Access(
        parse_project(tomllib.loads(_CONFIGURATION), root=Path.cwd()),
        default_index=DefaultIndex(url=f"{_ORIGIN}/simple/", origin="a test"),
        http=Http(ambient, limits=TimeLimits(connect=1, read=1), sleep=lambda _: None),
        ambient=ambient,
        progress=Notebook(),
    )
    shelf = Shelf()
    client = SocketClient(Broker(access, catalogue=shelf).__enter__())

    def check(data: bytes) -> None:
        asked = len(access.records)
        client.check(data, shelf)
        for record in access.records[asked:]:
            assert record.url.startswith(f"{_ORIGIN}/acme/"), record.url
        client.check_lives()

    return check
