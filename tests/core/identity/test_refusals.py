"""A refusal of Entra ID is told as what happened and what to do, and shows no token."""

from __future__ import annotations

import pytest

from lading.core.identity import Choice, Identity
from lading.core.identity.refusals import MEANINGS, refused, shortened

CHOICE = Choice(identity=Identity(method="client-secret"), reason="AZURE_CLIENT_SECRET is set")
WORDS = (
    "Authentication failed: AADSTS{code}: something long. Trace ID: 5f7b3c1e-52c4 Correlation ID: "
    "5f7b3c1e-52c4-4a7f Timestamp: 2026-11-21 10:00:00Z"
)


@pytest.mark.parametrize("code", MEANINGS)
def test_each_known_code_is_told_in_words(code: str) -> None:
    error = refused(CHOICE, WORDS.format(code=code))
    assert f"AADSTS{code}" in error.message
    assert MEANINGS[code].happened in error.message
    assert "client-secret" in error.message
    assert error.remedy == MEANINGS[code].remedy
    assert error.exit_code == 3


def test_a_mismatch_shows_what_was_presented() -> None:
    presented = "subject repo:acme/orders:ref:refs/heads/main"
    error = refused(CHOICE, WORDS.format(code="700213"), presented=presented)
    assert presented in error.message
    assert presented not in refused(CHOICE, WORDS.format(code="7000215"), presented="x").message


def test_other_words_are_shortened_and_show_no_token() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9eyJhbGci.eyJzdWIiOiJyZXBvOmFjbWUvb3JkZXJz.c2lnbmF0dXJlc2ln"
    error = refused(CHOICE, f"Authentication failed: AADSTS12345: odd {token}. Trace ID: 1")
    assert "AADSTS12345: odd" in error.message
    assert token not in error.message
    assert "Trace ID" not in error.message
    assert len(shortened("word " * 500)) < 400
