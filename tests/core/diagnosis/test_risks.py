"""A risk is told on evidence; what is declared, or harmless, is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from lading.core.config import CredentialKind, CredentialSpec, GitSource, IndexSource, Project
from lading.core.diagnosis.facts import IndexSetting, NetrcFile
from lading.core.diagnosis.risks import (
    judge_index_settings,
    judge_mirror,
    judge_namesake,
    judge_netrc,
    judge_notes_of_requirements,
    judge_patterns,
    judge_tracked_environment,
    tell_free_names,
)
from lading.core.index import IndexFile


def index(
    *packages: str, credential: CredentialKind = "azure-devops", default: bool = False
) -> IndexSource:
    return IndexSource(
        name="acme",
        url="https://pkgs.dev.azure.com/acme/_packaging/f/pypi/simple/",
        packages=packages or ("acme-*",),
        credential=CredentialSpec(kind=credential),
        scope="https://pkgs.dev.azure.com/acme/",
        default=default,
    )


def file(version: str, sha256: str = "", name: str = "acme-core") -> IndexFile:
    return IndexFile(
        name=name,
        version=version,
        filename=f"{name}-{version}.whl",
        url="https://x.test/f",
        source="default",
        sha256=sha256 or version,
    )


@pytest.mark.parametrize(
    ("setting", "codes"),
    [
        (IndexSetting(tool="pip", origin="o", host="h.test", role="extra"), ["extra-index"]),
        (IndexSetting(tool="uv", origin="o", host="h.test", role="extra"), ["extra-index"]),
        (IndexSetting(tool="pip", origin="o", host="h.test", role="files"), ["extra-index"]),
        (IndexSetting(tool="pip", origin="o", host="", role="files"), []),
        (IndexSetting(tool="pip", origin="o", host="h.test", role="default"), []),
        (
            IndexSetting(tool="pip", origin="o", host="h.test", role="default", userinfo="secret"),
            ["index-credential"],
        ),
        (
            IndexSetting(tool="pip", origin="o", host="h.test", role="default", userinfo="user"),
            [],
        ),
    ],
)
def test_only_further_indexes_and_credentials_in_urls_are_risks(
    setting: IndexSetting, codes: list[str]
) -> None:
    assert [check.code for check in judge_index_settings([setting])] == codes


def test_an_entry_of_netrc_matters_where_a_source_is_on_its_host() -> None:
    sources = (
        index(),
        GitSource(
            name="git", url="https://dev.azure.com/acme/", credential=CredentialSpec(kind="netrc")
        ),
    )
    hosts = ("dev.azure.com", "elsewhere.test", "pkgs.dev.azure.com")
    netrc = NetrcFile(path="~/.netrc", hosts=hosts, read_by_others=False)
    first, second = judge_netrc(netrc, sources)
    assert "dev.azure.com" in first.text
    assert "sends it only to https://dev.azure.com/acme/" in first.remedy
    assert second.remedy == "Remove the entry: lading opens acme without it."
    assert "others" not in first.text
    assert list(judge_netrc(None, sources)) == []
    assert list(judge_netrc(netrc, ())) == []


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        (index("acme-*"), []),
        (index("azure-*"), ["wide-pattern"]),
        (index("*"), ["wide-pattern"]),
        (index("*", default=True), []),
        # A name that is written out is meant.
        (index("requests"), []),
    ],
)
def test_a_pattern_is_too_wide_where_it_covers_public_names(
    source: IndexSource, codes: list[str]
) -> None:
    project = Project(root=Path("/p"), apps=(), sources=(source,))
    assert [check.code for check in judge_patterns(project)] == codes


def test_an_index_passes_another_on_where_it_has_several_public_names() -> None:
    (risk,) = judge_mirror(index(), ["pip", "setuptools", "requests"])
    assert "pip, setuptools and requests" in risk.text
    assert list(judge_mirror(index(), ["requests"])) == []


def test_a_namesake_has_other_files() -> None:
    own = (file("1.0", "a"), file("1.1", "b"))
    (risk,) = judge_namesake("acme-core", index(), own, (file("1.0", "a"), file("99.0", "c")))
    assert "(99.0)" in risk.text
    assert list(judge_namesake("acme-core", index(), own, (file("1.0", "a"),))) == []
    (many,) = judge_namesake(
        "acme-core", index(), own, tuple(file(f"{number}.0") for number in range(2, 12))
    )
    assert "(11.0, 10.0, 9.0, 8.0 and 6 more)" in many.text


def test_free_names_are_worth_a_note_and_no_risk() -> None:
    (note,) = tell_free_names(["acme-tax", "acme-core"])
    assert note.verdict == "note"
    assert "acme-core, acme-tax" in note.text
    assert list(tell_free_names([])) == []


def test_only_an_extra_index_line_lets_pip_choose() -> None:
    notes = (
        "r.txt:1: --index-url names the default index, which is used anyway",
        "r.txt:2: --extra-index-url names source acme, which is used for what it declares",
        "r.txt:3: a user name was dropped",
    )
    assert [check.subject for check in judge_notes_of_requirements(notes)] == ["r.txt:2"]


def test_only_variables_for_credentials_make_a_tracked_file_a_risk() -> None:
    git = GitSource(
        name="git",
        url="https://git.test/",
        credential=CredentialSpec(kind="env", arguments=("MY_USER", "MY_PASSWORD")),
    )
    (risk,) = judge_tracked_environment(["MY_USER", "MY_PASSWORD", "GITHUB_TOKEN"], [git])
    assert "with MY_PASSWORD, GITHUB_TOKEN:" in risk.text
    assert list(judge_tracked_environment(["MY_USER", "COLOUR"], [git])) == []
