from __future__ import annotations

import pytest

from lading.core.config import CredentialSpec, GitSource
from lading.core.config.hosts import (
    SshLocation,
    check_url,
    index_scope,
    index_upload,
    map_known_host,
    map_ssh_location,
    normalise_git_url,
    normalise_url,
    parse_ssh_location,
    split_url,
    suggest_credential,
    suggest_git_prefix,
)


def source(url: str) -> GitSource:
    return GitSource(name="team", url=url, credential=CredentialSpec(kind="none"))


@pytest.mark.parametrize(
    ("old", "modern"),
    [
        (
            "https://ORG.visualstudio.com/Project/_git/Repo",
            "https://dev.azure.com/ORG/Project/_git/Repo",
        ),
        (
            "https://ORG.visualstudio.com/DefaultCollection/Project/_git/Repo",
            "https://dev.azure.com/ORG/Project/_git/Repo",
        ),
        (
            "https://me@ORG.visualstudio.com:443/Project/_git/Repo",
            "https://me@dev.azure.com/ORG/Project/_git/Repo",
        ),
        (
            "https://org.pkgs.visualstudio.com/_packaging/feed@Release/pypi/simple/",
            "https://pkgs.dev.azure.com/org/_packaging/feed@Release/pypi/simple/",
        ),
        ("https://visualstudio.com/x", "https://visualstudio.com/x"),
        ("https://visualstudio.com.evil.test/x", "https://visualstudio.com.evil.test/x"),
        ("https://a.b.visualstudio.com/x", "https://a.b.visualstudio.com/x"),
        ("https://evilvisualstudio.com/x", "https://evilvisualstudio.com/x"),
    ],
)
def test_the_old_hosts_of_azure_devops_are_the_new_ones(old: str, modern: str) -> None:
    assert map_known_host(old) == modern


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://user:pw@Git.Example:443/Team//x/", "https://git.example/Team/x/"),
        ("https://git.example:8443/x", "https://git.example:8443/x"),
        ("https://dev.azure.com/ACME/Project/_git/R", "https://dev.azure.com/acme/Project/_git/R"),
        ("https://ACME.visualstudio.com/P/_git/R", "https://dev.azure.com/acme/P/_git/R"),
        ("https://[::1]:8443/x?y=1#z", "https://[::1]:8443/x"),
    ],
)
def test_one_place_has_one_spelling(url: str, normal: str) -> None:
    assert normalise_url(url) == normal


def test_a_repository_keeps_its_ending_and_loses_its_slash() -> None:
    assert normalise_git_url("https://Git.example/team/x.git/") == "https://git.example/team/x.git"
    assert normalise_git_url("https://git.example/team/x") == "https://git.example/team/x"


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example/acme/../evil/",
        "https://git.example/acme/%2e%2E/evil/",
        "https://git.example/acme/./x",
        "https://git.example\\@evil.test/",
        "https://user:pa/ss@git.example/",
        "https://git.example/a b",
        "https://git.example/\n",
        "https://git.example:99999/",
        "https://[git.example/",
    ],
)
def test_a_url_that_two_readers_could_read_differently_is_not_read(url: str) -> None:
    assert split_url(url) is None
    assert check_url(url) == "is not a URL that can be read"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://git.example/", "https"),
        ("git.example/x", "https"),
        ("https://user@git.example/", "user name"),
        ("https:///x", "no host"),
        ("https://git.example/x?token=abc", "query"),
        ("https://git.example/x#abc", "fragment"),
    ],
)
def test_a_source_is_https_and_nothing_else(url: str, words: str) -> None:
    problem = check_url(url)

    assert problem is not None
    assert words in problem
    assert "abc" not in problem


def test_a_plain_https_url_is_accepted() -> None:
    assert check_url("https://git.example:8443/team/") is None


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("ssh://git@GitHub.com/org/repo.git", "github.com", "org/repo.git"),
        ("ssh://git@github.com:22/org/repo.git", "github.com", "org/repo.git"),
        ("ssh://git@github.com:org/repo.git", "github.com", "org/repo.git"),
        ("ssh://git@ssh.github.com:443/org/repo.git", "github.com", "org/repo.git"),
        ("git@github.com:org/repo.git", "github.com", "org/repo.git"),
        ("github.com:org/repo.git", "github.com", "org/repo.git"),
        ("git@ssh.dev.azure.com:v3/acme/P/R", "ssh.dev.azure.com", "v3/acme/P/R"),
    ],
)
def test_ssh_addresses_are_read_in_all_their_forms(text: str, host: str, path: str) -> None:
    assert parse_ssh_location(text) == SshLocation(host=host, path=path)


@pytest.mark.parametrize("text", ["https://github.com/x", "requests", "ssh://", "./folder"])
def test_other_text_is_no_ssh_address(text: str) -> None:
    assert parse_ssh_location(text) is None


def test_ssh_is_translated_with_what_a_source_knows() -> None:
    azure = SshLocation(host="ssh.dev.azure.com", path="v3/ACME/Project/Repo")
    old = SshLocation(host="vs-ssh.visualstudio.com", path="v3/acme/Project/Repo")
    server = SshLocation(host="git.example", path="team/x.git")

    assert map_ssh_location(azure, ()) == "https://dev.azure.com/acme/Project/_git/Repo"
    assert map_ssh_location(old, ()) == "https://dev.azure.com/acme/Project/_git/Repo"
    assert map_ssh_location(server, ()) == "https://git.example/team/x.git"
    assert (
        map_ssh_location(server, (source("https://git.example:8443/team/"),))
        == "https://git.example:8443/team/x.git"
    )
    # Bitbucket Server serves over https what ssh calls team/x.git under scm/.
    assert (
        map_ssh_location(server, (source("https://git.example/scm/team/"),))
        == "https://git.example/scm/team/x.git"
    )


@pytest.mark.parametrize(
    ("index", "scope"),
    [
        (
            "https://pkgs.dev.azure.com/acme/_packaging/feed/pypi/simple/",
            "https://pkgs.dev.azure.com/acme/",
        ),
        (
            "https://pkgs.dev.azure.com/acme/Project/_packaging/feed/pypi/simple/",
            "https://pkgs.dev.azure.com/acme/",
        ),
        (
            "https://acme.jfrog.io/artifactory/api/pypi/repo/simple",
            "https://acme.jfrog.io/artifactory/api/pypi/repo/",
        ),
        ("https://index.example/simple/", "https://index.example/"),
        ("https://index.example/notsimple/", "https://index.example/notsimple/"),
        # Without an organisation nothing wider than the index itself may be assumed.
        ("https://pkgs.dev.azure.com/", "https://pkgs.dev.azure.com/"),
    ],
)
def test_a_credential_goes_no_further_than_its_index(index: str, scope: str) -> None:
    assert index_scope(index) == scope


def test_known_indexes_tell_where_they_take_uploads() -> None:
    feed = "https://pkgs.dev.azure.com/acme/P/_packaging/feed/pypi/"
    repository = "https://acme.jfrog.io/artifactory/api/pypi/repo"
    project = "https://gitlab.example/api/v4/projects/7/packages/pypi"

    assert index_upload(f"{feed}simple/") == f"{feed}upload/"
    assert index_upload(f"{repository}/simple/") == repository
    assert index_upload(f"{project}/simple/") == project
    assert index_upload("https://index.example/simple/") is None


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://dev.azure.com/acme/", "azure-devops"),
        ("https://acme.visualstudio.com/", "azure-devops"),
        ("https://github.com/acme/", "github"),
        ("https://gitlab.example/acme/", "gitlab"),
        ("https://bitbucket.org/acme/", "bitbucket"),
        ("https://index.example/artifactory/api/pypi/x/simple/", "artifactory"),
        ("https://index.example/", None),
    ],
)
def test_a_remedy_names_the_credential_that_usually_fits(url: str, kind: str | None) -> None:
    assert suggest_credential(url) == kind


def test_a_remedy_names_the_prefix_that_a_team_owns() -> None:
    assert suggest_git_prefix("https://github.com/acme/tax.git") == "https://github.com/acme/"
    assert suggest_git_prefix("https://github.com") == "https://github.com/"
