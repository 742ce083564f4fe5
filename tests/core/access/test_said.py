"""Foreign words are quoted on one line, short, and without markup; a bare status is no word."""

from __future__ import annotations

import json

import pytest

from lading.core.access.asked import Answer
from lading.core.access.said import LONGEST, said, words_of


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"message": "Bad credentials"}', "Bad credentials"),
        ('{"errors": [{"status": 401, "message": "Bad Credentials"}]}', "Bad Credentials"),
        ('{"error": {"message": "Access denied"}}', "Access denied"),
        ('{"error": "invalid", "error_description": "Too old"}', "Too old"),
        ("<!DOCTYPE html><html><head><title>Sign &amp; go</title></head>…", "Sign & go"),
        ("<html><body>No title</body></html>", ""),
        ("Repository\n not\x07 found.\r\n", "Repository not found."),
        ("see https://u:p4ss@host.test/", "see https://***@host.test/"),
        ("\ufeff\n{broken", ""),
        ('{"message": 3}', ""),
        ("[" * 5000, ""),
        ("", ""),
    ],
)
def test_the_sentence_of_a_body_is_found(body: str, words: str) -> None:
    assert words_of(Answer(status=401, body=body)) == words


def test_a_long_sentence_is_cut() -> None:
    quoted = words_of(Answer(status=401, body=json.dumps({"message": "word " * 1000})))
    assert len(quoted) <= LONGEST
    assert quoted.endswith("…")


@pytest.mark.parametrize(
    "body", ["", "401 Unauthorized\n", "HTTP 403: Forbidden", "Not Found", "404"]
)
def test_a_status_said_twice_is_not_quoted(body: str) -> None:
    assert said(Answer(status=401, body=body)) == ""


def test_what_is_said_is_quoted() -> None:
    assert said(Answer(status=401, body='It is "old"')) == ": it said \"It is 'old'\""
