"""Says any bytes at the broker's real socket, and knows what may come back."""

from __future__ import annotations

import re
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from urllib.parse import unquote, urlsplit

import h11

from lading.core.index import IndexFile
from lading.edges.broker import Broker

# Seconds. A door that has not answered by then hangs.
_PATIENCE = 60.0
_STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")
# In a text to be said: this run's nonce as a header, and where the door listens.
NONCE, HOST = b"{nonce}", b"{host}"
GOOD = b"GET /simple/acme-good/ HTTP/1.1\r\nHost: {host}\r\nAuthorization: {nonce}\r\n\r\n"


class Shelf:
    """A catalogue in memory: every name has one file. It knows for which names it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        """Offer one file under every name."""
        self.asked.append(name)
        filename = f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
        return (IndexFile(name=name, version="1.0", filename=filename, url="", source="built"),)

    def read_metadata(self, file: IndexFile) -> bytes | None:
        """Give its metadata."""
        return f"Name: {file.name}\n".encode()

    def open_file(self, file: IndexFile) -> AbstractContextManager[Iterator[bytes]]:
        """Give its bytes."""
        return nullcontext(iter([file.name.encode()]))


class SocketClient:
    """A client of an open broker that is bound by no protocol."""

    def __init__(self, broker: Broker) -> None:
        url = urlsplit(broker.index_url)
        self._place = ("127.0.0.1", url.port or 0)
        self._host = f"127.0.0.1:{url.port}".encode()
        self._nonce = b"Basic " + b64encode(f"{url.username}:{url.password}".encode())

    def fill(self, text: bytes) -> bytes:
        """Put the nonce and the address where a text wants them."""
        return text.replace(NONCE, self._nonce).replace(HOST, self._host)

    def says(self, text: bytes) -> bytes:
        """Send bytes and the end of sending; return all that comes back. TimeoutError: it hangs."""
        with socket.create_connection(self._place, timeout=_PATIENCE) as connection:
            heard = b""
            try:
                connection.sendall(self.fill(text))
                connection.shutdown(socket.SHUT_WR)
                while block := connection.recv(1 << 16):
                    heard += block
            except (ConnectionError, BrokenPipeError):
                # The door may close on who does not speak its language.
                pass
            return heard

    def check(self, text: bytes, shelf: Shelf) -> None:
        """Say something; check that only what h11 reads as a request, with the nonce, is served."""
        shelf.asked.clear()
        heard = self.says(text)
        assert heard[:5] in {b"", b"HTTP/"}, heard[:80]
        assert b"lading: bug" not in heard
        statuses = [int(status) for status in _STATUS.findall(heard)]
        if NONCE not in text:
            assert all(400 <= status < 500 for status in statuses), statuses
            assert shelf.asked == []
        assert all(status == 200 or 400 <= status < 500 for status in statuses), statuses
        names = as_h11_reads(self.fill(text))
        assert is_subsequence([f"/{name}/" for name in shelf.asked], names), (shelf.asked, names)

    def check_lives(self) -> None:
        """Check that a good request is answered."""
        assert self.says(GOOD).startswith(b"HTTP/1.1 200 ")


def as_h11_reads(text: bytes) -> list[str]:
    """Return the targets of the requests that h11 finds, as "/canonical-name/" where it is one."""
    found = []
    server = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    try:
        server.receive_data(text)
        while True:
            event = server.next_event()
            if isinstance(event, h11.Request):
                found.append(event.target.decode("latin-1"))
            elif isinstance(event, h11.EndOfMessage):
                server.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                server.send(h11.EndOfMessage())
                server.start_next_cycle()
            elif event in (h11.NEED_DATA, h11.PAUSED) or isinstance(event, h11.ConnectionClosed):
                return found
    except (h11.RemoteProtocolError, h11.LocalProtocolError):
        return found


def is_subsequence(names: list[str], targets: list[str]) -> bool:
    """Say whether each name was asked for by a target of its own, in the same order."""
    rest = iter(targets)
    return all(any(_asks(target, name) for target in rest) for name in names)


def _asks(target: str, name: str) -> bool:
    return name in "/" + re.sub(r"[-_.]+", "-", unquote(target)).lower().replace("?", "/") + "/"
