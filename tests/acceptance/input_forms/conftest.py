"""The private packages alone, so that nothing depends on the public index."""

from __future__ import annotations

import pytest

from local_sources import LocalSources


@pytest.fixture(autouse=True)
def only_private_packages(sources: LocalSources) -> None:
    """Let no public package be needed, which keeps these tests fast."""
    sources.passes_on = False
