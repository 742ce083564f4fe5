"""Searches for known secrets where credentials leak: processes, files, archives, output.

The demo shows its result on screen and the tests demand that it is empty. Processes are seen by
strace where root runs it (every exec, none missed), else by reading /proc many times a second.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lading.core.secret import encodings

_POLL_SECONDS = 0.01


@dataclass(kw_only=True)
class Searched:
    """How many places were searched, and in which a secret stands."""

    counts: dict[str, int] = field(default_factory=dict)
    hits: list[str] = field(default_factory=list)

    def look(self, kind: str, place: str, text: bytes, needles: Iterable[bytes]) -> None:
        """Search one place."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if any(needle in text for needle in needles):
            self.hits.append(f"{kind}: {place}")

    def join(self, other: Searched) -> None:
        """Add what another search found."""
        for kind, count in other.counts.items():
            self.counts[kind] = self.counts.get(kind, 0) + count
        self.hits += other.hits


@dataclass(frozen=True, kw_only=True)
class Run:
    """A command that was watched: its exit code, what it said, and what its children were given."""

    code: int
    stdout: str
    stderr: str
    processes: int
    watcher: str
    searched: Searched

    @property
    def output(self) -> str:
        """Return all that was said."""
        return self.stdout + self.stderr


def needles_of(secrets: Iterable[str]) -> tuple[bytes, ...]:
    """Return every form in which the secrets are recognised: raw, URL-encoded, base64."""
    return tuple(form.encode() for secret in secrets for form in encodings(secret))


def watch(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    secrets: Sequence[str],
    folder: Path | None = None,
    timeout: float = 600,
) -> Run:
    """Run a command and search argv and environment of everything that it starts.

    The command itself is left out: it was handed the secrets, the one place where they may be.
    """
    # Only root's strace sees the arguments of a process that protects itself, as lading does.
    strace = shutil.which("strace") if os.name == "posix" and os.geteuid() == 0 else None
    if strace:
        return _watch_by_strace(strace, command, environment, secrets, folder, timeout)
    return _watch_by_polling(command, environment, secrets, folder, timeout)


def search_files(
    folders: Iterable[Path], secrets: Sequence[str], *, leave_out: frozenset[Path] = frozenset()
) -> Searched:
    """Search every file below the folders, and the members of every archive among them."""
    searched = Searched()
    needles = needles_of(secrets)
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_file() or path in leave_out:
                continue
            _search_file(path, needles, searched)
    return searched


def search_text(kind: str, text: str, secrets: Sequence[str]) -> Searched:
    """Search a text, such as what a command printed."""
    searched = Searched()
    searched.look(kind, kind, text.encode(errors="replace"), needles_of(secrets))
    return searched


def _search_file(path: Path, needles: tuple[bytes, ...], searched: Searched) -> None:
    raw = path.read_bytes()
    searched.look("files", str(path), raw, needles)
    if raw[:4] == b"PK\x03\x04" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                place = f"{path}!{member.filename}"
                searched.look("archive members", place, archive.read(member), needles)
    elif raw[:2] == b"\x1f\x8b":
        try:
            inner = gzip.decompress(raw)
        except (OSError, EOFError):
            return
        searched.look("archive members", f"{path}!", inner, needles)


def _watch_by_strace(
    strace: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    secrets: Sequence[str],
    folder: Path | None,
    timeout: float,
) -> Run:
    with tempfile.TemporaryDirectory() as scratch:
        trace = Path(scratch, "trace")
        options = ["-f", "-qq", "-v", "-s", "300000", "-e", "trace=execve,execveat"]
        finished = subprocess.run(
            [strace, *options, "-e", "signal=none", "-o", str(trace), "--", *command],
            env=dict(environment),
            cwd=folder,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        searched = Searched()
        needles = needles_of(secrets)
        started = [line for line in trace.read_bytes().splitlines() if b"exec" in line]
        # The first is the command itself.
        for line in started[1:]:
            searched.look("processes", line[:120].decode(errors="replace"), line, needles)
    return Run(
        code=finished.returncode,
        stdout=finished.stdout.decode(errors="replace"),
        stderr=finished.stderr.decode(errors="replace"),
        processes=len(started) - 1,
        watcher="strace",
        searched=searched,
    )


def _watch_by_polling(
    command: Sequence[str],
    environment: Mapping[str, str],
    secrets: Sequence[str],
    folder: Path | None,
    timeout: float,
) -> Run:
    process = subprocess.Popen(
        list(command),
        env=dict(environment),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    seen: dict[int, bytes] = {}
    finished = threading.Event()
    watcher = threading.Thread(target=_poll, args=(process.pid, seen, finished), daemon=True)
    watcher.start()
    try:
        out, err = process.communicate(timeout=timeout)
    finally:
        finished.set()
        watcher.join()
        process.kill()
    searched = Searched()
    for identifier, text in seen.items():
        searched.look("processes", str(identifier), text, needles_of(secrets))
    return Run(
        code=process.returncode,
        stdout=out.decode(errors="replace"),
        stderr=err.decode(errors="replace"),
        processes=len(seen),
        watcher="/proc",
        searched=searched,
    )


def _poll(root: int, seen: dict[int, bytes], finished: threading.Event) -> None:
    while not finished.is_set():
        for child in _descendants(root):
            text = b"".join(_read(Path(f"/proc/{child}/{name}")) for name in ("cmdline", "environ"))
            # A program that was just replaced by another shows the newer one's next time.
            seen[child] = seen.get(child, b"") + (text if text not in seen.get(child, b"") else b"")
        time.sleep(_POLL_SECONDS)


def _descendants(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        # The name, in brackets, may hold spaces; the parent is the second word behind it.
        words = _read(status).rpartition(b")")[2].split()
        if len(words) > 1:
            parents[int(status.parent.name)] = int(words[1])
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {root})


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
