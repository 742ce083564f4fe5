"""The lock's two files: requirements.lock in pip's hash mode, sources.lock in TOML."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from lading.core.errors import LockError
from lading.core.lock import Lock, LockedFile
from lading.core.lock.sources import parse_sources, render_sources
from lading.core.wheel.identity import parse_wheel_identity

FORMAT = "1"
NO_SOURCES = "none"
_REMEDY = "Take it from your version control, or choose anew: lading lock --upgrade"
_HEADER = re.compile(
    r"# (?P<key>lading-lock|python|platform|requirements|sources\.lock): (?P<value>\S+)"
)
_PIN = re.compile(r"(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)==(?P<version>\S+) \\")
_HASH = re.compile(r"    --hash=sha256:(?P<sha256>[0-9a-f]{64})")
_FILE = re.compile(
    r"    # (?P<filename>\S+\.whl)(?:, (?P<size>[0-9]+) bytes)?, from (?P<source>\S+)"
)
_REQUIRED = re.compile(r"    # required by (?P<who>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockText:
    """Both files as text; `sources` is None where nothing comes from anywhere but an index."""

    requirements: str
    sources: str | None


def render_lock(lock: Lock) -> LockText:
    """Return both files of a lock: sorted, with POSIX line ends, the same for the same lock."""
    sources = render_sources(lock)
    header = [
        "# What this app is built from. Written by `lading lock`; do not edit.",
        "# pip can install it too: pip install --require-hashes --no-deps -r FILE",
        "#",
        f"# lading-lock: {FORMAT}",
        f"# python: {lock.python}",
        f"# platform: {lock.platform}",
        f"# requirements: sha256:{lock.fingerprint}",
        f"# sources.lock: {_check_value(sources)}",
        "",
    ]
    ordered = sorted(lock.files, key=lambda file: (file.name, file.filename))
    lines = [line for file in ordered for line in _file_lines(file)]
    return LockText(requirements="\n".join([*header, *lines, ""]), sources=sources)


def parse_lock(requirements: str, sources: str | None, *, where: str) -> Lock:
    """Read both files of a lock; raise LockError that says where one is damaged.

    `where` is the path of requirements.lock. Windows line ends, which Git may have put in, are
    accepted. A sources.lock is ignored where the first file says that there is none.
    """
    lines = _plain(requirements).split("\n")
    header = _parse_header(lines, where)
    files = _parse_files(lines, where)
    told = header["sources.lock"]
    text = _plain(sources) if sources is not None and told != NO_SOURCES else None
    if _check_value(text) != told:
        raise LockError(
            f"{where} and the sources.lock beside it were not written together",
            remedy=_REMEDY,
        )
    others = parse_sources(text, where=f"{where.rpartition('/')[0]}/sources.lock".lstrip("/"))
    return Lock(
        python=header["python"],
        platform=header["platform"],
        fingerprint=header["requirements"].removeprefix("sha256:"),
        files=files,
        sources=others.sources,
        build_files=others.build_files,
        build_sources=others.build_sources,
    )


def belongs_together(requirements: str, sources: str | None) -> bool:
    """Say whether the first file was written together with the second."""
    value = _check_value(_plain(sources) if sources is not None else None)
    return f"# sources.lock: {value}\n" in _plain(requirements)


def _check_value(sources: str | None) -> str:
    if sources is None:
        return NO_SOURCES
    return f"sha256:{hashlib.sha256(sources.encode()).hexdigest()}"


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _file_lines(file: LockedFile) -> list[str]:
    size = f", {file.size} bytes" if file.size is not None else ""
    return [
        f"{file.name}=={file.version} \\",
        f"    --hash=sha256:{file.sha256}",
        f"    # {file.filename}{size}, from {file.source}",
        *(f"    # required by {who}" for who in sorted(file.required_by)),
    ]


def _parse_header(lines: list[str], where: str) -> dict[str, str]:
    found = {}
    for line in lines:
        if match := _HEADER.fullmatch(line):
            found[match["key"]] = match["value"]
    missing = {"lading-lock", "python", "platform", "requirements", "sources.lock"} - found.keys()
    if missing:
        raise LockError(
            f"{where} is no lock of lading: its header lacks {', '.join(sorted(missing))}",
            remedy=_REMEDY,
        )
    if found["lading-lock"] != FORMAT:
        raise LockError(
            f"{where} has format {found['lading-lock']}; this lading reads format {FORMAT}",
            remedy="Use the lading that wrote it, or write it anew: lading lock",
        )
    return found


def _parse_files(lines: list[str], where: str) -> tuple[LockedFile, ...]:
    numbered = [
        (number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    ]
    files, position = [], 0
    while position < len(numbered):
        entry, position = _next_entry(numbered, position)
        files.append(_parse_entry(entry, where))
    _check_unique(files, where)
    return tuple(files)


def _next_entry(numbered: list[tuple[int, str]], start: int) -> tuple[list[tuple[int, str]], int]:
    """Return the lines from one pin up to the next, and where the next begins."""
    end = start + 1
    while end < len(numbered) and numbered[end][1].startswith(" "):
        end += 1
    return numbered[start:end], end


def _parse_entry(entry: list[tuple[int, str]], where: str) -> LockedFile:
    patterns = (_PIN, _HASH, _FILE)
    if len(entry) < len(patterns):
        raise _damaged(where, entry[-1], "the entry is not complete")
    found: dict[str, str | None] = {}
    for pattern, line in zip(patterns, entry, strict=False):
        match = pattern.fullmatch(line[1])
        if match is None:
            raise _damaged(where, line, "this line is not as lading writes it")
        found |= match.groupdict()
    required_by = []
    for line in entry[len(patterns) :]:
        match = _REQUIRED.fullmatch(line[1])
        if match is None:
            raise _damaged(where, line, "this line is not as lading writes it")
        required_by.append(match["who"])
    name, version, filename = (found[key] or "" for key in ("name", "version", "filename"))
    if parse_wheel_identity(filename) != (name, version):
        raise _damaged(where, entry[0], f"{filename} is not a wheel of {name} {version}")
    return LockedFile(
        name=name,
        version=version,
        filename=filename,
        sha256=found["sha256"] or "",
        source=found["source"] or "",
        size=int(found["size"]) if found["size"] else None,
        required_by=tuple(required_by),
    )


def _check_unique(files: Iterable[LockedFile], where: str) -> None:
    seen: dict[str, LockedFile] = {}
    for file in files:
        if file.name in seen:
            raise LockError(
                f"{where} has {file.name} twice: {seen[file.name].version} and {file.version}",
                remedy=_REMEDY,
            )
        seen[file.name] = file


def _damaged(where: str, line: tuple[int, str], problem: str) -> LockError:
    return LockError(f"{where}:{line[0]}: {problem}: {line[1].strip()[:120]}", remedy=_REMEDY)
