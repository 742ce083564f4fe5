"""Projects that are built in a moment: their build back end lies in their own folder.

It packs every `.py` and `.csv` file, and leaves litter in the folder as real back ends do.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

BACK_END = """\
import base64, hashlib, io, pathlib, tomllib, zipfile


def build_wheel(directory, config_settings=None, metadata_directory=None):
    project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
    stem = project["name"].replace("-", "_") + "-" + project["version"]
    lines = ["Metadata-Version: 2.1", "Name: " + project["name"], "Version: " + project["version"]]
    for extra, asked in project.get("optional-dependencies", {}).items():
        lines.append("Provides-Extra: " + extra)
        lines += [f'Requires-Dist: {one} ; extra == "{extra}"' for one in asked]
    lines += ["Requires-Dist: " + one for one in project.get("dependencies", ())]
    files = {
        path.as_posix(): path.read_bytes()
        for path in sorted(pathlib.Path(".").rglob("*"))
        if path.suffix in {".py", ".csv"} and path.parts[0] not in {"back_end.py", "build"}
    }
    files[stem + ".dist-info/METADATA"] = ("\\n".join(lines) + "\\n").encode()
    files[stem + ".dist-info/WHEEL"] = (
        b"Wheel-Version: 1.0\\nGenerator: small\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    )
    record = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record.append(f"{name},sha256={digest},{len(content)}")
    record.append(stem + ".dist-info/RECORD,,")
    files[stem + ".dist-info/RECORD"] = ("\\n".join(record) + "\\n").encode()
    filename = stem + "-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, filename), "w") as wheel:
        for name, content in files.items():
            wheel.writestr(zipfile.ZipInfo(name), content)
    pathlib.Path("build").mkdir(exist_ok=True)
    pathlib.Path("build/left.py").write_text("LITTER = True\\n")
    return filename
"""


def small_project(
    name: str,
    version: str = "1.0",
    *,
    requires: Iterable[str] = (),
    extras: Mapping[str, Iterable[str]] | None = None,
    files: Mapping[str, str] | None = None,
    build_requires: Iterable[str] = (),
    back_end: str = "",
) -> dict[str, str]:
    """Return the files of a project; without `files` it has one module that tells its version.

    `back_end` is a module that a build requirement brings; without it the project has its own.
    """
    module = name.replace("-", "_")
    contents = dict(files) if files is not None else {f"{module}.py": f"VERSION = {version!r}\n"}
    lines = ["[build-system]", f"requires = {json.dumps(list(build_requires))}"]
    lines.append(f"build-backend = {json.dumps(back_end or 'back_end')}")
    if not back_end:
        lines.append('backend-path = ["."]')
        contents["back_end.py"] = BACK_END
    # JSON strings and lists of them are TOML too.
    lines += ["", "[project]", f"name = {json.dumps(name)}", f"version = {json.dumps(version)}"]
    lines.append(f"dependencies = {json.dumps(list(requires))}")
    if extras:
        lines += ["", "[project.optional-dependencies]"]
        lines += [f"{extra} = {json.dumps(list(asked))}" for extra, asked in extras.items()]
    return {**contents, "pyproject.toml": "\n".join(lines) + "\n"}


def below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    """Return the files as they lie in a folder."""
    return {f"{folder}/{name}": content for name, content in files.items()}


def small_archive(folder: Path, name: str, version: str = "1.0") -> Path:
    """Write a source archive of a small project into a folder, and return its path."""
    stem = f"{name.replace('-', '_')}-{version}"
    information = f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n"
    contents = {**small_project(name, version), "PKG-INFO": information}
    path = folder / f"{stem}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for member, text in contents.items():
            entry = tarfile.TarInfo(f"{stem}/{member}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path
