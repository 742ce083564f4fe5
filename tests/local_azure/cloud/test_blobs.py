"""Azurite ends with whoever started it, and its absence is told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local_azure.blobs import PROGRAM, Blobs, BlobsUnavailableError
from local_sources import LocalSources
from tests.support import require

ROOT = Path(__file__).parents[3]
OWNER = """
import os, signal, sys
from pathlib import Path
from local_azure.blobs import Blobs
from local_sources.certificates import issue_certificates

certificates = issue_certificates(Path(sys.argv[1]), ambient=os.environ)
print(Blobs(os.environ, certificates).__enter__().url, flush=True)
signal.pause()
"""


@pytest.mark.skipif(os.name != "posix", reason="a kill of this kind is known on POSIX only")
def test_a_killed_owner_leaves_nothing_behind(tmp_path: Path, ambient: dict[str, str]) -> None:
    require(PROGRAM)
    command = [sys.executable, "-c", OWNER, str(tmp_path)]
    environment = ambient | {"PYTHONPATH": str(ROOT / "tools")}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        url = urlsplit(owner.stdout.readline().strip())
        with socket.create_connection(("127.0.0.1", url.port or 0), timeout=60) as connection:
            owner.send_signal(signal.SIGKILL)
            with suppress(ConnectionResetError):
                assert connection.recv(1) == b""


def test_without_azurite_it_is_said(sources: LocalSources, tmp_path: Path) -> None:
    ambient = {"PATH": str(tmp_path)}
    with (
        pytest.raises(BlobsUnavailableError, match="azurite-blob is not installed"),
        Blobs(ambient, sources.certificates),
    ):
        pass
