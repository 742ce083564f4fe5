"""What tests of several rooms build with: wheels, projects, and programs that must be there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from local_sources import LocalSources, Metadata, write_sdist, write_wheel
from local_sources.distributions import Files
from local_sources.sources import Feed

_HOST_JSON = '{"version": "2.0"}\n'
_FUNCTION_APP = """\
import azure.functions as func

app = func.FunctionApp()


@app.route(route="health")
def health(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("ok")
"""


def require(program: str, *, ambient: Mapping[str, str] = os.environ) -> None:
    """Skip the test where a program is missing; fail it in CI, where nothing may be left out."""
    if shutil.which(program) is None:
        leave_out(f"{program} is not installed", ambient=ambient)


def leave_out(reason: str, *, ambient: Mapping[str, str] = os.environ) -> NoReturn:
    """Skip the test for a reason that a laptop may have; in CI that is a failure."""
    if ambient.get("CI", "").lower() == "true":
        pytest.fail(f"{reason}, and CI=true leaves no test out")
    pytest.skip(reason)


def make_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    files: Files | None = None,
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    tag: str = "py3-none-any",
    metadata: Iterable[str] = (),
) -> Path:
    """Write a wheel into a folder, which is created; `metadata` are further header lines."""
    folder.mkdir(parents=True, exist_ok=True)
    about = Metadata(
        name=name,
        version=version,
        requires=tuple(requires),
        requires_python=requires_python,
        extra=tuple(metadata),
    )
    return write_wheel(folder, about, files=files, tag=tag)


def make_sdist(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    files: Files | None = None,
    requires: Iterable[str] = (),
    build_requires: Iterable[str] = ("setuptools",),
    dynamic: bool = False,
    setup_py: str | None = None,
) -> Path:
    """Write a source archive into a folder, which is created."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_sdist(
        folder,
        Metadata(name=name, version=version, requires=tuple(requires)),
        files=files,
        build_requires=tuple(build_requires),
        dynamic=dynamic,
        setup_py=setup_py,
    )


def make_project(
    folder: Path,
    *,
    requirements: Iterable[str] = ("azure-functions",),
    python: str = "3.11",
    sources: LocalSources | None = None,
    feed: Feed = "index",
    files: Files | None = None,
    configuration: str = "",
) -> Path:
    """Write a project with one small app, `orders`, in `folder/functionapp`; return its root.

    `files` are further files, relative to the root; `configuration` is added to pyproject.toml.
    """
    tables = ["[tool.lading.apps.orders]", 'folder = "functionapp"', f'python = "{python}"']
    tables += ['requirements = "functionapp/requirements.txt"', ""]
    if sources is not None:
        tables.append(sources.configuration(feed))
    contents: dict[str, str | bytes] = {
        "pyproject.toml": "\n".join([*tables, configuration]),
        "functionapp/host.json": _HOST_JSON,
        "functionapp/function_app.py": _FUNCTION_APP,
        "functionapp/requirements.txt": "".join(f"{line}\n" for line in requirements),
    }
    for name, content in (contents | dict(files or {})).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder
