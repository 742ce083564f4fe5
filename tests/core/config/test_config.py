from __future__ import annotations

from pathlib import Path

import pytest

from lading.core.config import (
    App,
    CredentialSpec,
    DefaultIndex,
    GitSource,
    IndexSource,
    Project,
)
from lading.core.config.source_tables import parse_credential
from lading.core.secret import Credential, Secret

NONE = CredentialSpec(kind="none")


def index(name: str, *packages: str, default: bool = False) -> IndexSource:
    url = f"https://{name}.example/simple/"
    return IndexSource(
        name=name, url=url, packages=packages, credential=NONE, scope=url, default=default
    )


def git(name: str, url: str) -> GitSource:
    return GitSource(name=name, url=url, credential=NONE)


@pytest.mark.parametrize("text", ["azure-devops", "env:A", "env:A:B", "command:helper --for x"])
def test_a_credential_is_written_as_it_was_read(text: str) -> None:
    assert str(parse_credential(text)) == text


def test_a_name_has_one_home_and_all_others_the_default() -> None:
    acme, mirror = index("acme", "acme-*"), index("mirror", default=True)
    project = Project(root=Path("/p"), apps=(), sources=(acme, git("g", "https://g.example/")))

    assert project.index_of("Acme_Pricing") == acme
    assert project.index_of("acme") is None
    assert project.default_source is None

    mirrored = Project(root=Path("/p"), apps=(), sources=(mirror, acme))
    assert mirrored.index_of("acme.pricing") == acme
    assert mirrored.index_of("requests") == mirror


def test_the_longest_prefix_covers_a_repository() -> None:
    team, one = git("team", "https://g.example/team/"), git("one", "https://g.example/team/one/")
    project = Project(root=Path("/p"), apps=(), sources=(team, one))

    assert project.git_source_of("https://g.example/team/one") == one
    assert project.git_source_of("https://g.example/team/one/x.git") == one
    assert project.git_source_of("https://g.example/team/ones") == team
    assert project.git_source_of("https://g.example/teams/x") is None


def test_an_app_knows_its_runtime_and_its_second_lock() -> None:
    app = App(name="a", folder="f", requirements="f/r.txt", python="3.13", lock="f/r.lock")

    assert app.runtime.python == "3.13"
    assert app.sources_lock == "f/sources.lock"


def test_a_default_index_with_a_credential_says_how_to_declare_it() -> None:
    url = "https://index.example/simple/"
    credential = Credential(username="me", password=Secret("hunter2"))
    warning = DefaultIndex(url=url, origin="PIP_INDEX_URL", credential=credential).warning

    assert DefaultIndex(url=url).warning is None
    assert warning is not None
    assert "hunter2" not in warning
    assert f'index = "{url}"' in warning
    assert "default = true" in warning
