from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from lading.core.config import App, CredentialSpec, GitSource, IndexSource, Project
from lading.core.errors import RequirementsError
from lading.core.requirements import (
    GitRequirement,
    NamedRequirement,
    PathRequirement,
    Requirements,
    UrlRequirement,
    with_metadata,
)
from lading.core.requirements.files import included_files, parse_requirement_files

NONE = CredentialSpec(kind="none")
PROJECT = Project(
    root=Path("/project"),
    apps=(
        App(
            name="orders",
            folder="app",
            requirements="app/requirements.txt",
            python="3.13",
            lock="app/requirements.lock",
        ),
    ),
    sources=(
        IndexSource(
            name="acme",
            url="https://pkgs.dev.azure.com/acme/_packaging/internal/pypi/simple/",
            packages=("acme-*",),
            credential=NONE,
            scope="https://pkgs.dev.azure.com/acme/",
        ),
        GitSource(name="azure", url="https://dev.azure.com/acme/", credential=NONE),
        GitSource(name="team", url="https://git.example:8443/team/", credential=NONE),
        GitSource(name="one", url="https://git.example/one/", credential=NONE),
    ),
)
A = "a" * 64
B = "b" * 64
TOKEN = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
FILE = "app/requirements.txt"


def read(text: str, **others: str) -> Requirements:
    files = {FILE: text} | {f"app/{name}.txt": content for name, content in others.items()}
    return parse_requirement_files(
        files, FILE, project=PROJECT, default_index="https://index.example/simple"
    )


def problems(text: str, **others: str) -> tuple[str, ...]:
    with pytest.raises(RequirementsError) as caught:
        read(text, **others)
    return caught.value.problems


def problem_of(text: str) -> str:
    (problem,) = problems(text)
    assert problem.startswith(f"{FILE}:1: ")
    return problem.removeprefix(f"{FILE}:1: ")


def named(text: str, line: int = 1, *hashes: str) -> NamedRequirement:
    return NamedRequirement(
        name=Requirement(text).name, text=text, origin=f"{FILE}:{line}", hashes=hashes
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Requests", "requests"),
        ("A.b_C>=1.0,<2", "a-b-c<2,>=1.0"),
        ("uvicorn[Standard,a_b] == 1.*", "uvicorn[a-b,standard]==1.*"),
        (
            "x ; python_version < '3.9' and os_name=='nt'",
            'x; python_version < "3.9" and os_name == "nt"',
        ),
        ("x (>=1)", "x>=1"),
    ],
)
def test_a_named_requirement_has_one_spelling_and_keeps_its_marker(
    text: str, expected: str
) -> None:
    assert read(text).named == (named(expected),)


def test_hashes_stand_behind_a_requirement() -> None:
    text = f"x==1 \\\n  --hash=sha256:{B} \\\n  --hash sha256:{A.upper()} --hash=md5:0\n"

    assert read(text).named == (named("x==1", 1, f"sha256:{A}", f"sha256:{B}"),)


