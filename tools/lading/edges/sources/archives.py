"""Source archives that were just built: written anew, so that the same tree gives the same file.

Back ends put the time and the user of the build into them. A file that differs in each build could
not be published in two goes, and nobody could check it.
"""

from __future__ import annotations

import gzip
import stat
import tarfile
from pathlib import Path

from lading.core.errors import BuildError

_FILE, _PROGRAM, _FOLDER = 0o644, 0o755, 0o755


def write_stable_archive(archive: Path, into: Path, *, epoch: int) -> None:
    """Write a .tar.gz anew: sorted, of nobody, every time `epoch` (seconds since 1970).

    Raises BuildError when it cannot be read.
    """
    try:
        with (
            tarfile.open(archive, "r:gz") as built,
            into.open("wb") as file,
            gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=epoch) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as written,
        ):
            for member in sorted(built, key=lambda member: member.name):
                content = built.extractfile(member) if member.isreg() else None
                written.addfile(_plain(member, epoch), content)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BuildError(
            f"the source archive {archive.name} that was built cannot be read: {error}",
            remedy="A back end makes it as PEP 517 says: one .tar.gz. Look at the project's.",
        ) from error


def _plain(member: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    plain = tarfile.TarInfo(member.name)
    plain.type, plain.linkname, plain.size = member.type, member.linkname, member.size
    plain.mtime = epoch
    plain.mode = _FOLDER if member.isdir() else _FILE
    if member.isreg() and member.mode & stat.S_IXUSR:
        plain.mode = _PROGRAM
    return plain
