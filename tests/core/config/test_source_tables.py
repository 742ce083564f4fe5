from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.config import CredentialSpec, Source
from lading.core.config.pyproject import parse_project
from lading.core.config.source_tables import parse_credential, patterns_overlap
from lading.core.errors import ConfigError

INDEX = 'index = "https://index.example/simple/"\n'
GIT = 'git = "https://git.example/team/"\ncredential = "none"\n'


def sources(text: str) -> tuple[Source, ...]:
    return parse_project(tomllib.loads(text), root=Path("/project")).sources


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        sources(text)
    return caught.value.problems


def only_problem(text: str) -> str:
    (problem,) = problems(f"[sources.acme]\n{text}")
    return problem.removeprefix("tool.lading.sources.acme")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'{INDEX}packages = ["a"]\n', '.credential: is missing; write "none"'),
        (f'{INDEX}credential = "none"\n', ".packages: is missing"),
        (f'{INDEX}credential = "none"\npackages = []\n', ".packages: is missing"),
        (f'{INDEX}credential = "none"\npackages = ["*"]\n', '.packages: "*" is every package'),
        (f'{INDEX}credential = "none"\npackages = ["a b"]\n', ".packages: must list names"),
        (f'{INDEX}credential = "none"\npackages = ["[a-z]"]\n', ".packages: must list names"),
        (f'{INDEX}credential = "none"\npackages = "a"\n', ".packages: must be a list of strings"),
        (f'{GIT}packages = ["a"]\n', ".packages: only an index has this"),
        (
            'git = "https://git.example/"\ncredential = "command:x"\nenvironment = ["A=b"]\n',
            ".environment: must list the names of variables, not their values",
        ),
        ('git = "https://git.example/"\ncredential = 1\n', ".credential: must be a string"),
        (
            f'{INDEX}credential = "none"\npackages = ["a"]\ndefault = 1\n',
            ".default: must be true or false, not a number",
        ),
        (f"{GIT}index = 1\n", ": must have either index"),
        ('credential = "none"\n', ": must have either index"),
        (f'{GIT}environment = ["A"]\n', ".environment: only a `command:` credential"),
        ('git = "https://u@git.example/"\ncredential = "none"\n', ".git: must not contain a user"),
        ('git = "http://git.example/"\ncredential = "none"\n', ".git: must begin with https"),
        (
            f'{INDEX}credential = "none"\npackages = ["a"]\nscope = "https://other.example/"\n',
            ".scope: must be a beginning of the index's URL",
        ),
        (
            f'{INDEX}credential = "none"\npackages = ["a"]\nupload = "http://index.example/"\n',
            ".upload: must begin with https",
        ),
        (f'{INDEX}default = true\ncredential = "none"\ncredentials = "x"\n', ".credentials: "),
    ],
)
def test_a_mistake_is_told_with_its_key(text: str, words: str) -> None:
    assert only_problem(text).startswith(words)


def test_a_missing_credential_is_answered_with_the_one_that_fits_the_host() -> None:
    assert only_problem('git = "https://dev.azure.com/acme/"\n') == (
        '.credential: is missing; write "azure-devops", or what opens it'
    )


@pytest.mark.parametrize(
    "url",
    ["https://u:hunter2@index.example/", "https://hunter2@x/", "http://u:hunter2@x/", "hunter2"],
)
def test_a_url_with_a_credential_is_never_quoted(url: str) -> None:
    assert "hunter2" not in only_problem(f'git = "{url}"\ncredential = "none"\n')


def test_a_credential_that_is_a_token_is_not_quoted_back() -> None:
    problem = only_problem('git = "https://git.example/"\ncredential = "hunter2"\n')

    assert problem.startswith(".credential: not a kind of credential; one of azure-devops, ")
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("azure-devops", CredentialSpec(kind="azure-devops")),
        ("none", CredentialSpec(kind="none")),
        ("env:TOKEN", CredentialSpec(kind="env", arguments=("TOKEN",))),
        ("env:A:B", CredentialSpec(kind="env", arguments=("A", "B"))),
        ("command:a 'b c'", CredentialSpec(kind="command", arguments=("a", "b c"))),
    ],
)
def test_credentials_are_named_by_their_kind(text: str, spec: CredentialSpec) -> None:
    assert parse_credential(text) == spec


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        "env:",
        "env:A-B",
        "env:A:B:C",
        "command:",
        "command: ",
        "command:'x",
        "github:hunter2",
    ],
)
def test_a_credential_that_is_none_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        parse_credential(text)

    assert "hunter2" not in str(caught.value)


