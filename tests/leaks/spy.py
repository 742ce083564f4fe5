"""Foreign code that looks for secrets: what an attacker would put into a build.

Its text goes into source archives and build back ends, so it uses the standard library alone. It is
told what to look for backwards, so that its own text is never mistaken for a find, and it reports
names of places, never what it found there.
"""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

# Characters by which a secret is looked for first. Secrets that begin alike cost one search.
_PREFIX = 5
_LARGEST_FILE = 4 << 20
_MEMORY_BLOCK = 16 << 20
_SECONDS = 10
# Where the watched processes end; what is above started the watching.
_WATCHER = "strace"
_HOME_FILES = (
    *(".netrc", "_netrc", ".git-credentials", ".config/git/credentials", ".gitconfig", ".pypirc"),
    *(".azure", ".azd", ".config/pip/pip.conf", ".pip/pip.conf", ".config/gh/hosts.yml"),
    *(".local/share/uv/credentials", ".local/share/python_keyring", ".config/python_keyring"),
)
# Variables that name a file worth reading.
_POINTERS = (
    *("NETRC", "PIP_CONFIG_FILE", "GIT_ASKPASS", "GIT_CONFIG_GLOBAL", "AZURE_FEDERATED_TOKEN_FILE"),
    *("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "AZURE_CONFIG_DIR"),
)
_DOOR = re.compile(r"http://(?P<userinfo>[^@/\s]*@)?127\.0\.0\.1:(?P<port>\d+)(?P<path>/\S*)?")
_PRIVATE_WRITABLE = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) rw.p", re.MULTILINE)


class Hunt(TypedDict):
    """What a spy is told: forms of secrets (backwards) by label, and where it might look."""

    needles: dict[str, list[str]]
    files: list[str]
    services: list[str]


class Needles:
    """Known secrets, each in every form in which it is recognised, by label."""

    def __init__(self, forms: Mapping[str, Iterable[str]]) -> None:
        self._by_prefix: dict[bytes, list[tuple[bytes, str]]] = {}
        for label, texts in forms.items():
            for text in texts:
                form = text.encode()
                self._by_prefix.setdefault(form[:_PREFIX], []).append((form, label))

    def labels_in(self, data: bytes) -> frozenset[str]:
        """Return the labels of the secrets that stand in the data."""
        found = set()
        for prefix, forms in self._by_prefix.items():
            place = data.find(prefix)
            while place >= 0:
                found |= {label for form, label in forms if data.startswith(form, place)}
                place = data.find(prefix, place + 1)
        return frozenset(found)


def look(hunt: Hunt) -> list[tuple[str, str]]:
    """Look everywhere and return what was found as pairs of label and place."""
    needles = Needles({label: [f[::-1] for f in forms] for label, forms in hunt["needles"].items()})
    looks = (_own, _processes, _memory, _descriptors, _files, _programs, _doors)
    found: dict[tuple[str, str], None] = {}
    for one in looks:
        try:
            for place, data in one(hunt):
                found |= dict.fromkeys((label, place) for label in sorted(needles.labels_in(data)))
        except Exception as error:  # noqa: BLE001 - an attacker goes on with the next idea
            sys.stderr.write(f"spy: {one.__name__}: {type(error).__name__}\n")
    return list(found)


def _own(_hunt: Hunt) -> Iterator[tuple[str, bytes]]:
    for name, value in os.environ.items():
        yield f"its environment: {name}", value.encode(errors="surrogateescape")
    yield "its command line", "\0".join(sys.argv).encode(errors="surrogateescape")


def _processes(_hunt: Hunt) -> Iterator[tuple[str, bytes]]:
    """Give environment and command line of every process that can be seen."""
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name != str(os.getpid()):
            for name in ("environ", "cmdline"):
                yield f"{name} of {_name(folder)}", _read(folder / name)


