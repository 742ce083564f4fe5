"""Keys and tokens: errors in the app's files, one warning for what a distribution shows to all."""

from __future__ import annotations

from lading.core.checks.secrets import check_exposed
from lading.core.layer import SITE_PACKAGES, Exposed, Layer

KEY = "private key"


def found(owner: str, *places: tuple[str, str]) -> list[str]:
    layer = Layer(
        key="k",
        name=owner,
        version="",
        wheel_sha256="",
        blob_sha256="",
        members=(),
        exposed=tuple(Exposed(name=name, line=7, kind=kind) for name, kind in places),
    )
    return [
        f"{one.severity} {one.code} {one.place}: {one.evidence}" for one in check_exposed([layer])
    ]


def test_each_credential_of_the_app_is_an_error_with_its_place() -> None:
    assert found("", ("server.pem", KEY), ("settings.py", "Azure DevOps token")) == [
        "error private-key server.pem:7: a private key",
        "error credential-in-app-file settings.py:7: an Azure DevOps token",
    ]


def test_keys_of_a_distribution_are_one_warning() -> None:
    (warning,) = found("demo", ("demo/a.pem", KEY), ("demo/b.pem", KEY))
    assert warning.startswith("warning key-in-wheel demo: demo/a.pem, line 7 and 1 more: a private")


def test_keys_for_tests_and_examples_of_a_distribution_are_none() -> None:
    places = ("demo/test/test.key", "demo/SelfTest/x.py", "demo/examples/iot/create.rst")
    assert found("demo", *((name, KEY) for name in places)) == []
    assert found("", ("tests/server.pem", KEY))[0].startswith("error private-key")


def test_what_another_tool_vendored_is_a_distributions() -> None:
    (warning,) = found(
        "", (f"{SITE_PACKAGES}demo/a.pem", KEY), (f"{SITE_PACKAGES}demo/b.py", "GitHub Token")
    )
    assert warning.startswith("warning key-in-wheel")
