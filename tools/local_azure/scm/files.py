"""SCM's view of a site's files: `/api/vfs` over its home, and the package that is mounted."""

from __future__ import annotations

import hashlib
import mimetypes
import re
import zipfile
from pathlib import Path

from local_azure.answers import Answer, json_answer, text_answer
from local_azure.asked import Asked
from local_azure.sites.site import Site

_WWWROOT = "site/wwwroot/"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def read_file(asked: Asked, site: Site, path: str) -> Answer:
    """GET of a file, also a part of it, or of a folder, whose path ends in "/"."""
    content = _mounted(site, path)
    if content is not None:
        return _send(asked, content, path)
    home = site.packages.home.resolve()
    file = (home / path).resolve()
    if not file.is_relative_to(home) or not file.exists():
        return text_answer(f"'{path}' not found.", 404)
    if file.is_dir():
        if asked.path.endswith("/"):
            return json_answer(_list(asked, file))
        return Answer(status=307, headers=(("Location", f"{asked.origin}{asked.path}/"),))
    return _send(asked, file.read_bytes(), path)


def write_file(asked: Asked, site: Site, path: str) -> Answer:
    """PUT of a file: one that is there wants to be known by its ETag, or whichever that is."""
    home = site.packages.home.resolve()
    file = (home / path).resolve()
    content = b"".join(asked.chunks())
    if not file.is_relative_to(home) or path.startswith(_WWWROOT):
        return text_answer("The file cannot be written.", 409)
    if file.exists() and asked.header("If-Match") != "*":
        return text_answer("ETag does not represent the latest state of the resource.", 412)
    status = 204 if file.exists() else 201
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return Answer(status=status)


def _mounted(site: Site, path: str) -> bytes | None:
    """Return a file of the package that the app has mounted over wwwroot, None for any other."""
    release = site.packages.release
    if release is None or not release.mounted or not path.startswith(_WWWROOT):
        return None
    if site.world.faults.meets("wwwroot-unmounted", site.name):
        return None
    try:
        with zipfile.ZipFile(release.package) as archive:
            return archive.read(path.removeprefix(_WWWROOT))
    # Later uploads may have driven out the package that runs.
    except (KeyError, FileNotFoundError):
        return None


def _send(asked: Asked, content: bytes, path: str) -> Answer:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    tag = ("ETag", f'"{hashlib.sha256(content).hexdigest()[:16]}"')
    bounds = _RANGE.match(asked.header("Range"))
    if bounds is None or not any(bounds.groups()):
        return Answer(body=content, kind=kind, headers=(tag, ("Accept-Ranges", "bytes")))
    size = len(content)
    first, last = bounds.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    if start >= size:
        return Answer(status=416, headers=(("Content-Range", f"bytes */{size}"),))
    told = ("Content-Range", f"bytes {start}-{end - 1}/{size}")
    return Answer(status=206, body=content[start:end], kind=kind, headers=(tag, told))


def _list(asked: Asked, folder: Path) -> list[dict[str, object]]:
    return [
        {
            "name": entry.name,
            "size": entry.stat().st_size,
            "mime": "inode/directory" if entry.is_dir() else "application/octet-stream",
            "href": f"{asked.origin}{asked.path}{entry.name}{'/' if entry.is_dir() else ''}",
        }
        for entry in sorted(folder.iterdir())
    ]
