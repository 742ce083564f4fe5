"""What files say becomes settings; what they should not say is told by line, without values."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.config import Target
from lading.core.errors import ConfigError
from lading.core.settings import DesiredSettings
from lading.core.settings.files import SettingsFile, parse_settings_files

HIDDEN = "hunter2-hunter2"


def target(*variables: str) -> Target:
    return Target(
        name="prod",
        app="orders",
        subscription="s",
        resource_group="g",
        function_app="f",
        variables=variables,
        sticky=("Mode",),
    )


def parse(*texts: str, variables: tuple[str, ...] = (), **ambient: str) -> DesiredSettings:
    files = [
        SettingsFile(name=f"{number}.env", text=text) for number, text in enumerate(texts, start=1)
    ]
    return parse_settings_files(files, target=target(*variables), ambient=ambient)


def values(desired: DesiredSettings) -> dict[str, str]:
    return {setting.name: setting.value.reveal() for setting in desired.settings}


def problems(*texts: str, variables: tuple[str, ...] = (), **ambient: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(*texts, variables=variables, **ambient)
    assert HIDDEN not in str(caught.value)
    return caught.value.problems


def test_a_later_file_wins_and_says_where_a_setting_came_from() -> None:
    desired = parse("A=1\nB=2\n", "\ufeff# mine\n\nexport B='3 4'\nC=\n")
    assert values(desired) == {"A": "1", "B": "3 4", "C": ""}
    assert [setting.origin for setting in desired.settings] == ["1.env:1", "2.env:3", "2.env:4"]
    assert desired.sticky == ("Mode",)
    assert desired.notes == ()


def test_a_name_twice_in_one_file_is_worth_a_note() -> None:
    desired = parse("A=1\nA=2\n")
    assert values(desired) == {"A": "2"}
    assert desired.notes == ("1.env:2: A replaces 1.env:1",)


def test_variables_are_taken_from_the_environment_only_where_they_are_declared() -> None:
    desired = parse(
        "A=${BUILD_ID}-${MISSING:-none}\nB=${A}!\n",
        variables=("BUILD_ID", "MISSING"),
        BUILD_ID="7",
        HOME="/home/me",
    )
    assert values(desired) == {"A": "7-none", "B": "7-none!"}
    (undeclared,) = problems("A=${HOME}\n", variables=("BUILD_ID",), HOME=HIDDEN)
    assert undeclared.startswith("1.env:1: ${HOME} is neither a setting above nor declared")
    assert 'variables = ["BUILD_ID", "HOME"] in [tool.lading.targets.prod]' in undeclared
    assert problems("A=${BUILD_ID}\n", variables=("BUILD_ID",)) == (
        "1.env:1: the variable BUILD_ID is not set here",
    )


def test_a_setting_of_an_earlier_file_can_be_used_in_a_later_one() -> None:
    assert values(parse("A=x\n", "B=${A}y\n"))["B"] == "xy"


def test_every_mistake_is_told_at_once() -> None:
    found = problems(
        f"App:Mode={HIDDEN}\n{HIDDEN} is this\nB\nÄ={HIDDEN}\nX=1\nx={HIDDEN}\nlading_settings=A\n"
    )
    assert found == (
        "1.env:1: App:Mode: Linux takes no colon in a name; write App__Mode",
        "1.env:2: is no line NAME=VALUE; quote a value with spaces",
        "1.env:3: B: has no value; write B= for an empty one",
        '1.env:4: Ä: a name has letters, digits, and "_", "." or "-"',
        "1.env:6: x: differs only in case from 1.env:5: X",
        "1.env:7: lading_settings: lading keeps its own record under this name; leave it out",
    )


def test_a_file_of_local_settings_is_for_this_machine() -> None:
    file = SettingsFile(name="local.settings.json", text="{}")
    with pytest.raises(ConfigError, match="for this machine; write lines NAME=VALUE"):
        parse_settings_files([file], target=target(), ambient={})


PAT = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZUBhY21lIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("PIP_INDEX_URL=https://index.example/simple/", "where a build finds its packages"),
        ("PIP_EXTRA_INDEX_URL=", "where a build finds its packages"),
        ("UV_INDEX_ACME_PASSWORD=x", "where a build finds its packages"),
        ("SYSTEM_ACCESSTOKEN=x", "a variable in which tools keep a credential"),
        (f"GITHUB_TOKEN={HIDDEN}", "a variable in which tools keep a credential"),
        (f"FEED=https://me:{HIDDEN}@pkgs.example/x", "a URL with a password"),
        (f"REPO=git+https://me:{HIDDEN}@git.example/x.git", "a URL with a password"),
        ("T=ghp_" + "a1B2" * 9, "a token of GitHub"),
        ("T=glpat-" + "a1B2" * 6, "a token of GitLab"),
        ("T=" + "a1B2" * 19 + "AZDOab12", "a token of Azure DevOps"),
        (f"T={PAT}", "a token of Azure DevOps"),
        ("T=AKCp" + "a1B2" * 17, "a token of Artifactory"),
        ("T=ATBB" + "a1B2" * 8, "a token of Bitbucket"),
        (f"T={JWT}", "a signed token"),
        ("T=x ghs_" + "a1B2" * 9, "a token of GitHub"),
        (
            'K="-----BEGIN PRIVATE KEY-----\\n' + "QUJD" * 40 + '\\n-----END PRIVATE KEY-----\\n"',
            "a private key",
        ),
    ],
)
def test_what_would_bring_a_credential_back_is_refused(line: str, words: str) -> None:
    (found,) = problems(line)
    name, _, value = line.partition("=")
    assert found.startswith(f"1.env:1: {name}: looks like {words}"), found
    assert "leave it out" in found
    assert not value or value not in found


@pytest.mark.parametrize(
    "line",
    [
        "DATABASE=postgresql://me:s3cret@db.example/orders",
        "API=https://api.example/v1?x=1",
        "FEED=https://me@pkgs.example/x",
        "GITHUB_TOKEN=@Microsoft.KeyVault(VaultName=acme;SecretName=gh)",
        "GITHUB_TOKEN=",
        "T=ghp_short",
        "SHA=9e107d9d372bb6826bd81d3542a419d6e3b0c44298fc1c149afb",
        "AzureWebJobsStorage=DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + "A" * 86,
    ],
)
def test_what_an_app_needs_for_itself_is_no_credential_of_a_source(line: str) -> None:
    assert len(parse(line).settings) == 1


VERSION = "0123456789abcdef0123456789ABCDEF"


@pytest.mark.parametrize(
    "value",
    [
        "@Microsoft.KeyVault(SecretUri=https://acme.vault.azure.net/secrets/db)",
        "@Microsoft.KeyVault(SecretUri=https://acme.vault.azure.net/secrets/db/)",
        f"@Microsoft.KeyVault(SecretUri=https://acme.vault.azure.net/secrets/db/{VERSION})",
        "@Microsoft.KeyVault(SecretUri=https://acme.vault.usgovcloudapi.net/secrets/db)",
        "@Microsoft.KeyVault(VaultName=acme;SecretName=db)",
        f"@Microsoft.KeyVault(VaultName=acme; SecretName=db; SecretVersion={VERSION})",
        "@Microsoft.AppConfiguration(Endpoint=https://a.azconfig.io; Key=k)",
    ],
)
def test_a_well_formed_reference_passes(value: str) -> None:
    assert values(parse(f"A='{value}'\n")) == {"A": value}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x@Microsoft.KeyVault(VaultName=a;SecretName=b)", "is the whole value"),
        ("@Microsoft.KeyVault(VaultName=a;SecretName=b) ", "is the whole value"),
        ("@Microsoft.KeyVault(VaultName=acme)", "has the form"),
        ("@Microsoft.KeyVault(VaultName=acme;SecretName=db;Extra=1)", "has the form"),
        ("@Microsoft.KeyVault(https://acme.vault.azure.net/secrets/db)", "has the form"),
        ("@Microsoft.KeyVault(SecretUri=http://acme.vault.azure.net/secrets/db)", "must be https"),
        ("@Microsoft.KeyVault(SecretUri=https://acme.example/secrets/db)", "must be https"),
        ("@Microsoft.KeyVault(SecretUri=https://acme.vault.azure.net/keys/db)", "one of the keys"),
        ("@Microsoft.KeyVault(SecretUri=https://acme.vault.azure.net/db)", "must end in /secrets/"),
        ("@Microsoft.KeyVault(VaultName=a_b;SecretName=db)", "a vault's name"),
        ("@Microsoft.KeyVault(VaultName=acme;SecretName=d_b)", "a secret's name"),
        ("@Microsoft.KeyVault(VaultName=acme;SecretName=db;SecretVersion=1)", "32 hexadecimal"),
    ],
)
def test_a_reference_that_azure_would_take_for_a_value_is_refused(value: str, words: str) -> None:
    (found,) = problems(f"A='{value}'\n")
    assert words in found


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=60), max_size=3))
def test_whatever_files_hold_the_answer_is_settings_or_a_list(texts: list[str]) -> None:
    with contextlib.suppress(ConfigError):
        assert all(setting.name for setting in parse(*texts).settings)
