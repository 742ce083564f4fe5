"""What a ref means is decided from what the server advertises."""

from __future__ import annotations

import pytest

from lading.core.errors import SourceError
from lading.core.sources.git_refs import GitTree, RemoteRefs, parse_refs
from lading.core.sources.git_submodules import parse_modules, submodule_of

ONE, TWO, TAG = "1" * 40, "2" * 40, "3" * 40
URL = "https://git.example/acme/platform/_git/app"


def test_a_peeled_tag_replaces_the_tag_object() -> None:
    text = f"{ONE}\tHEAD\n{ONE}\trefs/heads/main\n{TAG}\trefs/tags/v1\n{TWO}\trefs/tags/v1^{{}}\n"
    refs = parse_refs("warning: something\n" + text, url=URL)
    assert refs == RemoteRefs(
        url=URL, commits=(("HEAD", ONE), ("refs/heads/main", ONE), ("refs/tags/v1", TWO))
    )
    assert (refs.commit_of(None), refs.commit_of("v1"), refs.commit_of("2222222")) == (
        ONE,
        TWO,
        TWO,
    )


def test_a_branch_and_a_tag_on_the_same_commit_are_not_ambiguous() -> None:
    refs = RemoteRefs(url=URL, commits=(("refs/heads/v1", ONE), ("refs/tags/v1", ONE)))
    assert refs.commit_of("v1") == ONE


def test_an_abbreviation_of_two_commits_is_ambiguous() -> None:
    other = "1" * 8 + "2" * 32
    refs = RemoteRefs(url=URL, commits=(("refs/heads/a", ONE), ("refs/heads/b", other)))
    with pytest.raises(SourceError, match=r"1111111 is ambiguous: the branch a \("):
        refs.commit_of("1111111")
    assert refs.commit_of("111111") is None, "six digits are too few"


def test_an_empty_repository_has_no_default_branch() -> None:
    with pytest.raises(SourceError, match=r"no default branch"):
        parse_refs("", url=URL).commit_of(None)


PARENT = GitTree(url=URL, commit=ONE, ref="", scope="https://git.example/acme/")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("../lib", "https://git.example/acme/platform/_git/lib"),
        ("../../../other/_git/lib.git", "https://git.example/acme/other/_git/lib.git"),
        ("https://acme@git.example/acme/x/_git/y/", "https://git.example/acme/x/_git/y"),
        ("git@git.example:acme/y.git", "https://git.example/acme/y.git"),
    ],
)
def test_a_submodule_on_the_same_source_is_read(written: str, read: str) -> None:
    found = submodule_of(PARENT, "lib", written, TWO)
    assert found == GitTree(url=read, commit=TWO, ref="", scope=PARENT.scope)


@pytest.mark.parametrize(
    "written",
    [
        "https://evil.example/acme/x",
        "https://git.example.evil.example/acme/x",
        "http://git.example/acme/x",
        "https://git.example/acme-evil/x",
        "https://git.example/acme/../evil/x",
        "https://git.example/acme/%2e%2e/evil/x",
        "../../../../evil/x",
        "/etc",
        "file:///etc",
        "ext::sh -c id",
        "-u",
        "ssh://git@evil.example/acme/x",
    ],
)
def test_a_submodule_elsewhere_is_refused(written: str) -> None:
    with pytest.raises(SourceError, match=r"the submodule lib lives at"):
        submodule_of(PARENT, "lib", written, TWO)


def test_a_password_in_a_submodules_url_is_not_repeated() -> None:
    with pytest.raises(SourceError) as caught:
        submodule_of(PARENT, "lib", "https://u:hunter22@evil.example/x", TWO)
    assert "hunter22" not in str(caught.value)


def test_gitmodules_are_read_by_path() -> None:
    text = "submodule.a.b.path\nlib/x/\0submodule.a.b.url\n../x\0submodule.c.path\ny\0"
    assert parse_modules(text) == {"lib/x": "../x"}
    with pytest.raises(SourceError, match=r"the submodule y has no URL"):
        submodule_of(PARENT, "y", None, TWO)
