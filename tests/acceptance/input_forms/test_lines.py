"""Every form in which people write a line, from the file to what is in the package."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.acceptance.input_forms.projects import REQUIREMENTS, add_modules
from tests.support import make_project
from tests.user import User, modules


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_powershell_wrote_the_file(
    user: User, sources: LocalSources, tmp_path: Path, encoding: str
) -> None:
    add_modules(sources, "acme-one", "acme-two")
    text = "# Größe\r\nacme-one==1.0  # why\r\n\r\nAcme_Two>=1.0, \\\r\n  <2\r\n"
    project = make_project(
        tmp_path / "p", sources=sources, files={REQUIREMENTS: text.encode(encoding)}
    )
    user.builds(project)
    assert modules(project).keys() == {"acme_one", "acme_two"}


def test_files_include_files_and_constraints_bound_what_others_ask_for(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    for version in ("1.0", "1.5", "2.0"):
        sources.add_wheel("acme-deep", version, files={"acme_deep.py": f"VERSION = {version!r}\n"})
        sources.add_wheel("acme-unasked", version)
    sources.add_wheel("acme-top", "1.0", requires=["acme-deep"], files={"acme_top.py": ""})
    add_modules(sources, "acme-other")
    files = {
        REQUIREMENTS: "-r ../requirements/base.txt\nacme-other\n",
        "requirements/base.txt": "--requirement=more/prod.txt\n-c more/bounds.txt\n",
        "requirements/more/prod.txt": "acme-top\n-r ../base.txt\n",
        "requirements/more/bounds.txt": "acme-deep<2\nacme-unasked==1.0\n",
    }
    project = make_project(tmp_path / "p", sources=sources, files=files)
    user.builds(project)
    assert modules(project) == {
        "acme_top": "",
        "acme_other": "VERSION = '1.0'\n",
        "acme_deep": "VERSION = '1.5'\n",
    }


def test_markers_are_judged_for_azure_and_not_for_this_machine(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    here = ("acme-new", "acme-linux", "acme-below", "acme-intel")
    add_modules(sources, *here, "acme-old", "acme-windows", "acme-arm")
    sources.add_wheel(
        "acme-top",
        "1.0",
        files={"acme_top.py": ""},
        requires=[
            'acme-below ; python_full_version >= "3.13"',
            'acme-old ; python_version < "3.13"',
            'acme-arm ; platform_machine == "aarch64"',
        ],
    )
    lines = [
        "acme-top",
        'acme-new ; python_version >= "3.13"',
        'acme-old ; python_version < "3.13"',
        'acme-linux ; sys_platform == "linux" and platform_system == "Linux"',
        'acme-windows ; os_name == "nt" or sys_platform == "darwin"',
        'acme-intel ; platform_machine == "x86_64" and implementation_name == "cpython"',
    ]
    project = make_project(tmp_path / "p", requirements=lines, python="3.13", sources=sources)
    user.builds(project)
    assert modules(project).keys() == {"acme_top", *(name.replace("-", "_") for name in here)}


def test_places_for_another_platform_are_not_looked_at(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    add_modules(sources, "acme-one")
    elsewhere = f"{sources.other.origin}/acme"
    lines = [
        "acme-one",
        f'acme-repository @ git+{elsewhere}/repository ; sys_platform == "win32"',
        f'acme-file @ {elsewhere}/acme_file-1.0-py3-none-any.whl ; python_version < "3"',
        '../windows ; platform_system == "Windows"',
    ]
    broken = {"windows/pyproject.toml": "[project]\ndynamic = ['name']\n"}
    project = make_project(tmp_path / "p", requirements=lines, sources=sources, files=broken)
    user.builds(project)
    assert modules(project).keys() == {"acme_one"}
    assert not sources.log(host="other")


def test_extras_bring_what_they_name_and_a_hash_allows_only_its_file(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    add_modules(sources, "acme-fast", "acme-slow", "acme-plain")
    extras = ["Provides-Extra: fast-mode", "Provides-Extra: slow"]
    sources.add_wheel(
        "acme-extra",
        "1.0",
        files={"acme_extra.py": ""},
        metadata=extras,
        requires=['acme-fast ; extra == "fast-mode"', 'acme-slow ; extra == "slow"'],
    )
    older = sources.add_wheel("acme-hashed", "1.0", files={"acme_hashed.py": "VERSION = 1\n"})
    sources.add_wheel("acme-hashed", "2.0", files={"acme_hashed.py": "VERSION = 2\n"})
    digest = hashlib.sha256(older.read_bytes()).hexdigest()
    lines = [
        "acme-extra[Fast_Mode]",
        "acme-plain",
        f"acme-hashed \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{digest}",
    ]
    project = make_project(tmp_path / "p", requirements=lines, sources=sources)
    user.builds(project)
    assert modules(project) == {
        "acme_extra": "",
        "acme_fast": "VERSION = '1.0'\n",
        "acme_plain": "VERSION = '1.0'\n",
        "acme_hashed": "VERSION = 1\n",
    }


def test_a_hash_that_no_file_has_ends_the_run(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    add_modules(sources, "acme-hashed")
    line = f"acme-hashed==1.0 --hash=sha256:{'0' * 64}"
    project = make_project(tmp_path / "p", requirements=[line], sources=sources)
    said = user.types(project, "build")
    assert said.code == 5, said.text
    assert "acme-hashed" in said.stderr
    assert "hash" in said.stderr