def _memory(_hunt: Hunt) -> Iterator[tuple[str, bytes]]:
    """Give the memory of what started this process, up to the one that watches it."""
    for folder in _ancestors():
        try:
            memory = os.open(folder / "mem", os.O_RDONLY)
        except OSError:
            continue
        for region in _PRIVATE_WRITABLE.finditer(_read(folder / "maps")):
            start, end = int(region[1], 16), int(region[2], 16)
            for place in range(start, end, _MEMORY_BLOCK):
                try:
                    block = os.pread(memory, min(_MEMORY_BLOCK, end - place), place)
                except (OSError, OverflowError):
                    break
                yield f"memory of {_name(folder)}", block
        os.close(memory)


def _descriptors(_hunt: Hunt) -> Iterator[tuple[str, bytes]]:
    """Give what is open here and above: files, deleted ones and memfds too."""
    for folder in (Path("/proc/self"), *_ancestors()):
        for descriptor in _entries(folder / "fd"):
            try:
                kind = descriptor.stat().st_mode
            except OSError:
                continue
            if stat.S_ISREG(kind):
                yield f"open file of {_name(folder)}", _read(descriptor)


def _files(hunt: Hunt) -> Iterator[tuple[str, bytes]]:
    homes = {os.path.expanduser("~"), *_homes_above()}  # noqa: PTH111 - it may be unknown
    named = [Path(home, name) for home in sorted(homes) for name in _HOME_FILES]
    named += [Path(text) for text in hunt["files"]]
    named += [Path(os.environ[name]) for name in _POINTERS if os.environ.get(name)]
    for path in named:
        for file in (path, *(path.rglob("*") if path.is_dir() else ())):
            if file.is_file() and file.stat().st_size <= _LARGEST_FILE:
                yield f"file {file.name}", _read(file)


def _programs(hunt: Hunt) -> Iterator[tuple[str, bytes]]:
    """Give what programs that know passwords tell whoever asks."""
    for service in hunt["services"]:
        scheme, _, rest = service.partition("://")
        host, _, path = rest.partition("/")
        question = f"protocol={scheme}\nhost={host}\npath={path}\n\n"
        yield "git credential fill", _ask(("git", "credential", "fill"), question)
        words = ("keyring", "--mode=creds", "--output=json", "get", service)
        yield "keyring", _ask(words, "")


def _doors(_hunt: Hunt) -> Iterator[tuple[str, bytes]]:
    """Give what the loopback servers answer that this environment names."""
    texts = [v for name, v in os.environ.items() if not name.lower().endswith("_proxy")]
    doors = {(m["port"], m["path"] or "/") for text in texts for m in _DOOR.finditer(text)}
    for port, path in sorted(doors):
        for method in ("GET", "TRACE", "OPTIONS"):
            request = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close"
            try:
                with socket.create_connection(("127.0.0.1", int(port)), timeout=_SECONDS) as door:
                    door.sendall(f"{request}\r\n\r\n".encode())
                    answer = door.recv(1 << 16)
                    yield f"answer of the door to {method}", answer
            except OSError:
                continue


def _ask(words: Sequence[str], question: str) -> bytes:
    # A build's own PYTHONPATH would keep other people's Python programs from their libraries.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment = {**kept, "GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.run(
            words,
            env=environment,
            input=question.encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return b""


def _ancestors() -> Iterator[Path]:
    process = os.getppid()
    while process > 0:
        folder = Path("/proc", str(process))
        if _name(folder) == _WATCHER:
            return
        yield folder
        # The name, in brackets, may hold spaces; the parent is the second word behind it.
        words = _read(folder / "stat").rpartition(b")")[2].split()
        process = int(words[1]) if len(words) > 1 else 0


def _homes_above() -> Iterator[str]:
    for folder in _ancestors():
        for entry in _read(folder / "environ").split(b"\0"):
            if entry.startswith(b"HOME="):
                yield entry[5:].decode(errors="replace")


def _name(folder: Path) -> str:
    return _read(folder / "comm").decode(errors="replace").strip()


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_FILE)
    except OSError:
        return b""


def write_report(found: Iterable[tuple[str, str]], path: Path) -> None:
    """Leave the finds in a module, which goes into the wheel that is built."""
    path.write_text(f"FOUND = {json.dumps(json.dumps(list(found)))}\n", encoding="utf-8")
