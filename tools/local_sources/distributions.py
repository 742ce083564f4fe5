"""Wheels and source archives, written directly.

A build back end would have to be installed first (a network, seconds); the format is small enough
to be written correctly here. https://packaging.python.org/specifications/binary-distribution-format
"""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import json
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

Content = str | bytes
Files = Mapping[str, Content]

# The oldest day that a zip can tell, so that the same input gives the same bytes.
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_MODE_FILE = 0o644
_BACK_ENDS = {
    "setuptools": "setuptools.build_meta",
    "hatchling": "hatchling.build",
    "flit-core": "flit_core.buildapi",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a distribution says about itself; `extra` are further header lines of METADATA."""

    name: str
    version: str
    requires: tuple[str, ...] = ()
    requires_python: str | None = None
    extra: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """Return NAME-VERSION as file names have it (PEP 427, PEP 625)."""
        return f"{canonicalize_name(self.name).replace('-', '_')}-{self.version}"

    def render(self, *, dynamic: Iterable[str] = ()) -> str:
        """Return it as METADATA or PKG-INFO; `dynamic` are fields that only a build tells."""
        lines = ["Metadata-Version: 2.2", f"Name: {self.name}", f"Version: {self.version}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in self.requires]
        if self.requires_python:
            lines.append(f"Requires-Python: {self.requires_python}")
        lines += [*self.extra, *(f"Dynamic: {field}" for field in dynamic)]
        return "\n".join(lines) + "\n"


def write_wheel(
    folder: Path,
    metadata: Metadata,
    *,
    files: Files | None = None,
    tag: str = "py3-none-any",
) -> Path:
    """Write a wheel into `folder` and return its path.

    Without `files` it holds one module, named as the distribution, that tells its version.
    """
    contents = dict(files) if files is not None else _default_module(metadata)
    information = f"{metadata.stem}.dist-info"
    contents |= {
        f"{information}/METADATA": metadata.render(),
        f"{information}/WHEEL": _wheel_file(tag),
    }
    contents[f"{information}/RECORD"] = _record(contents, f"{information}/RECORD")
    path = folder / f"{metadata.stem}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, date_time=_ZIP_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100000 | _MODE_FILE) << 16
            archive.writestr(entry, _bytes(content))
    return path


def write_sdist(
    folder: Path,
    metadata: Metadata,
    *,
    files: Files | None = None,
    build_requires: tuple[str, ...] = ("setuptools",),
    dynamic: bool = False,
    setup_py: str | None = None,
) -> Path:
    """Write a source archive into `folder` and return its path.

    `dynamic`: its version and requirements are known only to `setup.py`, so that it must be built
    to be asked. `setup_py` replaces the text that is written then.
    """
    contents = dict(files) if files is not None else _default_module(metadata)
    contents |= source_tree(
        metadata, build_requires=build_requires, dynamic=dynamic, setup_py=setup_py
    )
    contents["PKG-INFO"] = metadata.render(dynamic=("Requires-Dist",) if dynamic else ())
    path = folder / f"{metadata.stem}.tar.gz"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in sorted(contents.items()):
            entry = tarfile.TarInfo(f"{metadata.stem}/{name}")
            entry.mode, entry.size = _MODE_FILE, len(_bytes(content))
            archive.addfile(entry, io.BytesIO(_bytes(content)))
    path.write_bytes(gzip.compress(buffer.getvalue(), mtime=0))
    return path


def source_tree(
    metadata: Metadata,
    *,
    build_requires: tuple[str, ...] = ("setuptools",),
    dynamic: bool = False,
    setup_py: str | None = None,
) -> dict[str, str]:
    """Return the files that make a folder a project: pyproject.toml, and setup.py where asked."""
    tree = {"pyproject.toml": _pyproject(metadata, build_requires, dynamic=dynamic)}
    if dynamic or setup_py is not None:
        tree["setup.py"] = setup_py if setup_py is not None else _setup_py(metadata)
    return tree


def pack_project(project: Path, folder: Path) -> Path:
    """Write the wheel of a pure Python project (pyproject.toml, src/) into `folder`."""
    table = tomllib.loads(project.joinpath("pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = Metadata(
        name=table["name"],
        version=table["version"],
        requires=tuple(table.get("dependencies", ())),
        requires_python=table.get("requires-python"),
        extra=(f"Summary: {table['description']}",),
    )
    return write_wheel(folder, metadata, files=read_tree(project / "src"))


def read_tree(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder by POSIX name; caches are left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def read_metadata(path: Path) -> str:
    """Return a wheel's METADATA or a source archive's PKG-INFO."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            return archive.read(name).decode()
    with tarfile.open(path) as source:
        member = source.extractfile(f"{path.name.removesuffix('.tar.gz')}/PKG-INFO")
        return member.read().decode() if member else ""


def _default_module(metadata: Metadata) -> dict[str, Content]:
    module = canonicalize_name(metadata.name).replace("-", "_")
    return {f"{module}/__init__.py": f'__version__ = "{metadata.version}"\n'}


def _wheel_file(tag: str) -> str:
    pure = "true" if tag.endswith("-none-any") else "false"
    return f"Wheel-Version: 1.0\nGenerator: local-sources\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"


def _record(contents: Files, itself: str) -> str:
    buffer = io.StringIO()
    rows = csv.writer(buffer, lineterminator="\n")
    for name, content in contents.items():
        digest = hashlib.sha256(_bytes(content)).digest()
        encoded = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        rows.writerow((name, f"sha256={encoded}", len(_bytes(content))))
    rows.writerow((itself, "", ""))
    return buffer.getvalue()


def _pyproject(metadata: Metadata, build_requires: tuple[str, ...], *, dynamic: bool) -> str:
    back_end = _back_end(build_requires)
    # A JSON string or list of strings is a TOML one too.
    lines = ["[build-system]", f"requires = {json.dumps(build_requires)}"]
    lines += [f"build-backend = {json.dumps(back_end)}", "", "[project]"]
    lines.append(f"name = {json.dumps(metadata.name)}")
    if dynamic:
        lines.append('dynamic = ["version", "dependencies"]')
    else:
        lines.append(f"version = {json.dumps(metadata.version)}")
        lines.append(f"dependencies = {json.dumps(metadata.requires)}")
    if metadata.requires_python:
        lines.append(f"requires-python = {json.dumps(metadata.requires_python)}")
    return "\n".join(lines) + "\n"


def _back_end(build_requires: tuple[str, ...]) -> str:
    for requirement in build_requires:
        for name, back_end in _BACK_ENDS.items():
            if requirement.startswith(name):
                return back_end
    return _BACK_ENDS["setuptools"]


def _setup_py(metadata: Metadata) -> str:
    arguments = f"version={metadata.version!r}, install_requires={list(metadata.requires)!r}"
    return f"from setuptools import setup\n\nsetup({arguments})\n"


def _bytes(content: Content) -> bytes:
    return content.encode() if isinstance(content, str) else content
