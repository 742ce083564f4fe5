"""What is read of Git's settings is where a credential lies, never the credential."""

from __future__ import annotations

import pytest

from lading.core.diagnosis.facts import GitSetting, parse_git_settings


def listed(*entries: tuple[str, str]) -> str:
    """Return what Git lists of settings of one file."""
    return "".join(f"file:.git/config\0{key}\n{value}\0" for key, value in entries)


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("http.https://git.test/.extraheader", "AUTHORIZATION: basic c2VjcmV0", "header"),
        ("http.extraHeader", "Authorization: Bearer s3cret", "header"),
        ("credential.helper", "store", "store"),
        ("credential.https://git.test.helper", "store --file=/tmp/x", "store"),
        ("remote.origin.url", "https://me:s3cret@git.test/a", "url"),
        ("url.https://me:s3cret@git.test/.insteadof", "https://git.test/", "url"),
    ],
)
def test_a_setting_that_holds_or_keeps_a_credential_is_found(
    key: str, value: str, kind: str
) -> None:
    (found,) = parse_git_settings(listed(("core.bare", "false"), (key, value)))
    assert (found.kind, found.origin) == (kind, ".git/config")
    assert "s3cret" not in str(found)
    assert "c2Vj" not in str(found)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("http.https://git.test/.extraheader", "X-Trace: on"),
        ("http.https://git.test/.extraheader", ""),
        ("credential.helper", ""),
        ("credential.helper", "manager"),
        ("credential.helper", "cache --timeout=60"),
        ("remote.origin.url", "https://me@git.test/a"),
        ("remote.origin.url", "git@git.test:a"),
        ("user.name", "store"),
        ("alias.store", "!echo store"),
    ],
)
def test_other_settings_are_not(key: str, value: str) -> None:
    assert parse_git_settings(listed((key, value))) == ()


def test_a_value_of_several_lines_and_a_broken_list_are_read() -> None:
    text = listed(("alias.x", "a\nb"), ("credential.helper", "store"))
    assert parse_git_settings(text + "file:x") == (
        GitSetting(kind="store", origin=".git/config", key="credential.helper"),
    )
    assert parse_git_settings("") == ()
