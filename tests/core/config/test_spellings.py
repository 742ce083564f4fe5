"""Every way in which people write a Git source's prefix leads to the same door."""

from __future__ import annotations

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from lading.core.config.spellings import git_spellings

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
PREFIXES = st.one_of(
    st.builds("https://dev.azure.com/{}/".format, NAMES),
    st.builds("https://dev.azure.com/{}/{}/".format, NAMES, NAMES),
    st.builds("https://{}.test/".format, NAMES),
    st.builds("https://git.test/{}/".format, NAMES),
    st.builds("https://git.test/{}/{}/".format, NAMES, NAMES),
)


def test_azure_has_its_old_host_and_the_form_of_its_clone_button() -> None:
    assert git_spellings("https://dev.azure.com/acme/platform/") == (
        "https://dev.azure.com/acme/platform/",
        "https://acme@dev.azure.com/acme/platform/",
        "https://acme.visualstudio.com/platform/",
        "https://acme.visualstudio.com/DefaultCollection/platform/",
        "https://acme@acme.visualstudio.com/platform/",
        "https://acme@acme.visualstudio.com/DefaultCollection/platform/",
    )


def test_other_hosts_have_ssh() -> None:
    assert git_spellings("https://git.acme.test:8443/team/") == (
        "https://git.acme.test:8443/team/",
        "https://git@git.acme.test:8443/team/",
        "git@git.acme.test:team/",
        "ssh://git@git.acme.test/team/",
    )


@given(prefix=PREFIXES)
def test_a_prefix_is_spelled_once_in_each_way_and_ends_where_it_ended(prefix: str) -> None:
    spellings = git_spellings(prefix)
    assert spellings[0] == prefix
    assert len(set(spellings)) == len(spellings)
    assert all(spelling.endswith(("/", ":")) for spelling in spellings)
    assert not any(re.search(r"[^:]//", spelling) for spelling in spellings)


@given(one=PREFIXES, other=PREFIXES, rest=NAMES)
def test_no_spelling_leads_into_another_source(one: str, other: str, rest: str) -> None:
    assume(not one.startswith(other))
    assume(not other.startswith(one))
    # SSH has a port of its own, so it cannot tell two https ports of one host apart.
    assume(
        one.replace(":8443", "").partition("/")[2] != other.replace(":8443", "").partition("/")[2]
    )
    for spelling in git_spellings(one):
        asked = f"{spelling}{rest}.git"
        assert not any(asked.startswith(theirs) for theirs in git_spellings(other))
