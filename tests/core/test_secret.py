"""What a secret never does, and every form in which it is recognised."""

from __future__ import annotations

import base64
import copy
import dataclasses
import inspect
import io
import json
import logging
import pickle
import pprint
import reprlib
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from lading.core.secret import Credential, Secret, encodings, hide_userinfo, redact

TOKEN = "s3cr3t/+token=="


def walked(thing: object) -> list[object]:
    """Return every attribute that whoever looks for one finds."""
    return [value for _, value in inspect.getmembers(thing)]


def test_no_way_of_making_text_shows_it() -> None:
    secret = Secret(TOKEN)
    credential = Credential(username="reader", password=secret)
    texts = (
        *(repr(secret), str(secret), f"{secret}", f"{secret:>40}", f"{secret!r}", str([secret])),
        *(repr(credential), pprint.pformat(credential), reprlib.repr(credential)),
        *(pretty_repr(credential), str(walked(secret)), str(KeyError(secret))),
    )
    for text in texts:
        assert TOKEN not in text


def test_it_does_not_take_part_in_any_text() -> None:
    secret: Any = Secret(TOKEN)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: secret + "",
        lambda: "" + secret,
        lambda: bytes(secret),
        lambda: list(secret),
        lambda: sorted([secret, Secret("other")]),
        lambda: json.dumps({"password": secret}),
        lambda: vars(secret),
    )
    for attempt in attempts:
        with pytest.raises(TypeError) as caught:
            attempt()
        assert TOKEN not in str(caught.value)


def test_it_cannot_be_pickled_by_any_protocol() -> None:
    secret = Secret(TOKEN)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(Credential(username="reader", password=secret), protocol)
    # What pickling and others ask for the state of an object with slots.
    with pytest.raises(TypeError, match="cannot be pickled"):
        object.__getattribute__(secret, "__getstate__")()
    assert not hasattr(secret, "__dict__")


def test_a_copy_of_it_is_itself_and_asdict_shows_nothing() -> None:
    secret = Secret(TOKEN)
    credential = Credential(username="reader", password=secret)
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret
    table = dataclasses.asdict(credential)
    assert table["password"] is secret
    assert TOKEN not in repr(table)
    assert TOKEN not in json.dumps(table, default=str)


def test_a_log_with_it_in_a_record_does_not_show_it() -> None:
    said = io.StringIO()
    logger = logging.getLogger("of a library")
    logger.addHandler(logging.StreamHandler(said))
    logger.warning("%s and %r and %s", Secret(TOKEN), Secret(TOKEN), {"key": Secret(TOKEN)})
    assert "***" in said.getvalue()
    assert TOKEN not in said.getvalue()


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
def test_redaction_leaves_no_form_of_it(secret: str) -> None:
    forms = (
        *(secret, quote(secret), quote(secret, safe=""), quote_plus(secret)),
        *(json.dumps(secret)[1:-1], repr(secret)[1:-1]),
    )
    shown = redact(" b ".join(forms), [Secret(secret)])
    assert not any(form in shown for form in forms)


def test_lower_case_url_encoding_is_recognised() -> None:
    assert redact("x=s3cr3t%2f%2btoken%3d%3d;", [Secret(TOKEN)]) == "x=***;"


def test_a_secret_that_holds_another_one_leaves_no_rest() -> None:
    shorter, longer = Secret("abcdefgh"), Secret("abcdefghijkl-mnop")
    for order in ((shorter, longer), (longer, shorter)):
        assert redact("<abcdefghijkl-mnop>", order) == "<***>"


def test_secrets_that_overlap_in_a_text_go_whole() -> None:
    assert redact("<aaaaabbbbbccccc>", [Secret("aaaaabbbbb"), Secret("bbbbbccccc")]) == "<***>"


def test_each_line_of_a_key_is_recognised_and_its_frame_stays() -> None:
    lines = ("MIIEvQIBADANBgkqhkiG9w0B", "AQEFAASCBKcwggSjAgEAAoIB")
    key = Secret("\n".join(("-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----")))
    shown = redact(f"-----BEGIN PRIVATE KEY-----\n  {lines[0]}\n  {lines[1]}", [key])
    assert shown == "-----BEGIN PRIVATE KEY-----\n  ***\n  ***"


def test_user_information_of_urls_is_hidden_whoever_wrote_it() -> None:
    text = "clone https://build:abc@host/x and htps://tok@other/y, mail a@b.c"
    assert hide_userinfo(text) == "clone https://***@host/x and htps://***@other/y, mail a@b.c"


@pytest.mark.parametrize(
    "form",
    [
        "pass&amp;word&lt;+&quot;&#39;",
        "pass&amp;word&lt;+&quot;&#x27;",
        "pass&amp;word&lt;&#43;&quot;&#39;",
        "pass&amp;word&lt;+\"'",
        "pass\\u0026word\\u003C\\u002B\\u0022\\u0027",
        quote(quote("pass&word<+\"'", safe=""), safe=""),
    ],
)
def test_what_pages_and_other_peoples_json_make_of_it_is_recognised(form: str) -> None:
    assert redact(f"it was {form} then", [Secret("pass&word<+\"'")]) == "it was *** then"
