"""Back ends as they are: versions from Git, compiled code, failures, and the same bytes twice."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from lading.core.errors import BuildError
from lading.core.wheel import Wheel
from lading.edges.interpreters import find_interpreter
from lading.edges.store import Store
from local_sources import GitCommit, LocalSources
from tests.stages.build_wheels.bench import RUNNING, Bench, contents, git_requirement, thing
from tests.support import leave_out, require


def test_building_twice_gives_the_same_bytes(
    bench: Bench, sources: LocalSources, tmp_path: Path
) -> None:
    extra = """
import os
def contents():
    facts = [os.environ["SOURCE_DATE_EPOCH"], os.getcwd(), str(list({"a", "b", "c", "d"}))]
    return {"facts.py": "\\n".join(facts)}
"""
    requirement = git_requirement(sources, GitCommit(files=thing(extra)))
    first = bench.workshop().build(bench.workshop().pin(requirement), ())
    bench.store = Store(tmp_path / "another" / "store")
    bench.ambient |= {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1"}
    second = bench.workshop().build(bench.workshop().pin(requirement), ())
    assert first.path != second.path
    assert contents(first) == contents(second)
    assert contents(first)["facts.py"].startswith(b"1767225600\n")


def test_a_failed_build_shows_the_end_of_its_output_without_secrets(
    bench: Bench, sources: LocalSources
) -> None:
    extra = """
def contents():
    print("https://user:hunter22@example.test/x")
    raise RuntimeError("the compiler is on strike")
"""
    workshop = bench.workshop()
    pinned = workshop.pin(git_requirement(sources, GitCommit(files=thing(extra))))
    with pytest.raises(BuildError, match=r"_git/thing: it cannot be built") as caught:
        workshop.build(pinned, ())
    assert "the compiler is on strike" in str(caught.value)
    assert "hunter22" not in str(caught.value)


def test_setuptools_scm_finds_the_version_in_the_fetched_history(
    bench: Bench, sources: LocalSources, build_tools: tuple[Wheel, ...]
) -> None:
    pyproject = """
[build-system]
requires = ["setuptools>=64", "setuptools-scm>=8"]
[project]
name = "acme-scm"
dynamic = ["version"]
[tool.setuptools]
py-modules = ["acme_scm"]
[tool.setuptools_scm]
"""
    files = {"pyproject.toml": pyproject, "acme_scm.py": "A = 1\n"}
    later = {**files, "acme_scm.py": "A = 2\n"}
    requirement = git_requirement(
        sources, GitCommit(files=files, tags=("v2.3.0",)), GitCommit(files=later)
    )
    workshop = bench.workshop()
    pinned = workshop.pin(requirement)
    assert workshop.read_build_requires(pinned) == ("setuptools>=64", "setuptools-scm>=8")
    assert workshop.ask_build_requires(pinned, build_tools) == ()
    wheel = workshop.build(pinned, build_tools)
    assert (wheel.name, wheel.version) == ("acme-scm", f"2.3.1.dev1+g{pinned.commit[:9]}")


NATIVE = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n',
    "setup.py": "from setuptools import setup, Extension\n"
    "setup(name='acme-native', version='1.0', ext_modules=[Extension('native', ['native.c'])])\n",
    "native.c": "#include <Python.h>\n"
    'static struct PyModuleDef d = {PyModuleDef_HEAD_INIT, "native", 0, -1, 0};\n'
    "PyMODINIT_FUNC PyInit_native(void) { return PyModule_Create(&d); }\n",
}


@pytest.mark.skipif(sys.platform != "linux", reason="compiled code is for Linux")
def test_compiled_code_is_built_by_the_targets_python_alone(
    bench: Bench, sources: LocalSources, build_tools: tuple[Wheel, ...]
) -> None:
    require("gcc")
    other = "3.13" if RUNNING != "3.13" else "3.12"
    requirement = git_requirement(sources, GitCommit(files=NATIVE))
    workshop = bench.workshop(python=other)
    pinned = workshop.pin(requirement)
    with pytest.raises(BuildError, match=rf"cannot be loaded by Python {other}") as caught:
        workshop.build(pinned, build_tools)
    assert f"Build where Python {other} is installed" in caught.value.remedy
    interpreter = find_interpreter(other, ambient={**os.environ})
    if interpreter is None:
        leave_out(f"Python {other} is not installed")
    wheel = bench.workshop(python=other, interpreter=interpreter).build(pinned, build_tools)
    assert f"cp{other.replace('.', '')}" in wheel.filename
