"""Every form in which people write a requirement, from the file to what is in the package."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.small_project import below, small_archive, small_project
from tests.support import make_project, make_wheel
from tests.user import User, members, modules

SITE = ".python_packages/lib/site-packages/"
REQUIREMENTS = "functionapp/requirements.txt"


@pytest.fixture(autouse=True)
def only_private_packages(sources: LocalSources) -> None:
    """Let no public package be needed, which keeps these tests fast."""
    sources.passes_on = False


def add_modules(sources: LocalSources, *names: str) -> None:
    for name in names:
        module = name.replace("-", "_")
        sources.add_wheel(name, "1.0", files={f"{module}.py": "VERSION = '1.0'\n"})


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


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


def test_folders_and_files_are_built_and_left_as_they_are(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    add_modules(sources, "acme-below", "acme-wanted", "acme-unwanted")
    wheel = make_wheel(tmp_path / "files", "acme-file", files={"acme_file.py": "A = 1\n"})
    project = make_project(
        tmp_path / "p",
        sources=sources,
        requirements=[
            "-e ../shared",
            "./libs/x[wanted]",
            f"acme-file @ {wheel.as_uri()}",
            f"acme-apart @ {(tmp_path / 'apart').as_uri()}",
        ],
        files={
            **below("shared", small_project("acme-shared", requires=["acme-below"])),
            **below(
                "functionapp/libs/x",
                small_project(
                    "acme-x", extras={"wanted": ["acme-wanted"], "not": ["acme-unwanted"]}
                ),
            ),
            **below("../apart", small_project("acme-apart")),
        },
    )
    before = [snapshot(project / "shared"), snapshot(project / "functionapp/libs")]
    user.builds(project)
    assert modules(project).keys() == {
        *("acme_shared", "acme_below", "acme_x", "acme_wanted", "acme_file", "acme_apart")
    }
    assert [snapshot(project / "shared"), snapshot(project / "functionapp/libs")] == before
    # Also where the requirement does not tell the name.
    for name in ("acme-shared", "acme-x", "acme-file"):
        assert REQUIREMENTS in user.types(project, "explain", name).stdout
    assert "direct_url.json" not in "".join(members(project / "dist/orders.zip"))


def test_a_path_in_metadata_is_refused_with_what_to_write_instead(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    wheel = make_wheel(tmp_path / "files", "acme-file")
    shared = small_project("acme-shared", requires=[f"acme-file @ {wheel.as_uri()}"])
    project = make_project(
        tmp_path / "p", requirements=["../shared"], sources=sources, files=below("shared", shared)
    )
    said = user.types(project, "build")
    assert said.code == 5, said.text
    assert "acme-shared 1.0 requires acme-file from a path" in said.stderr
    assert "write the path into the requirements" in " ".join(said.stderr.split())


def test_a_changed_file_of_a_folder_changes_the_package_without_a_new_lock(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    project = make_project(
        tmp_path / "p",
        requirements=["-e ../shared"],
        sources=sources,
        files=below("shared", small_project("acme-shared")),
    )
    user.builds(project)
    module = project / "shared/acme_shared.py"
    first = module.read_text()
    module.write_text("VERSION = 'edited'\n")
    user.builds(project, "--frozen")
    assert modules(project) == {"acme_shared": "VERSION = 'edited'\n"}
    module.write_text(first)
    user.builds(project, "--frozen")
    assert modules(project) == {"acme_shared": first}
    # What a folder says about itself is a part of what is asked.
    text = (project / "shared/pyproject.toml").read_text()
    add_modules(sources, "acme-below")
    (project / "shared/pyproject.toml").write_text(
        text.replace("dependencies = []", 'dependencies = ["acme-below"]')
    )
    assert user.types(project, "build", "--frozen").code == 6
    user.builds(project)
    assert modules(project).keys() == {"acme_shared", "acme_below"}


@pytest.mark.parametrize("host", ["public", "index"])
def test_wheels_and_archives_at_urls_of_their_own(
    user: User, sources: LocalSources, tmp_path: Path, host: str
) -> None:
    add_modules(sources, "acme-below")
    shelf = sources.public_packages if host == "public" else sources.private_packages
    origin = sources.public.origin if host == "public" else sources.index.origin
    place = f"{origin}/files" if host == "public" else f"{origin}/packages"
    wheel = make_wheel(
        shelf.folder, "direct-wheel", requires=["acme-below"], files={"direct_wheel.py": "A = 1\n"}
    )
    archive = small_archive(shelf.folder, "direct-archive")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    project = make_project(
        tmp_path / "p",
        sources=sources,
        requirements=[
            f"{place}/{wheel.name}",
            f"direct_archive @ {place}/{archive.name}#sha256={digest}",
        ],
    )
    user.builds(project)
    assert modules(project).keys() == {"direct_wheel", "direct_archive", "acme_below"}
    lock = (project / "functionapp/sources.lock").read_text()
    assert digest in lock
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() in lock


def test_a_file_that_was_replaced_at_its_url_is_not_taken(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    folder = sources.public_packages.folder
    wheel = make_wheel(folder, "direct-wheel", files={"direct_wheel.py": "A = 1\n"})
    line = f"{sources.public.origin}/files/{wheel.name}"
    project = make_project(tmp_path / "p", requirements=[line], sources=sources)
    user.builds(project)
    before = (project / "dist/orders.zip").read_bytes()
    # A wheel is no source, wherever it comes from.
    report = json.loads((project / "dist/orders.json").read_text())
    assert "had to be built" in report["sandbox"]
    make_wheel(folder, "direct-wheel", files={"direct_wheel.py": "A = 2\n"})
    said = user.types(project, "build", LADING_CACHE=str(tmp_path / "other store"))
    assert said.code == 4, said.text
    assert wheel.name in said.stderr
    assert "SHA-256" in said.stderr
    assert (project / "dist/orders.zip").read_bytes() == before


@pytest.mark.parametrize("place", ["project", "group"])
def test_a_pyproject_with_extras_and_groups(
    user: User, sources: LocalSources, tmp_path: Path, place: str
) -> None:
    names = ("acme-always", "acme-extra", "acme-group", "acme-inner", "acme-never")
    add_modules(sources, *names)
    always = 'dependencies = ["acme-always"]\n' if place == "project" else ""
    text = f"""
[project]
name = "shop"
version = "1"
{always}
[project.optional-dependencies]
azure = ["acme-extra ; sys_platform == 'linux'", "acme-never ; sys_platform == 'win32'"]
tests = ["acme-never"]

[dependency-groups]
run = ["acme-group", {{include-group = "inner"}}]
inner = ["acme-inner", {'"acme-always"' if place == "group" else ""}]
dev = ["acme-never"]
"""
    project = make_project(tmp_path / "p", sources=sources, files={"shop/pyproject.toml": text})
    table = (project / "pyproject.toml").read_text()
    asked = 'requirements = "shop/pyproject.toml"\nextras = ["azure"]\ngroups = ["run"]'
    (project / "pyproject.toml").write_text(
        table.replace(f'requirements = "{REQUIREMENTS}"', asked)
    )
    user.builds(project)
    assert modules(project).keys() == {*("acme_always", "acme_extra", "acme_group", "acme_inner")}


def test_no_pattern_of_funcignore_takes_the_packages_away(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    add_modules(sources, "acme-one")
    patterns = ".python_packages\n.python_packages/\n**/site-packages/**\n*.py\n!function_app.py\n"
    project = make_project(
        tmp_path / "p",
        requirements=["acme-one"],
        sources=sources,
        files={
            "functionapp/.funcignore": patterns,
            "functionapp/notes.py": "",
            "functionapp/.python_packages/lib/site-packages/stale.py": "",
        },
    )
    user.builds(project)
    assert modules(project).keys() == {"acme_one"}
    own = {name for name in members(project / "dist/orders.zip") if not name.startswith(SITE)}
    assert {"host.json", "function_app.py"} <= own
    assert "notes.py" not in own


def with_requirements(project: Path, path: str) -> Path:
    text = (project / "pyproject.toml").read_text()
    asked = f'requirements = "{REQUIREMENTS}"'
    (project / "pyproject.toml").write_text(text.replace(asked, f'requirements = "{path}"'))
    return project


def test_members_of_a_uv_workspace_become_wheels_without_a_lock(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    add_modules(sources, "acme-below")
    shared = small_project("acme-shared", requires=["acme-inner"])
    shared["pyproject.toml"] += '\n[tool.uv.sources]\nacme-inner = { path = "../inner" }\n'
    inner = small_project("acme-inner", requires=["acme-below"])
    app = '[project]\nname = "orders"\nversion = "1"\ndependencies = ["acme-shared"]\n'
    app += "[tool.uv.sources]\nacme-shared = { workspace = true }\n"
    project = make_project(
        tmp_path / "p",
        sources=sources,
        files={
            **below("packages/shared", shared),
            **below("packages/inner", inner),
            "functionapp/pyproject.toml": app,
        },
        configuration='[tool.uv.workspace]\nmembers = ["functionapp", "packages/*"]\n',
    )
    user.builds(with_requirements(project, "functionapp/pyproject.toml"))
    assert modules(project).keys() == {"acme_shared", "acme_inner", "acme_below"}


@pytest.mark.parametrize("has_project", [True, False])
def test_places_of_poetry_become_wheels_without_a_lock(
    user: User, sources: LocalSources, tmp_path: Path, *, has_project: bool
) -> None:
    for version in ("1.0", "1.9", "2.0"):
        sources.add_wheel(
            "acme-ranged", version, files={"acme_ranged.py": f"VERSION = {version!r}\n"}
        )
    asked = 'dependencies = ["acme-shared", "acme-ranged>=1,<2"]\n'
    head = f'[project]\nname = "orders"\nversion = "1"\n{asked}' if has_project else ""
    own = "" if has_project else 'python = "^3.11"\nacme-ranged = "^1.0"\n'
    app = f"{head}[tool.poetry.dependencies]\n{own}"
    app += 'acme-shared = { path = "../shared", develop = true }\n'
    project = make_project(
        tmp_path / "p",
        sources=sources,
        files={
            **below("shared", small_project("acme-shared")),
            "functionapp/pyproject.toml": app,
        },
    )
    user.builds(with_requirements(project, "functionapp/pyproject.toml"))
    assert modules(project) == {
        "acme_shared": "VERSION = '1.0'\n",
        "acme_ranged": "VERSION = '1.9'\n",
    }
