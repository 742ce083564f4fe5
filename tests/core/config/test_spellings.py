"""Every way in which people write a Git source's prefix leads to the same door."""

from __future__ import annotations

from lading.core.config.spellings import git_spellings


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
