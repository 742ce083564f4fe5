from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.access.userinfo import (
    BareUrl,
    looks_like_token,
    mask_userinfo,
    may_be_shown,
    parse_userinfo,
)

TOKEN = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize(
    ("userinfo", "kind"),
    [
        ("me", "user"),
        ("first.last@company.example", "user"),
        ("my-organisation-with-a-very-long-name", "user"),
        ("me:", "user"),
        ("{user}:{pat}", "placeholder"),
        ("${PAT}", "placeholder"),
        ("${USER}:${PAT}", "placeholder"),
        ("build:$(System.AccessToken)", "placeholder"),
        ("me:$PAT", "placeholder"),
        ("%USER%:%PAT%", "placeholder"),
        ("<user>:<token>", "placeholder"),
        ("{{ user }}:{{ token }}", "placeholder"),
        ("%7Buser%7D:%7Bpat%7D", "placeholder"),
        ("me:hunter2", "secret"),
        ("${USER}:hunter2", "secret"),
        ("me:hunter${2}", "secret"),
        (f"{TOKEN}", "secret"),
        (f"{TOKEN}:", "secret"),
        (f"{TOKEN}:x-oauth-basic", "secret"),
        (f"{TOKEN}:$X", "secret"),
        ("me:p@ss", "secret"),
        # A personal access token of Azure DevOps: nothing but letters and digits.
        ("abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst", "secret"),
    ],
)
def test_what_stands_before_the_host_is_judged(userinfo: str, kind: str) -> None:
    bare = parse_userinfo(f"https://{userinfo}@git.example/x@main")

    assert bare == BareUrl(url="https://git.example/x@main", kind=kind)  # type: ignore[arg-type]


def test_a_url_without_user_information_stays_as_it_is() -> None:
    url = "https://git.example/feed@Release/x"

    assert parse_userinfo(url) == BareUrl(url=url, kind="none")


@pytest.mark.parametrize("name", ["VssSessionToken", "git", "acme", "x-access-token"])
def test_user_names_are_no_tokens(name: str) -> None:
    assert not looks_like_token(name)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("a @ git+https://u:p/w@h/x@main", "a @ git+https://***@main"),
        ("u:p@h:x", "***@h:x"),
        ("name @ git+https://h/x", "name @ git+https://h/x"),
        ("https://h/x.whl?sig=abc#sha256=0", "https://h/x.whl?***#sha256=0"),
    ],
)
def test_unreadable_text_is_masked_more_than_it_must(text: str, masked: str) -> None:
    assert mask_userinfo(text) == masked


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://git.example/x", True), ("https://ss/w@git.example/x", False), ("x", False)],
)
def test_what_may_hold_the_rest_of_a_password_is_not_shown(url: str, *, shown: bool) -> None:
    assert may_be_shown(url) is shown


secrets = st.text(
    alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12
).map(lambda text: f"hunter{text}hunter")


@given(secrets, st.sampled_from(["git+https://", "https://", "ssh://", "git+http://"]))
def test_no_password_survives_the_mask(password: str, scheme: str) -> None:
    assert "hunter" not in mask_userinfo(f"name @ {scheme}me:{password}@git.example/x@main")
