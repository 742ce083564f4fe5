"""What an app says of itself is read with suspicion: anybody may answer there."""

from __future__ import annotations

import pytest

from lading.core.verification import parse_label


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b"\xff", b'{"schema": 1}', b"[" * 100_000, b'{"a":' * 100_000]
)
def test_what_is_no_label_is_none(data: bytes) -> None:
    assert parse_label(data) is None
