from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.config import CredentialSpec, GitSource, IndexSource, Project
from lading.core.errors import RequirementsError
from lading.core.requirements import (
    GitRequirement,
    NamedRequirement,
    PathRequirement,
    Requirements,
    UrlRequirement,
)
from lading.core.requirements.pyproject import parse_pyproject_requirements

NONE = CredentialSpec(kind="none")
PROJECT = Project(
    root=Path("/project"),
    apps=(),
    sources=(
        IndexSource(
            name="acme",
            url="https://index.example/simple/",
            packages=("acme-*",),
            credential=NONE,
            scope="https://index.example/",
        ),
        GitSource(name="team", url="https://git.example/team/", credential=NONE),
    ),
)
PATH = "app/pyproject.toml"


def read(text: str, *, groups: tuple[str, ...] = (), extras: tuple[str, ...] = ()) -> Requirements:
    return parse_pyproject_requirements(
        tomllib.loads(text), path=PATH, groups=groups, extras=extras, project=PROJECT
    )


def problems(
    text: str, *, groups: tuple[str, ...] = (), extras: tuple[str, ...] = ()
) -> tuple[str, ...]:
    with pytest.raises(RequirementsError) as caught:
        read(text, groups=groups, extras=extras)
    return caught.value.problems


def names(requirements: Requirements) -> list[str]:
    return [item.name for item in requirements.named]


def test_dependencies_are_asked_with_their_place_in_the_file() -> None:
    requirements = read('[project]\nname = "x"\ndependencies = ["B>=1", "./lib", "c @ ./c"]\n')

    assert requirements.named == (
        NamedRequirement(name="b", text="b>=1", origin=f"{PATH}:project.dependencies[0]"),
    )
    assert requirements.direct == (
        PathRequirement(name=None, path="app/lib", origin=f"{PATH}:project.dependencies[1]"),
        PathRequirement(name="c", path="app/c", origin=f"{PATH}:project.dependencies[2]"),
    )


EXTRAS = """
[project]
name = "My.App"
dependencies = ["a"]
[project.optional-dependencies]
all = ["my-app[Web,data]"]
web = ["w"]
data = ["d", "my_app[all]"]
unused = ["u"]
"""


def test_an_extra_may_name_extras_of_its_own_project() -> None:
    assert names(read(EXTRAS, extras=("ALL",))) == ["a", "d", "w"]


def test_a_missing_extra_is_answered_with_the_nearest() -> None:
    assert problems(EXTRAS, extras=("wbe",)) == (
        f'{PATH}:project.optional-dependencies.wbe: there is no extra "wbe"; did you mean web?',
    )


GROUPS = """
[dependency-groups]
Prod = ["p", {include-group = "shared_things"}]
shared-things = ["s", {include-group = "prod"}]
broken = [1, {include-group = "prod", more = 1}, {include-group = "nothing"}]
"""


def test_groups_include_groups_and_need_no_project() -> None:
    assert names(read(GROUPS, groups=("prod",))) == ["p", "s"]


def test_a_broken_group_is_told_with_every_mistake() -> None:
    first, second, third = problems(GROUPS, groups=("broken",))

    assert first == (
        f'{PATH}:dependency-groups.broken[0]: must be a requirement or {{include-group = "…"}}'
    )
    assert second.startswith(f"{PATH}:dependency-groups.broken[1]: must be")
    assert third.startswith(f'{PATH}:dependency-groups.broken[2]: there is no group "nothing"')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "neither [project] nor [dependency-groups]"),
        ("[tool.poetry.dependencies]\nx = '>1||<0.5'\n", "has alternatives; write one range"),
        ("[tool.poetry.dependencies]\nx = 'one'\n", '"one" is not a version constraint'),
        ('[project]\ndynamic = ["dependencies"]\n', ":project.dynamic: dependencies that only"),
        ("[project]\ndependencies = 1\n", ":project.dependencies: must be a list"),
        ('[project]\ndependencies = ["x=1"]\n', ":project.dependencies[0]: "),
        (
            '[project]\ndependencies = ["x @ git+https://me:hunter2@git.example/team/x"]\n',
            "https://***@git.example/team/x",
        ),
        (
            '[project]\ndependencies = ["x @ ./a", "x @ ./b"]\n',
            "is also asked from another place",
        ),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(text: str, words: str) -> None:
    (problem,) = problems(text)

    assert problem.startswith(PATH)
    assert words in problem
    assert "hunter2" not in problem


def uv(source: str, dependency: str = "x") -> str:
    return f"[project]\ndependencies = [{dependency!r}]\n[tool.uv.sources]\nX = {source}\n"


