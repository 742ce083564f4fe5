"""What a Git server advertises over http is read without Git, and nothing else is taken for it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.sources.git_advertisement import AdvertisementError, parse_advertisement

MAIN, TAG, PEELED = "1" * 40, "2" * 40, "3" * 40


def line(text: str) -> bytes:
    """Return a line as the protocol frames it."""
    return f"{len(text) + 4:04x}{text}".encode()


BEGIN = line("# service=git-upload-pack\n") + b"0000"


def test_refs_are_read_and_annotated_tags_lead_to_their_commit() -> None:
    data = BEGIN + line(f"{MAIN} HEAD\0multi_ack symref=HEAD:refs/heads/main\n")
    data += line(f"{MAIN} refs/heads/main\n") + line(f"{TAG} refs/tags/v1\n")
    data += line(f"{PEELED} refs/tags/v1^{{}}\n") + b"0000"
    refs = parse_advertisement(data, url="https://git.test/a")
    assert dict(refs.commits) == {
        "HEAD": MAIN,
        "refs/heads/main": MAIN,
        "refs/tags/v1": PEELED,
    }
    assert refs.commit_of("v1") == PEELED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!DOCTYPE html><title>Sign In</title>",
        b"0000",
        BEGIN + b"00ff" + b"1" * 10,
        line("# service=git-receive-pack\n"),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(AdvertisementError):
        parse_advertisement(data, url="https://git.test/a")


@given(st.binary(max_size=200))
def test_whatever_comes_ends(data: bytes) -> None:
    with suppress(AdvertisementError):
        parse_advertisement(BEGIN + data, url="https://git.test/a")
