"""What is noticed in a layer's files while their bytes stream through: native facts, and keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO

from lading.core.layer import Exposed
from lading.core.native import HEAD, Kind, NativeFile, native_kind
from lading.core.private_keys import KEY_MARK, LONGEST_KEY, PRIVATE_KEY, find_private_key

# What is smaller is held in memory until it is complete.
_SPOOL_BYTES = 4 << 20
# Nobody wrote a longer file by hand.
_MOST_TEXT = 1 << 20
_BYTECODE = ".pyc"


class Watch:
    """Follows one member; its facts are complete when it was closed."""

    def __init__(self, name: str, *, own: bool) -> None:
        self.native: NativeFile | None = None
        self.exposed: list[Exposed] = []
        self._name = name
        self._own = own
        self._kind: Kind | None = None
        self._head = b""
        self._spool: IO[bytes] | None = None
        self._window = b""
        self._lines = 1
        self._text: list[bytes] = []
        self._text_size = 0

    def feed(self, data: bytes) -> None:
        """Take the next uncompressed bytes of the member."""
        if len(self._head) < HEAD:
            data = self._begin(data)
        if self._spool is not None:
            self._spool.write(data)
        elif self._kind is None and data:
            self._search(data)

    def close(self) -> None:
        """Look at what needs the whole member; a rebuild without changes never comes here."""
        if self._spool is not None:
            from lading.edges.native import read_native  # noqa: PLC0415 - pyelftools

            with self._spool as whole:
                whole.seek(0)
                self.native = read_native(whole, name=self._name)
        elif self._kind is not None:
            self.native = NativeFile(name=self._name, kind=self._kind)
        elif 0 < self._text_size <= _MOST_TEXT:
            from lading.edges.secret_scanner import scan_text  # noqa: PLC0415 - slow to import

            found = scan_text(b"".join(self._text))
            self.exposed += [Exposed(name=self._name, line=line, kind=kind) for line, kind in found]

    def _begin(self, data: bytes) -> bytes:
        """Return what is to be looked at, once enough of the beginning is known."""
        self._head += data
        self._kind = native_kind(self._head, self._name)
        if self._kind == "elf" and self._spool is None:
            self._spool = SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115 (closed by `close`)
            return self._head
        # Whatever is shorter than the shortest magic number has neither a key nor a token.
        return self._head if len(self._head) >= HEAD else b""

    def _search(self, data: bytes) -> None:
        if self._own and self._text_size <= _MOST_TEXT:
            self._text.append(data)
            self._text_size += len(data)
        window = self._window + data
        if KEY_MARK in window and not self.exposed:
            found = find_private_key(window)
            if found is not None:
                line = self._lines + window.count(b"\n", 0, found)
                self.exposed.append(Exposed(name=self._name, line=line, kind=PRIVATE_KEY))
        self._window = window[-LONGEST_KEY:]
        self._lines += window.count(b"\n", 0, max(0, len(window) - LONGEST_KEY))


class Examination:
    """Collects what was noticed in a layer's members.

    Credentials of other kinds than private keys are searched for in the app's `own` files alone:
    what is in a published wheel is no secret of this app.
    """

    def __init__(self, *, own: bool) -> None:
        self.native: list[NativeFile] = []
        self.exposed: list[Exposed] = []
        self._own = own

    @contextmanager
    def watch(self, name: str) -> Iterator[Watch]:
        """Watch one member; what was noticed is collected when its bytes were all fed."""
        watch = Watch(name, own=self._own and not name.endswith(_BYTECODE))
        yield watch
        watch.close()
        if watch.native is not None:
            self.native.append(watch.native)
        self.exposed += watch.exposed