ORIGIN = f"{PATH}:project.dependencies[0]"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            '{ git = "https://git.example/team/x", tag = "v1", subdirectory = "s" }',
            GitRequirement(
                name="x",
                url="https://git.example/team/x",
                origin=ORIGIN,
                ref="v1",
                subdirectory="s",
            ),
        ),
        (
            '[{ git = "ssh://git@git.example/team/x.git" }]',
            GitRequirement(name="x", url="https://git.example/team/x.git", origin=ORIGIN),
        ),
        (
            '{ path = "../lib", editable = true }',
            PathRequirement(name="x", path="lib", origin=ORIGIN, editable=True),
        ),
        (
            '{ url = "https://files.example/x-1.0.tar.gz" }',
            UrlRequirement(name="x", url="https://files.example/x-1.0.tar.gz", origin=ORIGIN),
        ),
    ],
)
def test_the_places_that_uv_takes_a_dependency_from_are_honoured(
    source: str, expected: GitRequirement | PathRequirement | UrlRequirement
) -> None:
    assert read(uv(source)).direct == (expected,)


def test_what_a_dependency_bounds_beside_its_place_is_kept() -> None:
    requirements = read(uv('{ path = "x" }', 'X[b,A]>=2 ; os_name == "nt"'))

    assert requirements.direct == (
        PathRequirement(
            name="x", path="app/x", origin=ORIGIN, extras=("a", "b"), marker='os_name == "nt"'
        ),
    )
    assert requirements.constraints == (NamedRequirement(name="x", text="x>=2", origin=ORIGIN),)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{ workspace = true }", 'write the member\'s folder instead: x = { path = "…" }'),
        ('{ index = "private" }', "add the name to `packages`"),
        ('{ path = "a", git = "b" }', "must have one of git, path, url"),
        ('[{ path = "a" }, { path = "b" }]', "write one dependency for each"),
        ('{ path = "a", marker = "os_name" }', "write one dependency for each"),
        ('{ git = "http://git.example/team/x" }', "is not https"),
    ],
)
def test_a_place_of_uv_that_cannot_be_taken_says_what_to_write(source: str, words: str) -> None:
    (problem,) = problems(uv(source))

    assert problem.startswith(f"{ORIGIN}: ")
    assert words in problem


def test_an_index_of_uv_is_fine_for_what_a_source_declares() -> None:
    text = '[project]\ndependencies = ["acme-x"]\n[tool.uv.sources]\nacme-x = { index = "p" }\n'

    assert names(read(text)) == ["acme-x"]


def test_what_else_uv_bounds_is_kept_noted_or_refused() -> None:
    text = (
        '[project]\ndependencies = ["a"]\n[tool.uv]\nconstraint-dependencies = ["b<2"]\n'
        '[[tool.uv.index]]\nname = "other"\nurl = "https://other.example/simple"\n'
        '[[tool.uv.index]]\nname = "mine"\nurl = "https://index.example/simple"\n'
    )
    requirements = read(text)

    assert [item.text for item in requirements.constraints] == ["b<2"]
    assert requirements.notes == (
        f"{PATH}:tool.uv: uv's index other is not used: it is not declared in tool.lading",
    )
    place, version = problems('[project]\n[tool.uv]\nconstraint-dependencies = ["./x", "y=1"]\n')
    assert place.startswith(f"{PATH}:tool.uv.constraint-dependencies[0]: a constraint names")
    assert version.startswith(f'{PATH}:tool.uv.constraint-dependencies[1]: "y=1" is not')
    (problem,) = problems('[project]\n[tool.uv]\noverride-dependencies = ["a==1"]\n')
    assert problem.startswith(f"{PATH}:tool.uv.override-dependencies: is not supported")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
table: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {},
    optional={
        "project": anything
        | st.fixed_dictionaries(
            {},
            optional={
                "name": anything,
                "dynamic": anything,
                "dependencies": anything | st.just(["x", "y[a]>=1"]),
                "optional-dependencies": anything | st.just({"a": ["x[a]"]}),
            },
        ),
        "dependency-groups": anything | st.dictionaries(st.just("a"), anything),
        "tool": anything
        | st.fixed_dictionaries(
            {"uv": anything | st.fixed_dictionaries({"sources": st.just({"x": {}}) | anything})}
        ),
    },
)


@given(table)
def test_whatever_the_file_holds_it_is_read_or_refused(content: dict[str, object]) -> None:
    with contextlib.suppress(RequirementsError):
        read_all = parse_pyproject_requirements(
            content, path=PATH, groups=("a",), extras=("a",), project=PROJECT
        )
        assert read_all.fingerprint