def test_a_slip_in_a_kind_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean azure-devops"):
        parse_credential("azure_devop")


def test_two_sources_cannot_own_one_name() -> None:
    (problem,) = problems(
        f'[sources.a]\n{INDEX}credential = "none"\npackages = ["acme-*"]\n'
        f'[sources.b]\n{INDEX}credential = "none"\npackages = ["*-core", "other"]\n'
    )

    assert problem.startswith(
        'tool.lading.sources: "acme-*" of a and "*-core" of b overlap; a name can have one home'
    )


def test_only_one_index_can_serve_everything() -> None:
    (problem,) = problems(
        f'[sources.a]\n{INDEX}credential = "none"\ndefault = true\n'
        f'[sources.b]\n{INDEX}credential = "none"\ndefault = true\n'
    )

    assert problem.startswith("tool.lading.sources: a and b both say default = true")


def test_two_sources_cannot_declare_one_git_prefix() -> None:
    (problem,) = problems(f"[sources.a]\n{GIT}[sources.b]\n{GIT.replace('/team/', '/team')}")

    assert problem == (
        "tool.lading.sources: a and b declare the same prefix https://git.example/team/"
    )


def test_the_default_indexs_name_is_taken() -> None:
    (problem,) = problems(f"[sources.default]\n{GIT}")

    assert '"default" is the name' in problem


def test_a_prefix_covers_whole_folders_and_single_repositories() -> None:
    project = parse_project(
        tomllib.loads(
            '[sources.team]\ngit = "https://git.example/team"\ncredential = "none"\n'
            '[sources.one]\ngit = "https://git.example/team/one.git"\ncredential = "none"\n'
        ),
        root=Path("/project"),
    )

    def name(url: str) -> str | None:
        found = project.git_source_of(url)
        return found.name if found else None

    assert name("https://git.example/team/other") == "team"
    assert name("https://git.example/team/one.git") == "one"
    assert name("https://git.example/teams/other") is None


patterns = st.text(alphabet="ab*?", min_size=1, max_size=6)


@given(patterns, st.text(alphabet="ab", max_size=6))
def test_a_pattern_overlaps_with_every_name_that_it_matches(pattern: str, name: str) -> None:
    assert patterns_overlap(pattern, name) == fnmatch.fnmatchcase(name, pattern)


@given(patterns, patterns, st.text(alphabet="ab", max_size=6))
def test_two_patterns_that_match_one_name_overlap(one: str, other: str, name: str) -> None:
    if fnmatch.fnmatchcase(name, one) and fnmatch.fnmatchcase(name, other):
        assert patterns_overlap(one, other)
    assert patterns_overlap(one, other) == patterns_overlap(other, one)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("artifactory", ()),
        ("artifactory:acme-github", ("acme-github",)),
        ("artifactory:acme:api://AzureADTokenExchange", ("acme", "api://AzureADTokenExchange")),
    ],
)
def test_artifactory_may_name_its_oidc_integration_and_an_audience(
    text: str, arguments: tuple[str, ...]
) -> None:
    spec = parse_credential(text)
    assert (spec.kind, spec.arguments, str(spec)) == ("artifactory", arguments, text)


@pytest.mark.parametrize("argument", ["", "a b", "a:", "a:b c"])
def test_an_oidc_integration_that_is_none_is_not_quoted(argument: str) -> None:
    with pytest.raises(ValueError, match="artifactory:PROVIDER:AUDIENCE") as caught:
        parse_credential(f"artifactory:{argument}")
    assert "a b" not in str(caught.value)