@pytest.mark.parametrize("text", ["x==1 --hash=md5:0", "x==1 --hash=sha256:abc"])
def test_a_requirement_with_hashes_needs_one_that_can_be_checked(text: str) -> None:
    assert problem_of(text) == "--hash must be sha256: and 64 hexadecimal digits"


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "https://files.example/A_b-1.0-py3-none-any.whl",
            UrlRequirement(
                name="a-b",
                url="https://files.example/A_b-1.0-py3-none-any.whl",
                origin=f"{FILE}:1",
            ),
        ),
        (
            f"a[x] @ https://files.example/a-1.0.tar.gz#sha256={A} ; os_name=='nt'",
            UrlRequirement(
                name="a",
                url="https://files.example/a-1.0.tar.gz",
                origin=f"{FILE}:1",
                hashes=(f"sha256:{A}",),
                extras=("x",),
                marker='os_name == "nt"',
            ),
        ),
        (
            f"https://me@files.example/main.zip#egg=a --hash=sha256:{A}",
            UrlRequirement(
                name="a",
                url="https://files.example/main.zip",
                origin=f"{FILE}:1",
                hashes=(f"sha256:{A}",),
            ),
        ),
    ],
)
def test_a_file_may_be_named_by_its_url(text: str, expected: UrlRequirement) -> None:
    assert read(text).direct == (expected,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a @ http://files.example/a-1.0.tar.gz", "is not https"),
        ("https://files.example/main.zip", "write: NAME @ https://files.example/main.zip"),
        ("https://github.com/acme/x", "a Git repository is written NAME @ git+https"),
        ("a @ https://files.example/x.whl", "not the name of a wheel"),
        ("a @ https://files.example/b-1.0-py3-none-any.whl", "is not a wheel of a"),
        ("a @ https://files.example/a-1.0.tar.gz?sig=hunter2", "has a query"),
        (f"a @ https://{TOKEN}@files.example/a-1.0.tar.gz", "a @ https://files.example/a-1.0"),
        ("a @ https://me:hun/ter2@files.example/a-1.0.tar.gz", "not a URL that can be read"),
    ],
)
def test_a_url_that_cannot_be_taken_says_why(text: str, words: str) -> None:
    problem = problem_of(text)

    assert words in problem
    assert "hunter2" not in problem
    assert "ter2" not in problem
    assert TOKEN not in problem


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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x=1", "a version is written NAME==1.0"),
        ("x^1", "write a range as"),
        ("x ~1", "write a range as"),
        ("x==${VERSION}", "has a variable"),
        ("x y", "is not a requirement"),
        ("x @ a b", 'expected "NAME @ URL ; MARKER"'),
        ("x ; nonsense", "is not a requirement"),
        ("./lib ; nonsense", "is not a marker"),
        ("--pre", "ask for a pre-release by its version"),
        ("--no-binary=x", "--no-binary is not supported"),
        ("--no-index", "--offline"),
        ("x -C a=b", "--config-settings is not supported"),
        ("--nonsense", "needs a value"),
        ("--nonsense=1", "is not an option"),
        (f"--hash=sha256:{A}", "--hash stands alone"),
        ("-r missing.txt", "there is no file app/missing.txt"),
        ("-r ../../x.txt", "lies outside of the project"),
        ("-r /etc/x.txt", "lies outside of the project"),
        ("-c https://files.example/constraints.txt", "save the file in the project"),
        ("--find-links ./wheels", "require the files themselves"),
    ],
)
def test_a_line_that_cannot_be_taken_says_what_to_write(text: str, words: str) -> None:
    assert words in problem_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "--prefer-binary",
        "--only-binary=:all:",
        "--require-hashes",
        "--trusted-host git.example",
        "--use-feature=fast-deps",
    ],
)
def test_options_that_change_nothing_here_are_ignored_with_a_note(text: str) -> None:
    (note,) = read(text).notes

    option = text.replace("=", " ").split()[0]
    assert note.startswith(f"{FILE}:1: {option} is ignored: ")


def test_all_problems_are_told_at_once_with_their_lines() -> None:
    found = problems("x=1\n-r other.txt\n--pre\n", other="\ny=1\n")

    assert [problem.split(": ")[0] for problem in found] == [
        f"{FILE}:1",
        "app/other.txt:2",
        f"{FILE}:3",
    ]


def test_included_files_are_followed_once_and_constraints_stay_constraints() -> None:
    requirements = read(
        "-r base.txt\n-c limits.txt\nx\n",
        base="y\n-r requirements.txt\n",
        limits="z<2\n-r more.txt\n",
        more="w<3\n",
    )

    assert [item.name for item in requirements.named] == ["y", "x"]
    assert [item.text for item in requirements.constraints] == ["z<2", "w<3"]


@pytest.mark.parametrize(
    ("text", "words"), [("./lib", "names versions"), ("x[a]<2", "has no extras")]
)
def test_a_constraint_names_versions_only(text: str, words: str) -> None:
    (problem,) = problems("-c limits.txt\n", limits=text)

    assert problem.startswith("app/limits.txt:1: a constraint")
    assert words in problem


def test_the_files_to_read_are_found_without_reading_them() -> None:
    text = "-r base.txt\n-c ../limits.txt\n-r 'unclosed\n-r https://h/x.txt\nx\n-r base.txt"

    assert included_files(text, FILE) == ("app/base.txt", "limits.txt")


def test_what_the_platform_brings_is_dropped_with_a_note() -> None:
    requirements = read("Azure_Functions.Worker==1.2\nx\n")

    assert requirements.named == (named("x", 2),)
    assert requirements.notes == (
        f"{FILE}:1: azure-functions-worker is dropped: the platform brings its own",
    )


def test_what_the_platform_brings_is_dropped_from_wherever_it_comes() -> None:
    requirements = read(
        "azure-functions-worker @ git+https://git.example/one/worker\n-c c.txt",
        c="azure-functions-worker<2",
    )

    assert requirements.empty
    assert requirements.constraints == ()
    assert not read("x").empty


