from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lading.core.access.scope import covers
from lading.core.config import IndexSource, Project
from lading.core.config.pyproject import parse_project
from lading.core.errors import BuildError, ConfigError, UsageError
from lading.core.index import IndexFile
from lading.core.publication import (
    Distribution,
    check_one_release,
    check_owned,
    find_destination,
    find_listed,
    leaves_scope,
    parse_project_name,
    upload_scope,
)
from lading.core.urls import parse_url

CONFIGURATION = """
[sources.acme]
index = "https://pkgs.dev.azure.com/acme/_packaging/internal/pypi/simple/"
packages = ["acme-*", "contoso-auth"]
credential = "azure-devops"

[sources.gitlab]
index = "https://gitlab.acme.example/api/v4/projects/7/packages/pypi/simple"
packages = ["lab-*"]
credential = "gitlab"

[sources.jfrog]
index = "https://acme.example/artifactory/api/pypi/libs/simple"
packages = ["frog-*"]
credential = "artifactory"

[sources.plain]
index = "https://index.acme.example/simple/"
packages = ["plain-*"]
credential = "none"

[sources.nexus]
index = "https://nexus.acme.example/repository/group/simple/"
upload = "https://nexus.acme.example/repository/hosted/"
packages = ["nexus-*"]
credential = "none"

[sources.code]
git = "https://dev.azure.com/acme/"
credential = "azure-devops"
"""
AZURE_UPLOAD = "https://pkgs.dev.azure.com/acme/_packaging/internal/pypi/upload/"


@pytest.fixture
def project() -> Project:
    return parse_project(tomllib.loads(CONFIGURATION), root=Path.cwd())


def source_of(project: Project, name: str) -> IndexSource:
    return next(source for source in project.index_sources if source.name == name)


def file_named(filename: str, sha256: str = "0" * 64) -> Distribution:
    return Distribution(filename=filename, sha256=sha256, size=1, path=Path(filename))


def listed(filename: str) -> IndexFile:
    return IndexFile(name="", version="", filename=filename, url="", source="acme")


@pytest.mark.parametrize(
    ("name", "address", "scope"),
    [
        ("acme", AZURE_UPLOAD, "https://pkgs.dev.azure.com/acme/"),
        (
            "gitlab",
            "https://gitlab.acme.example/api/v4/projects/7/packages/pypi",
            "https://gitlab.acme.example/api/v4/projects/7/packages/",
        ),
        (
            "jfrog",
            "https://acme.example/artifactory/api/pypi/libs",
            "https://acme.example/artifactory/api/pypi/",
        ),
        (
            "nexus",
            "https://nexus.acme.example/repository/hosted/",
            "https://nexus.acme.example/repository/hosted/",
        ),
    ],
)
def test_a_known_host_needs_no_upload_address_and_the_credential_goes_no_further_than_that(
    project: Project, name: str, address: str, scope: str
) -> None:
    source = find_destination(project, name)
    assert source.upload == address
    assert upload_scope(source, address) == scope


@pytest.mark.parametrize("address", ["https://upload.acme.example", "https://upload.acme.example/"])
def test_an_address_of_a_host_alone_is_its_own_scope(project: Project, address: str) -> None:
    scope = upload_scope(source_of(project, "nexus"), address)
    assert scope == "https://upload.acme.example/"
    assert covers(scope, parse_url(address))


def test_only_an_address_of_the_users_own_lies_elsewhere(project: Project) -> None:
    told = {
        name: leaves_scope(source_of(project, name), source_of(project, name).upload or "")
        for name in ("acme", "gitlab", "jfrog", "nexus")
    }
    assert told == {"acme": False, "gitlab": False, "jfrog": False, "nexus": True}


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("acmee", UsageError, "no source named acmee.*Did you mean acme"),
        ("", UsageError, "told no source"),
        ("code", UsageError, "Git repositories.*source of an index"),
        ("plain", ConfigError, r"tool\.lading\.sources\.plain\.upload.*upload = "),
    ],
)
def test_what_takes_no_uploads_is_told_apart(
    project: Project, name: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=f"(?s){words}") as caught:
        find_destination(project, name)
    assert getattr(caught.value, "exit_code", 0) == 2


def test_an_owned_name_may_be_published(project: Project) -> None:
    check_owned("acme-tax", source_of(project, "acme"), project)


def test_the_line_for_an_unowned_name_keeps_the_others(project: Project) -> None:
    with pytest.raises(ConfigError) as caught:
        check_owned("ledger", source_of(project, "acme"), project)
    assert 'packages = ["acme-*", "contoso-auth", "ledger"]' in caught.value.remedy


def test_a_name_of_another_source_is_sent_there(project: Project) -> None:
    with pytest.raises(ConfigError, match="--source gitlab"):
        check_owned("lab-tax", source_of(project, "acme"), project)


@pytest.mark.parametrize(
    ("pyproject", "name"),
    [
        ('[project]\nname = "Acme.Tax"', "acme-tax"),
        ("[build-system]\nrequires = []", None),
        ("project = 1", None),
        ("no toml", None),
        (None, None),
    ],
)
def test_a_name_is_read_where_nothing_can_change_it(
    pyproject: str | None, name: str | None
) -> None:
    assert parse_project_name(pyproject) == name


def test_files_of_one_release_agree() -> None:
    files = ("Acme_Tax-1.0+local.1.tar.gz", "acme_tax-1.0+local.1-py3-none-any.whl")
    assert check_one_release(tuple(map(file_named, files))) == ("acme-tax", "1.0+local.1")


@pytest.mark.parametrize("other", ["acme_tax-1.1.tar.gz", "acme-1.0.tar.gz", "notes.txt"])
def test_files_of_two_releases_are_refused(other: str) -> None:
    with pytest.raises(BuildError, match="not one name and version"):
        check_one_release((file_named("acme_tax-1.0-py3-none-any.whl"), file_named(other)))


@pytest.mark.parametrize(
    ("there", "is_taken"),
    [
        ("acme_tax-1.0.tar.gz", True),
        ("Acme-Tax-1.0.tar.gz", True),
        ("acme.tax-1.0.0.zip", True),
        ("acme_tax-1.0.1.tar.gz", False),
        ("acme_tax-1.0-py3-none-any.whl", False),
        ("readme.txt", False),
    ],
)
def test_an_archive_takes_its_place_however_it_is_spelt(there: str, is_taken: bool) -> None:  # noqa: FBT001
    found = find_listed(file_named("acme_tax-1.0.tar.gz"), (listed(there),))
    assert (found is not None) == is_taken


def test_wheels_of_other_platforms_have_places_of_their_own() -> None:
    wheel = file_named("acme_tax-1.0-cp311-cp311-linux_x86_64.whl")
    there = (listed("acme_tax-1.0-cp312-cp312-linux_x86_64.whl"),)
    assert find_listed(wheel, there) is None
