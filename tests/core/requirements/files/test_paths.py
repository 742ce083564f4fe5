"""Folders and files that are required by their paths."""

from __future__ import annotations

import pytest

from lading.core.requirements import (
    PathRequirement,
)
from tests.core.requirements.files.reading import FILE, problem_of, read


def path(location: str, **fields: str | tuple[str, ...] | bool | None) -> PathRequirement:
    base = PathRequirement(name=None, path=location, origin=f"{FILE}:1")
    return PathRequirement(**{field: getattr(base, field) for field in base.__slots__} | fields)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("./lib", path("app/lib")),
        ("-e ../shared[dev,B]", path("shared", extras=("b", "dev"), editable=True)),
        (
            "./lib[x] ; os_name == 'nt'",
            path("app/lib", extras=("x",), marker='os_name == "nt"'),
        ),
        ("wheels/a-1.0-py3-none-any.whl", path("app/wheels/a-1.0-py3-none-any.whl", name="a")),
        (r".\wheels\a-1.0-py3-none-any.whl", path("app/wheels/a-1.0-py3-none-any.whl", name="a")),
        ("a.tar.gz", path("app/a.tar.gz")),
        ("-e .", path("app", editable=True)),
        ("a @ file:///project/lib", path("lib", name="a")),
        ("a @ file:../lib", path("lib", name="a")),
        ("a @ ./lib", path("app/lib", name="a")),
        ("file:./my%20lib#egg=a", path("app/my lib", name="a")),
    ],
)
def test_a_path_is_relative_to_its_file_and_kept_relative_to_the_root(
    text: str, expected: PathRequirement
) -> None:
    requirements = read(text)

    assert requirements.direct == (expected,)
    assert requirements.notes == ()


@pytest.mark.parametrize(
    ("text", "location"),
    [("../../shared", "../shared"), ("/srv/lib", "../srv/lib"), ("file:///srv/lib", "../srv/lib")],
)
def test_a_path_outside_of_the_project_is_taken_with_a_note(text: str, location: str) -> None:
    requirements = read(text)

    assert requirements.direct == (path(location),)
    (note,) = requirements.notes
    assert note.startswith(f"{FILE}:1: {location} lies outside of the project")


@pytest.mark.parametrize(
    "text", ["~/lib", "./$HOME/lib", "./${HOME}/lib", "./%HOME%/lib", "a @ file://server/lib"]
)
def test_a_path_that_depends_on_the_machine_is_refused(text: str) -> None:
    assert "machine" in problem_of(text)


def test_a_drive_that_is_not_the_projects_is_refused() -> None:
    assert "another drive" in problem_of(r"D:\lib")
