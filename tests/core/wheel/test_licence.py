from __future__ import annotations

import pytest

from lading.core.wheel.licence import parse_licence


@pytest.mark.parametrize(
    ("header", "licence"),
    [
        ("License-Expression: MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("License: BSD", "BSD"),
        (f"License: {'Permission is hereby granted ' * 9}", "unknown"),
        ("Classifier: License :: OSI Approved :: MIT License", "MIT License"),
        ("Classifier: License :: OSI Approved", "unknown"),
        ("Summary: none", "unknown"),
    ],
)
def test_the_licence_is_what_metadata_states(header: str, licence: str) -> None:
    metadata = f"Metadata-Version: 2.4\nName: x\nVersion: 1\n{header}\n\n"
    assert parse_licence(metadata.encode()) == licence
