"""Runs that sign in to Entra ID in a way of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from lading.core.identity import Method
from lading.edges.http import TimeLimits
from local_azure import LocalAzure
from local_azure.identity.runs import Place
from local_sources import LocalSources
from tests.edges.tokens.entra.runs import Become, Run


@pytest.fixture
def become(
    azure: LocalAzure, sources: LocalSources, ambient: dict[str, str], tmp_path: Path
) -> Become:
    """Return what gives the run of a method."""

    def run(
        method: Method,
        *,
        place: Place = "machine",
        limits: TimeLimits | None = None,
        **variables: str,
    ) -> Run:
        folder = tmp_path / "run"
        told = {
            **sources.environment(ambient),
            **azure.variables(method, folder=folder, place=place),
            **variables,
        }
        return Run(ambient=told, folder=folder, limits=limits)

    return run
