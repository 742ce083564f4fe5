"""Requirements from Git: every spelling, and passwords that do not belong there."""

from __future__ import annotations

import pytest

from lading.core.requirements import (
    GitRequirement,
)
from tests.core.requirements.files.reading import FILE, TOKEN, problem_of, read


def git(url: str, **fields: str | tuple[str, ...] | None) -> GitRequirement:
    base = GitRequirement(name="x", url=url, origin=f"{FILE}:1")
    return GitRequirement(**{field: getattr(base, field) for field in base.__slots__} | fields)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x @ git+https://git.example/one/x.git", git("https://git.example/one/x.git")),
        (
            "x[b,a] @ git+https://git.example/one/x@feature/y#subdirectory=src/x ; os_name == 'nt'",
            git(
                "https://git.example/one/x",
                ref="feature/y",
                subdirectory="src/x",
                extras=("a", "b"),
                marker='os_name == "nt"',
            ),
        ),
        (
            "git+https://git.example/one/x@v1#egg=X[b]&subdirectory=s; os_name=='nt'",
            git(
                "https://git.example/one/x",
                ref="v1",
                subdirectory="s",
                extras=("b",),
                marker='os_name == "nt"',
            ),
        ),
        ("-e git+https://git.example/one/x#egg=x", git("https://git.example/one/x")),
        ("git+https://git.example/one/x/", git("https://git.example/one/x", name=None)),
        (
            "x @ git+ssh://git@git.example/team/x.git@v1",
            git("https://git.example:8443/team/x.git", ref="v1"),
        ),
        (
            "git+ssh://git@git.example:team/x.git#egg=x",
            git("https://git.example:8443/team/x.git"),
        ),
        (
            "git@git.example:team/x.git@v1#egg=x",
            git("https://git.example:8443/team/x.git", ref="v1"),
        ),
        (
            "git+git@git.example:team/x.git#egg=x",
            git("https://git.example:8443/team/x.git"),
        ),
        (
            "x @ git+ssh://git@ssh.dev.azure.com/v3/Acme/Project/Repo@main",
            git("https://dev.azure.com/acme/Project/_git/Repo", ref="main"),
        ),
        (
            "git+https://acme.visualstudio.com/DefaultCollection/P/_git/R@main#egg=x",
            git("https://dev.azure.com/acme/P/_git/R", ref="main"),
        ),
        (
            "x @ git+https://dev.azure.com/acme/My%20Project/_git/R@a%2Fb",
            git("https://dev.azure.com/acme/My%20Project/_git/R", ref="a/b"),
        ),
    ],
)
def test_a_repository_is_read_in_every_spelling(text: str, expected: GitRequirement) -> None:
    assert read(text).direct == (expected,)


WEB = "@ORG.visualstudio.com/Project/_git/Repo@main#egg=name"
LINE = "name @ git+https://dev.azure.com/ORG/Project/_git/Repo@main"


@pytest.mark.parametrize(
    "userinfo", ["{user}:{pat}", "${USER}:${PAT}", "$(PAT)", "me", "build:${PAT}"]
)
def test_a_placeholder_or_a_user_name_is_left_out_with_a_note(userinfo: str) -> None:
    requirements = read(f"git+https://{userinfo}{WEB}")

    assert requirements.direct == (
        GitRequirement(
            name="name",
            url="https://dev.azure.com/org/Project/_git/Repo",
            ref="main",
            origin=f"{FILE}:1",
        ),
    )
    assert f"is left out; write: {LINE}" in requirements.notes[0]


@pytest.mark.parametrize("userinfo", ["me:hunter2", f"{TOKEN}", f"{TOKEN}:", f"{{user}}:{TOKEN}"])
def test_a_written_password_is_refused_masked_and_with_the_line_to_write(userinfo: str) -> None:
    problem = problem_of(f"git+https://{userinfo}{WEB}")

    assert userinfo not in problem
    assert "hunter2" not in problem
    assert TOKEN not in problem
    assert "https://***@ORG.visualstudio.com/Project/_git/Repo" in problem
    assert f"write: {LINE} and revoke the credential" in problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x @ git+http://git.example/one/x", "is not https"),
        ("x @ git+git://git.example/one/x", "is not https"),
        ("x @ git+file:///srv/x", "is not https"),
        ("x @ git+https://git.example/", "is not the URL of a repository"),
        ("x @ git+https://git.example/one/../two/x", "is not the URL of a repository"),
        ("x @ git+https://git.example/one/x?version=GBmain", "has a query"),
        ("x @ git+https://git.example/one/x@-u", "no branch, tag or commit"),
        ("x @ git+https://git.example/one/x@", "no branch, tag or commit"),
        ("x @ git+https://git.example/one/x@a..b", "no branch, tag or commit"),
        ("x @ git+https://git.example/one/x#subdirectory=../y", "inside the repository"),
        ("x @ git+https://git.example/one/x#egg=y", "is called x before the @ and y"),
        ("git+https://git.example/one/x#egg=/", "#egg= must be"),
        ("x @ svn+https://git.example/one/x", "svn is not supported"),
        ("x @ ftp://git.example/one/x", "scheme that is not supported"),
        ("x @ git+ssh://", "not the address of a repository"),
    ],
)
def test_a_repository_that_cannot_be_taken_says_why(text: str, words: str) -> None:
    assert words in problem_of(text)


def test_a_repository_that_no_source_covers_is_public_over_https_only() -> None:
    requirements = read("x @ git+https://public.example/o/x.git")

    assert "no declared source covers https://public.example/o/x.git" in requirements.notes[0]
    problem = problem_of("x @ git+ssh://git@github.com/acme/x.git")
    assert 'git = "https://github.com/acme/"\n  credential = "github"' in problem


def test_a_source_of_one_repository_that_differs_in_git_only_is_pointed_out() -> None:
    problem = problem_of("x @ git+https://git.example/one.git")

    assert problem == (
        "https://git.example/one.git and the prefix of source one differ in .git only; "
        "write both in the same way"
    )
