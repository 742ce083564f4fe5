"""Libraries that are built in a moment, wheel and source archive: their back end lies in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

# As real back ends do, it puts the time of the build into the archive, and litter into the folder.
_BACK_END = """\
import base64, hashlib, io, os, pathlib, tarfile, time, tomllib, zipfile


def _about():
    project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
    readme = project.get("readme")
    lines = ["Metadata-Version: 2.4", "Name: " + project["name"], "Version: " + project["version"]]
    lines += ["Requires-Dist: " + one for one in project.get("dependencies", ())]
    lines += ["Classifier: " + one for one in project.get("classifiers", ())]
    if readme:
        kind = "text/x-rst" if readme.endswith(".rst") else "text/markdown"
        lines += ["Description-Content-Type: " + kind, "", pathlib.Path(readme).read_text()]
    stem = project["name"].replace("-", "_") + "-" + project["version"].replace("-", "_")
    return stem, ("\\n".join(lines) + "\\n").encode()


def _files():
    for path in sorted(pathlib.Path(".").rglob("*")):
        if path.is_file() and not {".git", "build", "__pycache__"} & set(path.parts):
            yield path.as_posix(), path.read_bytes()


def build_sdist(directory, config_settings=None):
    stem, metadata = _about()
    name = stem + ".tar.gz"
    with tarfile.open(pathlib.Path(directory, name), "w:gz") as archive:
        for member, content in [*_files(), ("PKG-INFO", metadata)]:
            entry = tarfile.TarInfo(stem + "/" + member)
            entry.size, entry.mtime, entry.uname = len(content), time.time_ns() / 1e9, "somebody"
            archive.addfile(entry, io.BytesIO(content))
    pathlib.Path("build").mkdir(exist_ok=True)
    pathlib.Path("build/left.txt").write_text("litter")
    return name


def build_wheel(directory, config_settings=None, metadata_directory=None):
    stem, metadata = _about()
    files = {name: content for name, content in _files() if name.startswith("acme_")}
    files[stem + ".dist-info/METADATA"] = metadata
    files[stem + ".dist-info/WHEEL"] = (
        b"Wheel-Version: 1.0\\nGenerator: small\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    )
    record = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record.append(f"{name},sha256={digest},{len(content)}")
    record.append(stem + ".dist-info/RECORD,,")
    files[stem + ".dist-info/RECORD"] = ("\\n".join(record) + "\\n").encode()
    name = stem + "-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, name), "w") as wheel:
        for member, content in files.items():
            wheel.writestr(zipfile.ZipInfo(member), content)
    return name
"""


def write_library(
    folder: Path,
    name: str = "acme-ledger",
    version: str = "1.0",
    *,
    readme: str | None = "# Ledger\n",
    classifiers: Iterable[str] = (),
    build_requires: Iterable[str] = (),
    more: str = "",
    files: Mapping[str, str] | None = None,
) -> Path:
    """Write a library of one module into a folder; `more` is code added to its back end."""
    module = name.replace("-", "_")
    # JSON strings and lists of them are TOML too.
    lines = ["[build-system]", f"requires = {json.dumps(list(build_requires))}"]
    lines += ['build-backend = "back_end"', 'backend-path = ["."]', "", "[project]"]
    lines += [f"name = {json.dumps(name)}", f"version = {json.dumps(version)}"]
    lines.append(f"classifiers = {json.dumps(list(classifiers))}")
    contents = {f"{module}.py": f"VERSION = {version!r}\n", "back_end.py": _BACK_END + more}
    if readme is not None:
        lines.append('readme = "README.md"')
        contents["README.md"] = readme
    contents["pyproject.toml"] = "\n".join(lines) + "\n"
    for path, text in (contents | dict(files or {})).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder
