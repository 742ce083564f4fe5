"""The tokens that CI systems and Azure leave in the environment are known by their names."""

from __future__ import annotations

import pytest

from lading.core.access.ambient import credential_places, holds_token, leads_to_token


@pytest.mark.parametrize(
    "variable",
    [
        "SYSTEM_ACCESSTOKEN",
        "System_AccessToken",
        "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS",
        "idToken",
        "servicePrincipalKey",
        "AZURE_CLIENT_SECRET",
        "IDENTITY_HEADER",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "GH_TOKEN",
        "CI_REPOSITORY_URL",
        "BITBUCKET_STEP_OIDC_TOKEN",
    ],
)
def test_a_token_is_known_in_every_spelling_of_its_name(variable: str) -> None:
    assert holds_token(variable)
    assert leads_to_token(variable)


@pytest.mark.parametrize(
    "variable", ["ACTIONS_ID_TOKEN_REQUEST_URL", "IDENTITY_ENDPOINT", "AZURE_FEDERATED_TOKEN_FILE"]
)
def test_where_a_token_is_to_be_had_is_no_token_but_leads_to_one(variable: str) -> None:
    assert not holds_token(variable)
    assert leads_to_token(variable)


@pytest.mark.parametrize(
    "variable",
    ["PATH", "AZURE_TENANT_ID", "GITHUB_REPOSITORY", "TOKEN_COUNT", "SYSTEM_TEAMPROJECT"],
)
def test_what_only_looks_like_it_is_left_alone(variable: str) -> None:
    assert not leads_to_token(variable)


def test_places_of_credentials_are_known_in_every_spelling_of_the_name() -> None:
    ambient = {"NETRC": "/a/netrc", "Kubeconfig": "/b", "DOCKER_CONFIG": ""}
    ambient |= {"PATH": "/bin", "IDENTITY_ENDPOINT": "/d", "AZURE_FEDERATED_TOKEN_FILE": "/e"}
    assert credential_places(ambient) == ("/a/netrc", "/b", "/e")


def test_a_command_with_access_keeps_the_folders_of_its_user_s_tools() -> None:
    assert not leads_to_token("DOCKER_CONFIG")
