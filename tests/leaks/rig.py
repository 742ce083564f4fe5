"""The rig: runs one command line under strace and tells every place in which a secret turned up."""

from __future__ import annotations

import ast
import gzip
import io
import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.leaks.needles import REPORT, needles_of
from tests.leaks.spy import Needles
from tests.leaks.trace import OPTIONS, Event, read_events
from tests.support import leave_out, require

_DEEPEST = 4
_KILL_SECONDS = 20.0
# A spy's report as it lies in a wheel or a package.
_REPORTED = re.compile(r"FOUND = (?P<text>\".*\")\n")
# The lines by which CI systems learn what to mask. They read them, and show nobody.
_MASK_COMMANDS = re.compile(
    r"^(?:::add-mask::.*|##vso\[task\.setsecret\].*|##vso\[task\.setvariable[^\]]*issecret=true"
    r"[^\]]*\].*)$\n?",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Sighting:
    """One place in which a secret stood, and by whose doing."""

    secret: str
    kind: str
    place: str

    def __str__(self) -> str:
        return f"{self.secret}: {self.kind}: {self.place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that was watched.

    `sightings` are what the command and everything under it did; `seen_by_spies` is what foreign
    code reported; `searched` counts the places that were looked at, by kind.
    """

    code: int
    stdout: str
    stderr: str
    sightings: tuple[Sighting, ...]
    seen_by_spies: tuple[Sighting, ...]
    spies: int
    searched: Mapping[str, int]

    @property
    def output(self) -> str:
        """Return all that was said."""
        return self.stdout + self.stderr

    def without(self, kind: str, secrets: Collection[str]) -> Run:
        """Return the run without the sightings of some secrets in one kind of place."""
        kept = (s for s in self.sightings if s.kind != kind or s.secret not in secrets)
        return replace(self, sightings=tuple(kept))

    def kinds_of(self, secret: str) -> dict[str, set[str]]:
        """Return in which kinds of places one secret stood, and in which places of each."""
        kinds: dict[str, set[str]] = {}
        for sighting in self.sightings:
            if sighting.secret == secret:
                kinds.setdefault(sighting.kind, set()).add(sighting.place)
        return kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    folders: tuple[Path, ...]
    needles: Needles
    given: frozenset[Path]
    spoken: tuple[str, ...]


class Rig:
    """Watches commands for one set of secrets.

    `folder` holds everything that a run could leave: home, temporary files, caches, project.
    `given` are files in which a secret was put on purpose. `spoken` are programs that may tell a
    secret on their standard output, because that is what they are for.
    """

    def __init__(
        self,
        folder: Path,
        secrets: Mapping[str, str],
        *,
        given: Iterable[Path] = (),
        spoken: Iterable[str] = (),
    ) -> None:
        self._wanted = _Wanted(
            folders=(folder,),
            needles=needles_of(secrets),
            given=frozenset(path.resolve() for path in given),
            spoken=tuple(spoken),
        )

    def also(self, folder: Path) -> None:
        """Search another folder at the end, such as where a run uploads to."""
        self._wanted = replace(self._wanted, folders=(*self._wanted.folders, folder))

    def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        meanwhile: Callable[[Running], None] | None = None,
        timeout: float = 240,
    ) -> Run:
        """Run a command to its end and search; `meanwhile` runs beside it, `timeout` is seconds."""
        with tempfile.TemporaryDirectory(prefix="leaks-") as scratch:
            trace = Path(scratch, "trace")
            process = subprocess.Popen(
                [shutil.which("strace") or "strace", *OPTIONS, "-o", str(trace), "--", *command],
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            own_pipes = {
                f"pipe:[{os.fstat(stream.fileno()).st_ino}]"
                for stream in (process.stdout, process.stderr)
                if stream
            }
            out, err = _communicate(process, Running(process, trace), meanwhile, timeout)
            search = _Search(self._wanted, own_pipes)
            search.trace(trace)
        search.output(out, err)
        search.disk()
        return search.result(process.returncode, out, err)


def require_rig() -> None:
    """Leave a test out where its processes cannot be watched; that is a failure in CI."""
    require("strace")
    if os.geteuid() != 0:
        leave_out("only root's strace sees into a process that protects itself")


class Running:
    """A command under strace, to be interrupted."""

    def __init__(self, process: subprocess.Popen[bytes], trace: Path) -> None:
        self._process = process
        self._trace = trace

    def interrupt(self, number: int) -> None:
        """Send a signal as a terminal does, to all; a kill hits the command alone."""
        if number == signal.SIGKILL:
            with self._trace.open("rb") as lines:
                os.kill(int(lines.readline().split(maxsplit=1)[0]), number)
        else:
            # strace itself holds them back while it writes to a file.
            os.killpg(self._process.pid, number)


class _Search:
    """One search: of a trace, of what was said, and of what lies on disk at the end."""

    def __init__(self, wanted: _Wanted, own_pipes: set[str]) -> None:
        self._wanted = wanted
        self._own_pipes = own_pipes
        self._found: dict[Sighting, None] = {}
        self._searched: Counter[str] = Counter()
        self._reports: dict[str, None] = {}

    def trace(self, trace: Path) -> None:
        for event in read_events(trace):
            if not self._is_allowed(event):
                self._look(event.kind, _place(event), event.data)

    def output(self, out: bytes, err: bytes) -> None:
        for name, raw in (("standard output", out), ("standard error", err)):
            self._look("output", name, as_ci_shows(raw.decode(errors="replace")).encode())

    def disk(self) -> None:
        for folder in self._wanted.folders:
            self._folder(folder)

    def _folder(self, folder: Path) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_file() or path.resolve() in self._wanted.given:
                continue
            name = str(path.relative_to(folder))
            for member, data in _unpacked(name, path.read_bytes(), depth=0):
                self._look("disk", member, data)
                if member.endswith((f"/{REPORT}", f"!{REPORT}")):
                    self._read_report(data)

    def result(self, code: int, out: bytes, err: bytes) -> Run:
        spied = {
            Sighting(secret=label, kind="build code", place=place)
            for report in self._reports
            for label, place in json.loads(report)
        }
        return Run(
            code=code,
            stdout=out.decode(errors="replace"),
            stderr=err.decode(errors="replace"),
            sightings=tuple(sorted(self._found)),
            seen_by_spies=tuple(sorted(spied)),
            spies=len(self._reports),
            searched=dict(self._searched),
        )

    def _is_allowed(self, event: Event) -> bool:
        if event.kind == "environment" and event.is_first:
            return True
        if event.kind != "pipe":
            return False
        # What was said is searched as a whole, with the masks' lines taken out.
        return event.place in self._own_pipes or event.program.startswith(self._wanted.spoken)

    def _look(self, kind: str, place: str, data: bytes) -> None:
        self._searched[kind] += 1
        for label in self._wanted.needles.labels_in(data):
            # A path may be named after a secret, and this goes into a log.
            is_safe = not self._wanted.needles.labels_in(place.encode())
            shown = place if is_safe else f"({kind} whose name holds a secret)"
            self._found[Sighting(secret=label, kind=kind, place=shown)] = None

    def _read_report(self, data: bytes) -> None:
        match = _REPORTED.search(data.decode(errors="replace"))
        if match:
            self._reports[str(ast.literal_eval(match["text"]))] = None


def as_ci_shows(text: str) -> str:
    """Return a log as the CI systems show it: they consume the commands that set masks."""
    return _MASK_COMMANDS.sub("", text)


def _place(event: Event) -> str:
    if event.kind in {"argv", "environment"}:
        return f"{event.place} (the command itself)" if event.is_first else event.place
    return (
        f"{event.place} by {event.program or 'a thread'}" if event.kind == "pipe" else event.place
    )


def _communicate(
    process: subprocess.Popen[bytes],
    running: Running,
    meanwhile: Callable[[Running], None] | None,
    timeout: float,
) -> tuple[bytes, bytes]:
    failures: list[BaseException] = []

    def act() -> None:
        try:
            if meanwhile:
                meanwhile(running)
        except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
            failures.append(error)
            process.kill()

    beside = threading.Thread(target=act, daemon=True)
    beside.start()
    try:
        out, err = process.communicate(timeout=timeout)
    finally:
        process.kill()
        process.wait(_KILL_SECONDS)
        beside.join(_KILL_SECONDS)
    if failures:
        raise failures[0]
    return out, err


def _unpacked(name: str, raw: bytes, *, depth: int) -> Iterator[tuple[str, bytes]]:
    """Give a file and everything that is packed in it: zip, gzip, tar, one in the other."""
    yield name, raw
    if depth >= _DEEPEST:
        return
    for member, data in _members(raw):
        yield from _unpacked(f"{name}!{member}" if member else f"{name}!", data, depth=depth + 1)


def _members(raw: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        if raw[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                for item in archive.infolist():
                    yield item.filename, archive.read(item)
        elif raw[:2] == b"\x1f\x8b":
            yield "", gzip.decompress(raw)
        elif raw[257:262] == b"ustar":
            with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
                for entry in archive:
                    member = archive.extractfile(entry) if entry.isfile() else None
                    if member:
                        yield entry.name, member.read()
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError):
        return