def test_one_name_cannot_come_from_two_places() -> None:
    (problem,) = problems(
        "x @ git+https://git.example/one/x@a\nx @ git+https://git.example/one/x@b"
    )

    assert problem == (
        f"{FILE}:2: x is also asked from another place in {FILE}:1; keep one of the two"
    )
    assert len(read("x @ ./a ; os_name=='nt'\nx @ ./b ; os_name!='nt'").direct) == 2


def test_the_same_line_twice_is_asked_once() -> None:
    assert read("x==1\nX == 1\n").named == (named("x==1"),)


def test_the_fingerprint_is_of_what_is_asked_and_not_of_how_it_is_written() -> None:
    one = read(
        f"x>=1,<2\ny @ git+https://git.example/one/y@v1\nz --hash=sha256:{A}\n-c c.txt", c="w<2"
    )
    other = read(
        f"# a comment\r\n-c c.txt\r\nz \\\r\n  --hash=sha256:{A}\r\n"
        "git+https://GIT.example:443/one/y@v1#egg=Y\r\nX<2,>=1 # why\r\n",
        c="w<2",
    )

    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize(
    "text", ["x>=2", "x>=1 ; os_name == 'nt'", "x[a]>=1", "", "x>=1\ny", "-c c.txt", "x @ ./x"]
)
def test_whatever_is_asked_differently_has_another_fingerprint(text: str) -> None:
    assert read(text, c="x>=1").fingerprint != read("x>=1").fingerprint


def test_the_metadata_of_a_path_is_a_part_of_what_is_asked() -> None:
    requirements = read("./lib\n-c c.txt", c="x<1")
    one = with_metadata(requirements, {"app/lib": A})

    assert one.direct == requirements.direct
    assert one.constraints == requirements.constraints
    assert one.fingerprint not in {
        requirements.fingerprint,
        with_metadata(requirements, {"app/lib": B}).fingerprint,
    }


pieces = st.sampled_from(
    [
        *(
            "-r ",
            "-e ",
            "-c ",
            "-i ",
            "--hash=",
            "sha256:",
            A,
            " ",
            "\\\n",
            "\n",
            "#egg=",
            "@",
            "[",
        ),
        *(
            "git+",
            "https://",
            "ssh://",
            "git@",
            "file:",
            "http://",
            "h.example",
            "/",
            "..",
            "]",
            ";",
        ),
        *("x", ">=1", " ; ", "os_name=='nt'", "${A}", "{b}", ":", "'", '"', "C:\\", ".whl", ".zip"),
        *("#subdirectory=", "?", "=", "~", "\ufeff", "\0", "%2e", "azure-functions-worker", "&"),
    ]
)


@given(st.lists(pieces | st.text(max_size=3), max_size=14).map("".join))
def test_any_text_is_read_or_refused_and_never_crashes(text: str) -> None:
    included_files(text, FILE)
    with contextlib.suppress(RequirementsError):
        requirements = read(text)
        assert all(item.parsed.name for item in requirements.named)


# A number and a "/" look like the end of a host and its port.
passwords = st.builds(
    "{}hunter{}retnuh".format,
    st.sampled_from(["", "1/", "22#", "3?", "@", "4/.", "${A}"]),
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=8),
)


@settings(max_examples=500)
@given(
    st.sampled_from(
        [
            "git+https://me:{}@git.example/one/x@main#egg=x",
            "x @ git+https://me:{}@git.example/one/x@main",
            "x @ git+ssh://git:{}@git.example/team/x",
            "-e git+https://me:{}@git.example/one/x#egg=x",
            "x @ https://me:{}@files.example/x-1.0.tar.gz",
            "https://me:{}@files.example/x-1.0-py3-none-any.whl",
            "-i https://me:{}@files.example/simple/",
            "--extra-index-url=https://me:{}@files.example/simple/",
            "--find-links=https://me:{}@files.example/simple/",
            "-r https://me:{}@files.example/requirements.txt",
            "x @ ftp://me:{}@files.example/x.whl",
        ]
    ),
    passwords,
)
def test_no_password_is_ever_shown(template: str, password: str) -> None:
    try:
        shown = "\n".join(read(template.format(password)).notes)
    except RequirementsError as error:
        shown = str(error)
    assert "hunter" not in shown
    assert "retnuh" not in shown
