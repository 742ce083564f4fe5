"""A package is held against the lock of now, distribution by distribution."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lading.core.deployment.freshness import compare_lock, render_differences
from lading.core.lock import Lock, LockedFile, LockedSource

PRICING = LockedFile(
    name="acme-pricing", version="1.0", filename="a.whl", sha256="a" * 64, source="acme"
)
TAX = LockedSource(kind="git", name="acme-tax", version="2.1.0", commit="c" * 40)


def lock(*files: LockedFile) -> Lock:
    return Lock(
        python="3.13", platform="linux", fingerprint="f", files=files or (PRICING,), sources=(TAX,)
    )


def report(**versions: str) -> str:
    rows = [
        {"name": name, "version": version, "sha256": "a" * 64} for name, version in versions.items()
    ]
    return json.dumps({"distributions": rows})


SAME = report(**{"acme-pricing": "1.0", "acme-tax": "2.1.0"})


def test_what_was_built_from_the_lock_does_not_differ() -> None:
    assert compare_lock(SAME, lock()) == ()


@pytest.mark.parametrize(
    ("text", "locked", "phrase"),
    [
        (SAME, None, "its lock is gone"),
        (report(**{"acme-tax": "2.1.0"}), lock(), "acme-pricing 1.0 is locked and not in it"),
        (
            report(**{"acme-pricing": "0.9", "acme-tax": "2.1.0"}),
            lock(),
            "acme-pricing is 0.9 in it and locked as 1.0",
        ),
        (
            report(**{"acme-pricing": "1.0", "acme-tax": "2.1.0", "old": "3"}),
            lock(),
            "old 3 is locked no more",
        ),
        (
            SAME,
            lock(replace(PRICING, sha256="b" * 64)),
            "acme-pricing 1.0 is locked with other bytes",
        ),
    ],
)
def test_what_differs_is_named(text: str, locked: Lock | None, phrase: str) -> None:
    assert compare_lock(text, locked) == (phrase,)


def test_many_differences_are_counted() -> None:
    assert render_differences(("a", "b", "c", "d", "e")) == "a, b, c and 2 more"
    assert render_differences(("a", "b")) == "a, b"
