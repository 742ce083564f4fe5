"""`lading serve` with each kind of app: ASGI, WSGI, the first model, streams."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest

from tests.acceptance.serve.apps import AT_ROOT, FASTAPI, FLASK, PYTHON, STREAMS, V1, project_of
from tests.served import SECONDS, serves
from tests.support import make_project
from tests.user import User

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it serves what Linux serves")


def test_an_asgi_app_answers(someone: User, tmp_path: Path) -> None:
    project = project_of(tmp_path / "project", FASTAPI, AT_ROOT, "fastapi")
    someone.builds(project)
    with serves(someone, project) as served:
        assert json.loads(served.text("/items/7?q=x%20y")) == {"item": 7, "q": "x y"}
        assert served.status("/items/x") == 422
        assert served.ask("/raw", "POST", body=b"x" * 100_000)[1] == b"100000"
        assert served.status("/nowhere") == 404


def test_a_wsgi_app_answers(someone: User, tmp_path: Path) -> None:
    project = project_of(tmp_path / "project", FLASK, AT_ROOT, "flask")
    someone.builds(project)
    with serves(someone, project) as served:
        answer, body = served.ask("/hi/ann?q=1", "POST", body=b"123")
        assert (answer.status, body) == (203, b"hi ann 1 3")
        assert served.status("/hi/ann", "DELETE") == 405


def test_an_app_of_the_first_model_answers(someone: User, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", python=PYTHON, files=V1)
    (project / "functionapp/function_app.py").unlink()
    someone.builds(project)
    with serves(someone, project) as served:
        assert served.text("/api/v1/ann") == "v1 ann"
        assert served.status("/api/v1/ann", "POST") == 404


def test_streams_pass_as_they_come(someone: User, tmp_path: Path) -> None:
    extension = "azurefunctions-extensions-http-fastapi"
    project = project_of(tmp_path / "project", STREAMS, '{"version": "2.0"}', extension)
    someone.builds(project)
    with serves(someone, project) as served:
        address = ("127.0.0.1", served.port)
        with socket.create_connection(address, SECONDS) as wire:
            wire.sendall(
                b"POST /api/up HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                b"Connection: close\r\n\r\n5\r\nfirst\r\n"
            )
            # The second part is sent after the function has had the first.
            served.hears("came b'first'")
            wire.sendall(b"6\r\nsecond\r\n0\r\n\r\n")
            told = b"".join(iter(lambda: wire.recv(65536), b""))
            assert told.startswith(b"HTTP/1.1 200 ")
            assert b"11" in told
        with socket.create_connection(address, SECONDS) as wire:
            wire.sendall(b"GET /api/down HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            told = b""
            while not told.endswith(b"3\r\none\r\n"):
                told += wire.recv(65536)
            # The second part is made after the first came.
            assert served.text("/api/open/hand?by=x") == '"xhand"'
            told += b"".join(iter(lambda: wire.recv(65536), b""))
            assert told.endswith(b"3\r\ntwo\r\n0\r\n\r\n")
        large = b"x" * 3_000_000
        assert b"3000000" in served.ask("/api/up", "POST", body=large)[1]
        assert served.status("/api/boom") == 500
        served.hears("ValueError: no stream")
