"""Each cloud has its own authority and audiences; the environment may name another authority."""

from __future__ import annotations

import json

import pytest

from lading.core.errors import ConfigError
from lading.core.identity.clouds import CLOUDS, check_cloud, cloud_of, parse_cloud


@pytest.mark.parametrize("name", CLOUDS)
def test_a_cloud_signs_in_with_microsoft_over_https(name: str) -> None:
    cloud = CLOUDS[name]
    assert cloud.name == name
    assert cloud.is_microsofts
    for url in (cloud.authority, cloud.arm, cloud.arm_audience, cloud.scm_audience):
        assert url.startswith("https://")
    for audience in (cloud.arm_audience, cloud.scm_audience):
        assert audience.endswith("/.default")
        assert "//.default" not in audience


@pytest.mark.parametrize("told", ["https://login.test:8443/", "login.test:8443"])
def test_the_environment_may_name_another_authority(told: str) -> None:
    cloud = cloud_of(CLOUDS["public"], {"AZURE_AUTHORITY_HOST": told})
    assert cloud.authority == "https://login.test:8443"
    assert not cloud.is_microsofts
    assert cloud.arm == CLOUDS["public"].arm


@pytest.mark.parametrize(
    "told", ["http://login.test", "https://user:pass@login.test", "ftp://login.test", "https:// x"]
)
def test_an_authority_in_the_clear_is_refused(told: str) -> None:
    with pytest.raises(ConfigError, match="AZURE_AUTHORITY_HOST") as caught:
        cloud_of(CLOUDS["public"], {"AZURE_AUTHORITY_HOST": told})
    assert "pass" not in caught.value.message


def described(**changes: object) -> str:
    authentication = {
        "loginEndpoint": "https://login.sovereign.test/",
        "audiences": ["https://management.sovereign.test/", "https://management.core.test/"],
    }
    document = {"appServiceResourceId": "https://apps.sovereign.test"} | changes
    return json.dumps({"authentication": authentication, **document})


def test_another_cloud_says_itself_where_to_sign_in_and_for_whom() -> None:
    cloud = parse_cloud(described(), arm="https://management.sovereign.test/")
    assert cloud.authority == "https://login.sovereign.test"
    assert cloud.arm == "https://management.sovereign.test"
    assert cloud.arm_audience == "https://management.sovereign.test/.default"
    assert cloud.scm_audience == "https://apps.sovereign.test/.default"
    assert not cloud.is_microsofts


@pytest.mark.parametrize(
    "text",
    [
        "<html>",
        "[]",
        described(authentication={}),
        described(
            authentication={"loginEndpoint": "http://login.test", "audiences": ["https://a"]}
        ),
        described(authentication={"loginEndpoint": "https://login.test", "audiences": []}),
        described(authentication={"loginEndpoint": "https://login.test", "audiences": ["x"]}),
    ],
)
def test_what_does_not_describe_a_cloud_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not say"):
        parse_cloud(text, arm="https://management.test")


@pytest.mark.parametrize(
    "changes",
    [
        {"audiences": ["https://management.azure.com/"]},
        {"audiences": ["https://management.core.windows.net/"]},
        {"audiences": ["https://management.usgovcloudapi.net.test"], "scm": True},
    ],
)
def test_a_cloud_that_wants_tokens_of_another_one_is_refused(changes: dict[str, object]) -> None:
    scm = {"appServiceResourceId": "https://appservice.azure.com/"} if "scm" in changes else {}
    told = {"loginEndpoint": "https://login.test", "audiences": changes["audiences"]}
    text = described(authentication=told, **scm)
    with pytest.raises(ValueError, match="tokens of another cloud"):
        parse_cloud(text, arm="https://management.evil.test")
    # An Azure on this machine is for trying: it has whatever is sent to it.
    assert parse_cloud(text, arm="https://localhost:8443").arm == "https://localhost:8443"


def test_a_known_cloud_may_be_named_by_its_address() -> None:
    public = CLOUDS["public"]
    told = {"loginEndpoint": public.authority, "audiences": [f"{public.arm}/"]}
    text = described(authentication=told, appServiceResourceId="https://appservice.azure.com")
    assert parse_cloud(text, arm=public.arm).arm_audience == public.arm_audience


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("public", None),
        ("https://management.local.test", None),
        ("usgov", "must be one of public, us-government, china, or the https URL"),
        ("http://management.local.test", "must be https"),
        ("https://user:pass@management.local.test", "is no URL"),
    ],
)
def test_a_cloud_is_named_or_has_an_address(name: str, problem: str | None) -> None:
    told = check_cloud(name)
    assert told is None if problem is None else told is not None and told.startswith(problem)
