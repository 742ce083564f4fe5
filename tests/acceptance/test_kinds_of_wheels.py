"""What is in wheels: built here, laid out in every way that the format allows, and hostile."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.small_project import BACK_END, below, small_project
from tests.support import make_project, require
from tests.user import User, members

SITE = ".python_packages/lib/site-packages/"
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
NATIVE = """\
#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *ignored) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "acme_native", NULL, -1, methods};
PyMODINIT_FUNC PyInit_acme_native(void) { return PyModule_Create(&module); }
"""
NATIVE_SETUP = """\
from setuptools import Extension, setup
setup(ext_modules=[Extension("acme_native", ["native.c"])])
"""


def test_a_compiled_source_is_built_for_the_running_minor(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    require("gcc")
    sources.add_sdist("acme-native", "1.0", files={"native.c": NATIVE}, setup_py=NATIVE_SETUP)
    project = make_project(
        tmp_path / "p", requirements=["acme-native"], python=HERE, sources=sources
    )
    user.builds(project)
    with zipfile.ZipFile(project / "dist/orders.zip") as package:
        package.extractall(tmp_path / "app")
    script = "import acme_native; print(acme_native.answer())"
    told = subprocess.run(
        [sys.executable, "-S", "-c", script],
        cwd=tmp_path / "app" / SITE,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "42"


def test_a_compiled_source_is_refused_where_the_target_has_another_python(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    require("gcc")
    other = "3.12" if HERE != "3.12" else "3.13"
    sources.add_sdist("acme-native", "1.0", files={"native.c": NATIVE}, setup_py=NATIVE_SETUP)
    project = make_project(
        tmp_path / "p", requirements=["acme-native"], python=other, sources=sources
    )
    # No other Python can be found there.
    said = user.types(project, "build", PATH="/usr/bin:/bin")
    assert said.code == 5, said.text
    assert f"Python {other}" in said.stderr
    assert not (project / "dist").exists()


def test_a_source_is_built_with_a_private_tool_that_is_locked_and_not_packed(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    sources.passes_on = False
    sources.add_wheel("acme-build-base", "3.0", files={"acme_build_base.py": ""})
    sources.add_wheel(
        "acme-build",
        "2.0",
        files={"acme_build.py": f"import acme_build_base\n{BACK_END}"},
        requires=["acme-build-base"],
    )
    # The public index has a tool of this name too.
    sources.public_packages.add_wheel(
        "acme-build", "99.0", files={"acme_build.py": "raise SystemExit('the public one')\n"}
    )
    shared = small_project("acme-shared", build_requires=["acme-build>=1"], back_end="acme_build")
    project = make_project(
        tmp_path / "p",
        requirements=["../shared"],
        sources=sources,
        files=below("shared", shared),
    )
    user.builds(project)
    inside = members(project / "dist/orders.zip")
    assert f"{SITE}acme_shared.py" in inside
    assert not [name for name in inside if "acme_build" in name]
    lock = (project / "functionapp/sources.lock").read_text()
    assert "acme-build" in lock
    assert "acme-build-base" in lock


def test_every_scheme_of_a_wheel_goes_where_pip_puts_it(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    sources.passes_on = False
    data = "acme_laid-1.0.data/"
    sources.add_wheel(
        "acme-laid",
        "1.0",
        files={
            "acme_laid/__init__.py": "",
            f"{data}purelib/acme_pure.py": "PURE = True\n",
            f"{data}platlib/acme_laid/plat.py": "PLAT = True\n",
            f"{data}data/share/acme/table.csv": "a,b\n",
            f"{data}scripts/acme-run": "#!python\nprint('run')\n",
            f"{data}headers/acme.h": "#define ACME 1\n",
        },
    )
    project = make_project(tmp_path / "p", requirements=["acme-laid"], sources=sources)
    user.builds(project)
    inside = members(project / "dist/orders.zip")
    assert inside[f"{SITE}acme_pure.py"] == b"PURE = True\n"
    assert inside[f"{SITE}acme_laid/plat.py"] == b"PLAT = True\n"
    assert inside[f"{SITE}share/acme/table.csv"] == b"a,b\n"
    record = inside[f"{SITE}acme_laid-1.0.dist-info/RECORD"].decode()
    assert "share/acme/table.csv" in record
    told = "\n".join((*inside, record))
    for absent in ("acme-run", "acme.h", ".data/"):
        assert absent not in told
    report = (project / "dist/orders.json").read_text()
    for left_out in ("acme-run", "acme.h"):
        assert left_out in report


def test_a_pth_file_with_an_effect_is_told(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    sources.passes_on = False
    sources.add_wheel(
        "acme-hooked",
        "1.0",
        files={"acme_hooked.py": "", "acme_hooked.pth": "import acme_hooked\n"},
    )
    sources.add_wheel(
        "acme-calm", "1.0", files={"acme_calm.py": "", "acme_calm.pth": "# nothing\n"}
    )
    project = make_project(
        tmp_path / "p", requirements=["acme-hooked", "acme-calm"], sources=sources
    )
    said = user.builds(project)
    report = json.loads((project / "dist/orders.json").read_text())
    (finding,) = [each for each in report["findings"] if each["code"] == "pth-ignored"]
    assert finding["severity"] == "warning"
    assert finding["subject"] == "acme-hooked"
    assert "acme_hooked.pth" in finding["evidence"]
    assert "pth-ignored" in said.text


def rewrite(wheel: Path, *, record: tuple[bytes, bytes]) -> None:
    """Replace something in a wheel's RECORD."""
    with zipfile.ZipFile(wheel) as archive:
        contents = [(item, archive.read(item)) for item in archive.infolist()]
    with zipfile.ZipFile(wheel, "w") as archive:
        for item, content in contents:
            changed = content.replace(*record) if item.filename.endswith("/RECORD") else content
            archive.writestr(item, changed)


@pytest.mark.parametrize(
    "name",
    ["/etc/acme.py", "../../acme.py", "acme/../../acme.py", "C:/acme.py", "acme\\..\\acme.py"],
)
def test_a_wheel_whose_members_leave_it_is_refused(
    user: User, sources: LocalSources, tmp_path: Path, name: str
) -> None:
    sources.passes_on = False
    sources.add_wheel("acme-evil", "1.0", files={"acme_evil.py": "", name: "EVIL = True\n"})
    project = make_project(tmp_path / "p", requirements=["acme-evil"], sources=sources)
    said = user.types(project, "build")
    assert said.code == 5, said.text
    assert "acme_evil-1.0-py3-none-any.whl is refused" in said.stderr
    assert "→" in said.stderr
    assert not (project / "dist").exists()
    assert not list(tmp_path.rglob("acme.py"))


@pytest.mark.parametrize("kind", ["hash", "missing"])
def test_a_wheel_that_its_record_does_not_describe_is_refused(
    user: User, sources: LocalSources, tmp_path: Path, kind: str
) -> None:
    sources.passes_on = False
    wheel = sources.add_wheel("acme-wrong", "1.0", files={"acme_wrong.py": "A = 1\n"})
    changes = {
        "hash": (b"acme_wrong.py,sha256=", b"acme_wrong.py,sha256=A"),
        "missing": (b"acme_wrong.py,", b"acme_other.py,"),
    }
    rewrite(wheel, record=changes[kind])
    project = make_project(tmp_path / "p", requirements=["acme-wrong"], sources=sources)
    said = user.types(project, "build")
    assert said.code == 5, said.text
    assert "acme_wrong.py" in said.stderr
    assert "RECORD" in said.stderr
    assert not (project / "dist").exists()
