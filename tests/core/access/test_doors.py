"""The broker's door opens for what is expressly allowed, and for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.access.doors import DoorError, FileCall, GitCall, PageCall, parse_call
from lading.core.access.scope import covers
from lading.core.urls import parse_url

PREFIX = "https://git.test/acme/"
PREFIXES = {"acme-git": PREFIX}
REPOSITORY = "/git/acme-git/platform/_git/acme-tax"
REFS = "/info/refs?service=git-upload-pack"
# Of which an attacker would make a target.
PIECES = [
    "/",
    "//",
    "\\",
    ".",
    "..",
    "%2e%2e",
    "%2f",
    "%00",
    ";",
    "@",
    "?",
    "#",
    "&",
    "git",
    "acme-git",
    "simple",
    "files",
    "x",
    "acme",
    "contoso",
    "evil.test",
    "info/refs",
    "git-upload-pack",
    "service=git-upload-pack",
    "\r",
]


def refusal(method: str, target: str) -> str:
    with pytest.raises(DoorError) as caught:
        parse_call(method, target, prefixes=PREFIXES)
    return caught.value.rule


@pytest.mark.parametrize(
    ("method", "target", "call"),
    [
        ("GET", "/simple/Acme_Pricing/", PageCall(name="acme-pricing")),
        ("HEAD", "/simple/acme-pricing", PageCall(name="acme-pricing")),
        (
            "GET",
            "/files/acme-pricing/acme_pricing-1.0+local-py3-none-any.whl",
            FileCall(name="acme-pricing", filename="acme_pricing-1.0+local-py3-none-any.whl"),
        ),
        (
            "GET",
            "/files/acme-pricing/acme_pricing-1.0%2Blocal-py3-none-any.whl.metadata",
            FileCall(
                name="acme-pricing",
                filename="acme_pricing-1.0+local-py3-none-any.whl",
                metadata=True,
            ),
        ),
        (
            "GET",
            REPOSITORY + REFS,
            GitCall(source="acme-git", url=f"{PREFIX}platform/_git/acme-tax"),
        ),
        (
            "POST",
            f"{REPOSITORY}/git-upload-pack",
            GitCall(source="acme-git", url=f"{PREFIX}platform/_git/acme-tax", pack=True),
        ),
    ],
)
def test_what_is_allowed_is_understood(method: str, target: str, call: object) -> None:
    assert parse_call(method, target, prefixes=PREFIXES) == call


@pytest.mark.parametrize(
    ("method", "target", "rule"),
    [
        ("POST", "/simple/acme-pricing/", "method"),
        ("PUT", "/files/acme-pricing/x.whl", "method"),
        ("DELETE", "/simple/acme-pricing/", "method"),
        ("GET", "/simple/", "name"),
        ("GET", "/", "address"),
        ("GET", "/simple/a/b/", "address"),
        ("GET", "/simple/..%2f..%2fother/", "name"),
        ("GET", "/simple/acme%0d%0aX:1/", "name"),
        ("GET", "/files/acme-pricing/..%2fx.whl", "address"),
        ("GET", "/files/acme-pricing/", "address"),
        ("GET", "http://127.0.0.1/simple/acme-pricing/", "address"),
        ("GET", "//evil.test/simple/acme-pricing/", "address"),
        ("CONNECT", "evil.test:443", "address"),
        ("GET", "/git/other/x" + REFS, "git-source"),
        ("GET", f"{REPOSITORY}/info/refs?service=git-receive-pack", "git-read-only"),
        ("POST", f"{REPOSITORY}/git-receive-pack", "git-read-only"),
        ("GET", f"{REPOSITORY}/info/refs", "git-service"),
        ("GET", f"{REPOSITORY}{REFS}&service=x", "git-service"),
        ("POST", REPOSITORY + REFS, "git-service"),
        ("GET", f"{REPOSITORY}/git-upload-pack", "git-service"),
        ("HEAD", REPOSITORY + REFS, "git-service"),
        ("GET", f"{REPOSITORY}/objects/info/packs", "git-service"),
        ("GET", f"{REPOSITORY}/HEAD", "git-service"),
        ("GET", "/git/acme-git" + REFS, "git-service"),
        ("GET", "/git/acme-git/" + REFS, "scope"),
        ("GET", "/git/acme-git/../contoso/secret" + REFS, "scope"),
        ("GET", "/git/acme-git/%2e%2e/contoso/secret" + REFS, "scope"),
        ("GET", "/git/acme-git/..%2fcontoso/secret" + REFS, "scope"),
        ("GET", "/git/acme-git/..;/contoso/secret" + REFS, "scope"),
        ("GET", "/git/acme-git/a\\..\\..\\contoso" + REFS, "git-address"),
    ],
)
def test_everything_else_is_refused_by_a_rule_with_a_name(
    method: str, target: str, rule: str
) -> None:
    assert refusal(method, target) == rule


@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PROPFIND"]),
    target=st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(PIECES),
            max_size=12,
        ).map(lambda pieces: "/git/acme-git/" + "".join(pieces)),
        st.text(max_size=20).map(lambda text: f"/git/acme-git/{text}{REFS}"),
    ),
)
def test_no_target_reaches_beyond_what_is_declared(method: str, target: str) -> None:
    try:
        call = parse_call(method, target, prefixes=PREFIXES)
    except DoorError:
        return
    match call:
        case GitCall():
            assert covers(PREFIX, parse_url(call.url))
            assert call.url.startswith(PREFIX)
            assert (method == "POST") == call.pack
        case PageCall() | FileCall():
            assert method in {"GET", "HEAD"}
            assert set(call.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
