"""What a secret never does, and every form in which it is recognised."""

from __future__ import annotations

import base64
import copy
import dataclasses
import pickle
import traceback
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.secret import Credential, Secret, encodings, hide_userinfo, redact

TOKEN = "s3cr3t/+token=="


def test_no_way_of_making_text_shows_it() -> None:
    secret = Secret(TOKEN)
    credential = Credential(username="reader", password=secret)
    for text in (repr(secret), str(secret), f"{secret}", f"{secret:>40}", repr(credential)):
        assert TOKEN not in text


def test_it_cannot_be_pickled_copied_or_walked_into() -> None:
    credential = Credential(username="reader", password=Secret(TOKEN))
    with pytest.raises(TypeError):
        pickle.dumps(credential)
    with pytest.raises(TypeError):
        copy.deepcopy(credential.password)
    # asdict copies every leaf: it fails instead of showing the value.
    with pytest.raises(TypeError):
        dataclasses.asdict(credential)
    assert not hasattr(credential.password, "__dict__")


def test_a_traceback_with_it_in_a_frame_does_not_show_it() -> None:
    def fail(secret: Secret) -> None:
        raise ValueError(secret)

    try:
        fail(Secret(TOKEN))
    except ValueError as error:
        captured = traceback.TracebackException.from_exception(error, capture_locals=True)
        assert TOKEN not in "".join(captured.format())


def test_a_basic_credential_is_sent_as_the_standard_says() -> None:
    credential = Credential(username="reader", password=Secret(TOKEN))
    expected = base64.b64encode(f"reader:{TOKEN}".encode()).decode()
    assert credential.authorization().reveal() == f"Basic {expected}"


def test_a_bearer_token_has_no_user() -> None:
    credential = Credential(username="", password=Secret(TOKEN), scheme="Bearer")
    assert credential.authorization().reveal() == f"Bearer {TOKEN}"


@given(
    before=st.text(max_size=20),
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60),
    after=st.text(max_size=20),
)
def test_it_is_recognised_at_every_alignment_of_base64(
    before: str, secret: str, after: str
) -> None:
    encoded = base64.b64encode(f"{before}{secret}{after}".encode()).decode()
    assert any(form in encoded for form in encodings(secret))


@given(secret=st.text(min_size=8, max_size=60))
def test_redaction_leaves_neither_the_raw_nor_the_encoded_form(secret: str) -> None:
    text = f"a {secret} b {quote(secret, safe='')} c"
    shown = redact(text, [Secret(secret)])
    assert secret not in shown
    assert quote(secret, safe="") not in shown


def test_user_information_of_urls_is_hidden_whoever_wrote_it() -> None:
    text = "clone https://build:abc@host/x and htps://tok@other/y, mail a@b.c"
    assert hide_userinfo(text) == "clone https://***@host/x and htps://***@other/y, mail a@b.c"
