"""What METADATA says of a licence, in the order of PEP 639."""

from __future__ import annotations

import pytest

from lading.core.statements.licences import SelfDescription, parse_self_description

HEAD = "Metadata-Version: 2.4\nName: wares\nVersion: 1\n"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            "License-Expression: MIT OR Apache-2.0\n",
            SelfDescription(expression="MIT OR Apache-2.0"),
        ),
        ("License: BSD-3-Clause\n", SelfDescription(licences=("BSD-3-Clause",))),
        (
            "License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\n",
            SelfDescription(licences=("MIT License",)),
        ),
        (f"License: {'long ' * 40}\n", SelfDescription()),
        ("Summary: Wares  of all\tkinds\n", SelfDescription(summary="Wares of all kinds")),
        ("", SelfDescription()),
    ],
)
def test_the_expression_counts_then_the_field_then_the_classifiers(
    lines: str, told: SelfDescription
) -> None:
    assert parse_self_description((HEAD + lines).encode()) == told
