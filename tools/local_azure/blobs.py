"""Blob storage: Azurite, the real one, as a child of this process."""

from __future__ import annotations

import base64
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from azure.core.exceptions import AzureError, ResourceExistsError
from azure.storage.blob import BlobServiceClient, ContainerClient

from local_sources.certificates import Certificates

PROGRAM = "azurite-blob"
PACKAGE = "released-package.zip"
ACCOUNT = "acme"
_WATCH = Path(__file__).with_name("end_with_parent.js")
_READY = re.compile(rb"listens? (?:on|at) (https://\S+)")
_START_SECONDS = 120


class BlobsUnavailableError(Exception):
    """Why Azurite does not run here."""


class Blobs:
    """One storage account, `acme`, over TLS; a context manager.

    `url` is the account's, `key` its shared key. It takes tokens of Entra ID for storage too.
    """

    def __init__(self, ambient: Mapping[str, str], certificates: Certificates) -> None:
        self._ambient = ambient
        self._certificates = certificates
        self._folder = tempfile.TemporaryDirectory()
        self._child: subprocess.Popen[bytes] | None = None
        self.key = base64.b64encode(secrets.token_bytes(64)).decode()
        self.url = ""

    def __enter__(self) -> Self:
        """Start it; raises BlobsUnavailableError."""
        program = shutil.which(PROGRAM, path=self._ambient.get("PATH"))
        node = shutil.which("node", path=self._ambient.get("PATH"))
        if program is None or node is None:
            self._folder.cleanup()
            raise BlobsUnavailableError(f"{PROGRAM} is not installed (npm's azurite)")
        self._child = self._start(node, program)
        output = self._child.stdout
        if output is None:
            raise TypeError("its output is a pipe")
        # A child that says nothing for too long is ended, which ends the loop.
        timer = threading.Timer(_START_SECONDS, self._child.kill)
        timer.start()
        found = next((match for line in output if (match := _READY.search(line))), None)
        timer.cancel()
        if found is None:
            self.__exit__()
            raise BlobsUnavailableError(f"{PROGRAM} did not start")
        origin = found[1].decode().replace("127.0.0.1", "localhost")
        self.url = f"{origin.rstrip('/')}/{ACCOUNT}"
        threading.Thread(target=_discard, args=(output,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it, and forget every blob."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()
        self._folder.cleanup()

    def container(self, url: str) -> ContainerClient:
        """Return a client, with the account's key, of a container by its URL."""
        return ContainerClient.from_container_url(
            url, credential=self.key, connection_verify=self._bundle, retry_total=1
        )

    def store_package(self, container: str, package: Path) -> None:
        """Put a package where a Flex site keeps its own; raises OSError."""
        try:
            with self.container(container) as client, package.open("rb") as file:
                with suppress(ResourceExistsError):
                    client.create_container()
                client.upload_blob(PACKAGE, file, overwrite=True)
        except AzureError as error:
            raise OSError(str(error).partition("\n")[0]) from error

    def clear(self) -> None:
        """Remove every container."""
        with BlobServiceClient(
            self.url, credential=self.key, connection_verify=self._bundle
        ) as service:
            for found in service.list_containers():
                service.delete_container(found.name)

    @property
    def _bundle(self) -> str:
        return str(self._certificates.bundle)

    def _start(self, node: str, program: str) -> subprocess.Popen[bytes]:
        command = [node, "--require", str(_WATCH), str(Path(program).resolve())]
        command += ["--blobHost", "127.0.0.1", "--blobPort", "0", "--location", self._folder.name]
        command += ["--cert", str(self._certificates.server), "--key", str(self._certificates.key)]
        # The client is newer than the service knows of.
        command += ["--oauth", "basic", "--disableTelemetry", "--skipApiVersionCheck"]
        environment = {name: self._ambient[name] for name in ("PATH",) if name in self._ambient}
        environment |= {"HOME": self._folder.name, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{self.key}"}
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=self._folder.name,
            # Ctrl-C on a terminal is for the parent, who ends it.
            start_new_session=os.name == "posix",
        )


def _discard(output: IO[bytes]) -> None:
    """Read what it says to its end: a full pipe would stop it."""
    with suppress(ValueError, OSError):
        for _ in output:
            pass
