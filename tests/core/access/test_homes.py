"""Everything that can be fetched has one home, and its credential is meant for that home."""

from __future__ import annotations

from pathlib import Path

import pytest

from lading.core.access.homes import Home, Homes
from lading.core.config import CredentialSpec, DefaultIndex, GitSource, IndexSource, Project
from lading.core.errors import SourceError
from lading.core.secret import Credential, Secret

TOKEN = CredentialSpec(kind="env", arguments=("TOKEN",))
ACME = IndexSource(
    name="acme",
    url="https://pkgs.test/acme/feed/simple/",
    packages=("acme-*",),
    credential=TOKEN,
    scope="https://pkgs.test/acme/",
    ca_bundle="authority.pem",
)
REPOSITORIES = GitSource(name="git", url="https://git.test/acme/", credential=TOKEN)
PUBLIC = DefaultIndex(url="https://mirror.test/root/simple/", origin="a test")
HOMES = Homes(
    project=Project(root=Path("/project"), apps=(), sources=(ACME, REPOSITORIES)),
    default_index=PUBLIC,
)


def test_a_declared_name_lives_in_its_source_and_every_other_in_the_default_index() -> None:
    assert HOMES.of_package("Acme_Pricing") == Home(
        name="acme",
        place="the source acme",
        url=ACME.url,
        scope=ACME.scope,
        source=ACME,
        ca_bundle="/project/authority.pem",
    )
    assert HOMES.of_package("numpy") == Home(
        name="default",
        place="the default index",
        url=PUBLIC.url,
        scope="https://mirror.test/root/",
    )


def test_a_lock_that_names_a_source_which_is_gone_says_what_to_do() -> None:
    assert HOMES.named("git").source is REPOSITORIES
    assert HOMES.named("default").name == "default"
    with pytest.raises(SourceError, match="gone, which is not declared") as caught:
        HOMES.named("gone")
    assert "lading lock" in caught.value.remedy


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://pkgs.test/acme/files/x.whl", "acme"),
        ("https://git.test/acme/platform/archive.tar.gz", "git"),
        ("https://pkgs.test/contoso/files/x.whl", "direct"),
        ("https://mirror.test/root/x.whl", "direct"),
        ("http://pkgs.test/acme/files/x.whl", "direct"),
        ("https://pkgs.test/acme/..%2fcontoso/x.whl", "direct"),
        ("not a url", "direct"),
    ],
)
def test_a_direct_url_belongs_to_the_source_that_covers_it(url: str, name: str) -> None:
    assert HOMES.covering(url).name == name


def test_a_default_index_with_a_credential_covers_its_own_urls() -> None:
    credential = Credential(username="u", password=Secret("secret"))
    private = DefaultIndex(url=PUBLIC.url, origin="a test", credential=credential)
    homes = Homes(project=HOMES.project, default_index=private)
    assert homes.covering("https://mirror.test/root/x.whl").name == "default"
