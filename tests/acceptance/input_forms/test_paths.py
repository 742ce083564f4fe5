"""Folders and files beside the project, from the file to what is in the package."""

from __future__ import annotations

from pathlib import Path

from local_sources import LocalSources
from tests.acceptance.input_forms.projects import REQUIREMENTS, add_modules
from tests.small_project import below, small_project
from tests.support import make_project, make_wheel
from tests.user import User, members, modules


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


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
