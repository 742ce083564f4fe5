"""A candidate counts only after it ran and said what it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lading.edges.interpreters import Interpreter, find_interpreter

RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"


def fake(path: Path, version: str = "3.99.1", **facts: str) -> Path:
    """Write a program that answers like a Python."""
    answer = {
        "path": str(path),
        "version": version,
        "level": "final",
        "implementation": "cpython",
        "cache_tag": "cpython-399",
        "platform": "linux-x86_64",
    } | facts
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\nimport json\nprint(json.dumps({answer!r}))\n")
    path.chmod(0o755)
    return path


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="fakes are scripts")


def test_the_running_interpreter_is_the_first_choice() -> None:
    found = find_interpreter(RUNNING, ambient={})
    assert found is not None
    assert (found.python, found.implementation) == (RUNNING, "cpython")
    assert found.version == ".".join(map(str, sys.version_info[:3]))
    assert found.cache_tag == sys.implementation.cache_tag


def test_one_on_the_path_is_found(tmp_path: Path) -> None:
    path = fake(tmp_path / "bin" / "python3.99")
    assert find_interpreter("3.99", ambient={"PATH": str(tmp_path / "bin")}) == Interpreter(
        path=path,
        version="3.99.1",
        implementation="cpython",
        platform="linux-x86_64",
        cache_tag="cpython-399",
    )


def test_a_broken_shim_is_passed_over(tmp_path: Path) -> None:
    shim = tmp_path / "shims" / "python3.99"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    path = fake(tmp_path / "home" / ".pyenv" / "versions" / "3.99.1" / "bin" / "python3.99")
    ambient = {"PATH": str(shim.parent), "HOME": str(tmp_path / "home")}
    found = find_interpreter("3.99", ambient=ambient)
    assert found is not None
    assert found.path == path


@pytest.mark.parametrize(
    "facts",
    [{"implementation": "pypy"}, {"level": "beta"}, {"version": "3.98.2"}, {"version": "3.9.9"}],
)
def test_one_that_is_not_what_its_name_says_does_not_count(
    tmp_path: Path, facts: dict[str, str]
) -> None:
    fake(tmp_path / "python3.99", **facts)
    ambient = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    assert find_interpreter("3.99", ambient=ambient) is None


@pytest.mark.parametrize(
    ("variable", "folder", "inside"),
    [
        ("PYENV_ROOT", "versions", "3.99.12/bin/python3.99"),
        ("AGENT_TOOLSDIRECTORY", "Python", "3.99.12/x64/bin/python3.99"),
        ("RUNNER_TOOL_CACHE", "Python", "3.99.12/x64/bin/python3.99"),
        ("UV_PYTHON_INSTALL_DIR", ".", "cpython-3.99.12-linux-x86_64-gnu/bin/python3.99"),
        ("XDG_DATA_HOME", "uv/python", "cpython-3.99.12-linux-x86_64-gnu/bin/python3.99"),
    ],
)
def test_the_highest_patch_of_a_collection_is_taken(
    tmp_path: Path, variable: str, folder: str, inside: str
) -> None:
    collection = tmp_path / "collection" / folder
    for other in ("3.99.2", "3.99.9"):
        fake(collection / inside.replace("3.99.12", other), other)
    fake(collection / inside, "3.99.12")
    ambient = {"HOME": str(tmp_path / "empty"), variable: str(tmp_path / "collection")}
    found = find_interpreter("3.99", ambient=ambient)
    assert found is not None
    assert found.version == "3.99.12"


def test_a_free_threaded_one_is_not_taken_for_the_other(tmp_path: Path) -> None:
    fake(tmp_path / "versions" / "3.99.1t" / "bin" / "python3.99")
    ambient = {"HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path)}
    assert find_interpreter("3.99", ambient=ambient) is None
