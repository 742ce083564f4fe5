"""Source trees on disk: archives unpacked with suspicion, folders copied, trees kept as one file.

Nobody else unpacks what was fetched. A tree is read and written here, never run.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lading.core.bundle.appfiles import is_env_file
from lading.core.errors import BuildError

_BLOCK = 1024 * 1024
_REMEDY = "Look at where it comes from before you use it; no honest tool makes such an archive."
# What tools leave behind; none of it is source, and some of it would end up in the wheel.
_LEFTOVERS = frozenset(
    {".git", ".hg", ".svn", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
    | {"__pycache__", "node_modules"}
)
# What must not leave the machine, nor meet the code that builds, beside every `.env`.
_SECRETIVE = "local.settings.json"
_STALE_BUILD = ("lib", "bdist.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far an archive may grow: far above every real one, far below what fills a disk."""

    most_bytes: int = 4 * 1024**3
    most_files: int = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTexts:
    """The files of a tree that tell about it without running it, None where they are absent."""

    pyproject: str | None
    pkg_info: str | None


_LIMITS = Limits()


class _NoRoomError(Exception):
    """An archive grows beyond its limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One member of an archive; `target` is a link's, `open` gives a file's content."""

    name: str
    kind: str
    open: Callable[[], IO[bytes]]
    executable: bool = False
    target: str = ""
    mtime: int | None = None


def unpack_archive(archive: Path, into: Path, *, limits: Limits = _LIMITS) -> None:
    """Unpack a tar or zip archive into an existing folder.

    Raises BuildError for names that leave it, links that do, devices, and archives that grow beyond
    the limits.
    """
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened_zip:
                _unpack(_zip_entries(opened_zip), archive.name, into, limits)
        else:
            with tarfile.open(archive) as opened_tar:
                _unpack(_tar_entries(opened_tar), archive.name, into, limits)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise BuildError(
            f"{archive.name} cannot be unpacked: {error}",
            remedy="Get it again, or ask whoever published it for a sound one.",
        ) from error


def find_root(folder: Path) -> str:
    """Return the name of the one folder in an unpacked archive, "" where there is not just one."""
    top = list(folder.iterdir())
    return top[0].name if len(top) == 1 and top[0].is_dir() and not top[0].is_symlink() else ""


def pack_tree(folder: Path, into: Path) -> None:
    """Write a tree with all its files, `.git` too, into one uncompressed tar archive."""
    with tarfile.open(into, "w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            archive.add(path, arcname=path.relative_to(folder).as_posix(), recursive=False)


def copy_tree(folder: Path, into: Path, *, names: Iterable[str] | None) -> None:
    """Copy a folder's files: those named, else all but what tools leave behind.

    Files that are made for credentials stay where they are. Names are POSIX and relative. Links are
    copied as links; one that leaves the folder is refused.
    """
    root = folder.resolve()
    for name in sorted(names) if names is not None else _scan_names(folder, folder):
        source, target = folder / name, into / name
        if is_env_file(source.name) or source.name.lower() == _SECRETIVE:
            continue
        if source.is_symlink():
            if not source.resolve().is_relative_to(root):
                raise BuildError(
                    f"the link {name} in {folder} leads out of it",
                    remedy="Put the file itself there.",
                )
        elif not source.is_file():
            # Deleted but still tracked, or another repository inside this one.
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)


def hash_tree(folder: Path) -> str:
    """Return a SHA-256 (hex) over the names, executable bits and contents below a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            digest.update(f"link\0{name}\0{path.readlink().as_posix()}\0".encode())
        elif path.is_file():
            executable = bool(path.stat().st_mode & stat.S_IXUSR)
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"file\0{name}\0{executable}\0{content}\0".encode())
    return digest.hexdigest()


def read_source_texts(tree: Path) -> SourceTexts:
    """Read what a tree says about itself without being run."""
    return SourceTexts(pyproject=_text(tree / "pyproject.toml"), pkg_info=_text(tree / "PKG-INFO"))


def read_blocks(path: Path) -> Iterator[bytes]:
    """Give a file's bytes in blocks."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _unpack(entries: Iterable[_Entry], archive: str, into: Path, limits: Limits) -> None:
    room = limits.most_bytes
    links: set[str] = set()
    for count, entry in enumerate(entries):
        if count == limits.most_files:
            raise BuildError(f"{archive} holds more than {limits.most_files} files", remedy=_REMEDY)
        name = _safe_name(entry, archive, links)
        target = into / name
        if entry.kind == "folder":
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink() or target.exists():
            # A later member replaces an earlier one; it must not be written through a link.
            target.unlink()
        links.discard(name)
        if entry.kind == "link":
            links.add(name)
            target.symlink_to(_safe_target(entry, archive, name))
        else:
            try:
                room -= _write(entry, target, room)
            except _NoRoomError as error:
                size = limits.most_bytes >> 20
                raise BuildError(
                    f"{archive} unpacks to more than {size} MiB", remedy=_REMEDY
                ) from error


def _safe_name(entry: _Entry, archive: str, links: set[str]) -> str:
    name = posixpath.normpath(entry.name)
    outside = name.startswith(("/", "..")) or "\\" in name or ":" in name.split("/")[0]
    if outside or "\0" in name:
        raise BuildError(f"{archive} holds {entry.name!r}, a name outside of it", remedy=_REMEDY)
    if entry.kind not in {"file", "folder", "link"}:
        raise BuildError(f"{archive} holds {entry.name!r}, which is {entry.kind}", remedy=_REMEDY)
    if any(str(parent) in links for parent in Path(name).parents):
        raise BuildError(f"{archive} holds {entry.name!r}, a name below a link", remedy=_REMEDY)
    return name


def _safe_target(entry: _Entry, archive: str, name: str) -> str:
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(name), entry.target))
    if entry.target.startswith("/") or reached.startswith("..") or "\\" in entry.target:
        raise BuildError(
            f"{archive} holds the link {name!r} to {entry.target!r}, outside of it",
            remedy=_REMEDY,
        )
    return entry.target


def _write(entry: _Entry, target: Path, room: int) -> int:
    written = 0
    with entry.open() as source, target.open("wb") as file:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > room:
                raise _NoRoomError
            file.write(block)
    target.chmod(0o755 if entry.executable else 0o644)
    if entry.mtime is not None:
        os.utime(target, (entry.mtime, entry.mtime))
    return written


def _tar_entries(archive: tarfile.TarFile) -> Iterator[_Entry]:
    for member in archive:
        kind = "file" if member.isreg() or member.islnk() else "neither file, folder nor link"
        if member.isdir() or member.issym():
            kind = "folder" if member.isdir() else "link"
        yield _Entry(
            name=member.name,
            kind=kind,
            open=lambda member=member: _content(archive, member),  # type: ignore[misc]
            executable=bool(member.mode & stat.S_IXUSR),
            target=member.linkname,
            mtime=int(member.mtime),
        )


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    # A hard link gives the content of the member that it names, which is inside the archive.
    try:
        content = archive.extractfile(member)
    except KeyError as error:
        raise tarfile.TarError(f"{member.name} is a link to nothing") from error
    if content is None:
        raise tarfile.TarError(f"{member.name} has no content")
    return content


def _zip_entries(archive: zipfile.ZipFile) -> Iterator[_Entry]:
    for member in archive.infolist():
        mode = member.external_attr >> 16
        kind = "folder" if member.is_dir() else "file"
        if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
            kind = "neither file nor folder"
        if member.flag_bits & 0x1:
            kind = "encrypted"
        yield _Entry(
            name=member.filename,
            kind=kind,
            open=lambda member=member: archive.open(member),  # type: ignore[misc]
            executable=bool(mode & stat.S_IXUSR),
        )


def _scan_names(folder: Path, root: Path) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        if path.name in _LEFTOVERS or path.name.endswith(".egg-info"):
            continue
        if path.is_dir() and not path.is_symlink():
            if (path / "pyvenv.cfg").exists() or _is_stale_build(path, root):
                continue
            yield from _scan_names(path, root)
        else:
            yield path.relative_to(root).as_posix()


def _is_stale_build(folder: Path, root: Path) -> bool:
    # setuptools packs what an earlier build left in build/lib, deleted modules too.
    return folder == root / "build" and any(
        path.name.startswith(_STALE_BUILD) for path in folder.iterdir()
    )


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise BuildError(
            f"{path.name} of a source cannot be read: {error}",
            remedy="It has to be a text file in UTF-8; correct it in the source.",
        ) from error
