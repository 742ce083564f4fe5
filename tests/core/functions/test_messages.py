"""Frames are read with suspicion: an app can write into the pipe by which its process answers."""

from __future__ import annotations

import json

import pytest

from lading.core.functions.messages import FrameError, parse_head, parse_reply, parse_server


def test_an_apps_own_server_is_one_of_this_machine() -> None:
    assert parse_server({"server": ["127.0.0.1", 8080]}) == ("127.0.0.1", 8080)
    assert parse_server({"server": None}) is None
    assert parse_server({}) is None


@pytest.mark.parametrize(
    "server",
    [["203.0.113.7", 80], ["127.0.0.1", 0], ["127.0.0.1", "80"], ["127.0.0.1"], {"a": 1}, 80, ""],
)
def test_requests_are_handed_on_to_no_other_machine(server: object) -> None:
    with pytest.raises(FrameError):
        parse_server({"server": server})


@pytest.mark.parametrize(
    "text", [b"[]", b"{", b"\xff", b"[" * 100_000, b'{"return": {"kind": "http"}}']
)
def test_what_is_no_frame_is_told_as_one_kind_of_error(text: bytes) -> None:
    with pytest.raises(FrameError):
        parse_reply(parse_head(text), b"")


@pytest.mark.parametrize("headers", [[], "x", 3, None])
def test_headers_that_are_none_are_no_frame(headers: object) -> None:
    value = {"kind": "http", "size": 0, "status": "200", "headers": headers, "cookies": []}
    head = json.dumps({"return": value, "outputs": []}).encode()
    with pytest.raises(FrameError):
        parse_reply(parse_head(head), b"")
