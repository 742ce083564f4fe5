"""Each cloud has its own authority and audiences; the environment may name another authority."""

from __future__ import annotations

import pytest

from lading.core.errors import ConfigError
from lading.core.identity.clouds import CLOUD_NAMES, CLOUDS, cloud_of


@pytest.mark.parametrize("name", CLOUD_NAMES)
def test_a_cloud_signs_in_with_microsoft_over_https(name: str) -> None:
    cloud = next(cloud for cloud in CLOUDS.values() if cloud.name == name)
    assert cloud.is_microsofts
    for url in (cloud.authority, cloud.arm, cloud.arm_audience, cloud.scm_audience):
        assert url.startswith("https://")
    for audience in (cloud.arm_audience, cloud.scm_audience):
        assert audience.endswith("/.default")
        assert "//.default" not in audience


@pytest.mark.parametrize("told", ["https://login.test:8443/", "login.test:8443"])
def test_the_environment_may_name_another_authority(told: str) -> None:
    cloud = cloud_of("public", {"AZURE_AUTHORITY_HOST": told})
    assert cloud.authority == "https://login.test:8443"
    assert not cloud.is_microsofts
    assert cloud.arm == CLOUDS["public"].arm


@pytest.mark.parametrize(
    "told", ["http://login.test", "https://user:pass@login.test", "ftp://login.test", "https:// x"]
)
def test_an_authority_in_the_clear_is_refused(told: str) -> None:
    with pytest.raises(ConfigError, match="AZURE_AUTHORITY_HOST") as caught:
        cloud_of("public", {"AZURE_AUTHORITY_HOST": told})
    assert "pass" not in caught.value.message
