"""Git over HTTP: `git http-backend` behind WSGI, as its CGI interface wants it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO
from wsgiref.types import StartResponse, WSGIEnvironment

from local_sources.git_repositories import git_environment

_CHUNK_BYTES = 1 << 16
_SPOOL_BYTES = 1 << 20
_CGI_VARIABLES = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "REMOTE_ADDR")


class GitGateway:
    """All repositories below a folder, to be cloned and fetched; pushing is refused."""

    def __init__(self, root: Path, *, ambient: Mapping[str, str]) -> None:
        self._root = root
        self._ambient = ambient
        # Some servers do not serve a commit that no branch or tag points at. Version 2 of the
        # protocol never asks, so such a server speaks version 0 here.
        self.refuses_want_by_commit = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as body:
            shutil.copyfileobj(environ["wsgi.input"], body)
            length = body.tell()
            body.seek(0)
            # Git reads the request while it answers: a pipe could fill on both sides.
            body.rollover()
            process = subprocess.Popen(
                ["git", "http-backend"],
                stdin=body,
                stdout=subprocess.PIPE,
                env=self._environment(environ, length),
            )
        if process.stdout is None:
            raise RuntimeError("a pipe was asked for")
        status, headers = _read_head(process.stdout)
        start_response(status, headers)
        return _read_body(process, process.stdout)

    def _environment(self, environ: WSGIEnvironment, length: int) -> dict[str, str]:
        variables = git_environment(self._ambient)
        variables |= {name: str(environ.get(name, "")) for name in _CGI_VARIABLES}
        variables |= {
            "GIT_PROJECT_ROOT": str(self._root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": environ.get("HTTP_CONTENT_ENCODING", ""),
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_CONFIG_KEY_1": "uploadpack.allowAnySHA1InWant",
            "GIT_CONFIG_VALUE_1": "false" if self.refuses_want_by_commit else "true",
        }
        if not self.refuses_want_by_commit:
            variables["GIT_PROTOCOL"] = environ.get("HTTP_GIT_PROTOCOL", "")
        return variables


def _read_head(output: IO[bytes]) -> tuple[str, list[tuple[str, str]]]:
    status, headers = "200 OK", []
    for line in iter(output.readline, b""):
        name, _, value = line.decode("latin-1").strip().partition(":")
        if not name:
            break
        if name.lower() == "status":
            status = value.strip()
        else:
            headers.append((name, value.strip()))
    return status, headers


def _read_body(process: subprocess.Popen[bytes], output: IO[bytes]) -> Iterator[bytes]:
    try:
        while chunk := output.read1(_CHUNK_BYTES):  # type: ignore[attr-defined]
            yield chunk
    finally:
        output.close()
        process.wait()
