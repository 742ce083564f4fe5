"""Variables give tokens, users and passwords; without any the error names them all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lading.core.config import CredentialKind
from lading.core.errors import CredentialError
from lading.core.secret import Credential, Secret
from lading.edges.tokens.variables import credential_variables
from tests.edges.tokens.kinds.issuing import TOKEN, basic, issue, source


@pytest.mark.parametrize(
    ("kind", "variables", "expected"),
    [
        ("azure-devops", {"SYSTEM_ACCESSTOKEN": TOKEN}, basic("build")),
        ("azure-devops", {"AZURE_DEVOPS_EXT_PAT": TOKEN}, basic("build")),
        (
            "azure-devops",
            {"SYSTEM_ACCESSTOKEN": TOKEN, "AZURE_DEVOPS_EXT_PAT": "x"},
            basic("build"),
        ),
        ("azure-devops", {"SYSTEM_ACCESSTOKEN": "", "AZURE_DEVOPS_EXT_PAT": TOKEN}, basic("build")),
        ("github", {"GH_TOKEN": TOKEN, "GITHUB_TOKEN": "x"}, basic("x-access-token")),
        ("github", {"GITHUB_TOKEN": f"{TOKEN}\n"}, basic("x-access-token")),
        ("gitlab", {"CI_JOB_TOKEN": TOKEN, "GITLAB_TOKEN": "x"}, basic("gitlab-ci-token")),
        ("gitlab", {"GITLAB_TOKEN": TOKEN}, basic("__token__")),
        ("gitlab", {"GITLAB_TOKEN": TOKEN, "GITLAB_USER": "deploy-1"}, basic("deploy-1")),
        (
            "bitbucket",
            {"BITBUCKET_TOKEN": TOKEN},
            Credential(username="", password=Secret(TOKEN), scheme="Bearer"),
        ),
        ("bitbucket", {"BITBUCKET_TOKEN": TOKEN, "BITBUCKET_USER": "ci"}, basic("ci")),
        ("artifactory", {"ARTIFACTORY_TOKEN": TOKEN, "ARTIFACTORY_USER": "ci"}, basic("ci")),
        (
            "artifactory",
            {"ARTIFACTORY_TOKEN": TOKEN},
            Credential(username="", password=Secret(TOKEN), scheme="Bearer"),
        ),
        ("none", {"SYSTEM_ACCESSTOKEN": TOKEN}, None),
    ],
)
def test_the_first_token_present_is_used(
    kind: CredentialKind, variables: dict[str, str], expected: Credential | None
) -> None:
    assert issue(source(kind), variables) == expected


@pytest.mark.parametrize(
    ("token", "username"),
    [("ATCTT3x", "x-token-auth"), ("ATATT3x", "x-bitbucket-api-token-auth"), ("x", "x-token-auth")],
)
def test_bitbucket_in_the_cloud_has_a_user_name_for_each_kind_of_token(
    token: str, username: str
) -> None:
    cloud = replace(source("bitbucket"), url="https://bitbucket.org/acme/")
    assert issue(cloud, {"BITBUCKET_TOKEN": token}) == basic(username, token)


def test_variables_give_user_and_password() -> None:
    ambient = {"ACME_USER": "reader", "ACME_TOKEN": TOKEN}
    both = issue(source("env", "ACME_USER", "ACME_TOKEN"), ambient)
    alone = issue(source("env", "ACME_TOKEN"), ambient)
    assert (both, alone) == (basic("reader"), basic("token"))


@pytest.mark.parametrize(
    ("kind", "arguments", "named"),
    [
        ("azure-devops", (), ["SYSTEM_ACCESSTOKEN", "AZURE_DEVOPS_EXT_PAT"]),
        ("github", (), ["GH_TOKEN", "GITHUB_TOKEN"]),
        ("gitlab", (), ["CI_JOB_TOKEN", "GITLAB_TOKEN"]),
        ("bitbucket", (), ["BITBUCKET_TOKEN"]),
        ("artifactory", (), ["ARTIFACTORY_TOKEN"]),
        ("env", ("ACME_USER", "ACME_TOKEN"), ["ACME_USER", "ACME_TOKEN"]),
    ],
)
def test_without_any_the_error_names_every_variable(
    kind: CredentialKind, arguments: tuple[str, ...], named: list[str]
) -> None:
    with pytest.raises(CredentialError) as caught:
        issue(source(kind, *arguments), {})
    assert caught.value.exit_code == 3
    assert "source acme" in caught.value.message
    assert all(name in caught.value.message and name in caught.value.remedy for name in named)


@pytest.mark.parametrize("value", ["$(System.AccessToken)", "${{ github.token }}", "${TOKEN}"])
def test_a_macro_that_nobody_replaced_is_no_token(value: str) -> None:
    with pytest.raises(CredentialError, match="macro"):
        issue(source("azure-devops"), {"SYSTEM_ACCESSTOKEN": value})


def test_a_token_on_two_lines_is_refused_without_being_shown() -> None:
    with pytest.raises(CredentialError, match="line break") as caught:
        issue(source("github"), {"GH_TOKEN": "s3cret\r\nX-Evil: 1"})
    assert "s3cret" not in str(caught.value)


def test_a_user_name_with_a_colon_is_refused() -> None:
    with pytest.raises(CredentialError, match="colon"):
        issue(source("env", "U", "P"), {"U": "a:b", "P": TOKEN})


def test_in_github_actions_a_missing_credential_is_answered_with_what_works_there(
    ambient: dict[str, str],
) -> None:
    with pytest.raises(CredentialError) as caught:
        issue(source("azure-devops"), ambient | {"GITHUB_ACTIONS": "true"})
    assert "id-token: write" in caught.value.remedy
    assert "SYSTEM_ACCESSTOKEN" not in caught.value.remedy


def test_every_variable_that_may_hold_a_credential_is_known() -> None:
    assert credential_variables(source("env", "U", "P")) == ("U", "P")
    assert credential_variables(source("command", "x", environment=("KEY",))) == ("KEY",)
    assert "SYSTEM_ACCESSTOKEN" in credential_variables(source("azure-devops"))
