"""Whatever happens to an app, in any order: one release runs whole, and the code says which."""

from __future__ import annotations

import json
import os
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import pytest
import urllib3
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from lading.core.identity import parse_identity
from lading.edges.azure.account import open_account
from lading.edges.azure.apps import Azure
from lading.edges.http import Http
from lading.edges.tokens.entra import Entra
from lading.edges.tokens.surroundings import Surroundings
from local_azure import LocalAzure
from local_azure.blobs import BlobsUnavailableError
from local_sources import LocalSources
from tests.deployment.sequences.ground import Ground
from tests.deployment.sequences.machine import Sequence
from tests.deployment.sequences.shelf import Shelf
from tests.deployment.sequences.tally import Row
from tests.support import leave_out

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it kills as Linux does")

# The first lot is what CI has; `invoke sequences` has all.
LOTS, IN_A_LOT = 10, 20
SECONDS = 60
# Nothing is made smaller: a sequence that fails is short, and each of its steps takes time.
PROFILE = settings(
    max_examples=IN_A_LOT,
    stateful_step_count=7,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def ground(
    azure: LocalAzure, sources: LocalSources, ambient: dict[str, str], tmp_path: Path
) -> Iterator[Ground]:
    """Return what all sequences of a lot begin on."""
    try:
        blobs = azure.cloud.start_blobs(os.environ, sources.certificates)
    except BlobsUnavailableError as error:
        leave_out(str(error), ambient=os.environ)
    told = sources.environment(ambient)
    told |= azure.variables("client-secret", folder=tmp_path / "run")
    del told["AZURE_AUTHORITY_HOST"]
    tls = ssl.create_default_context(cafile=str(sources.certificates.bundle))
    with urllib3.PoolManager(ssl_context=tls, retries=False, timeout=SECONDS) as pool:
        yield Ground(
            azure=azure,
            reached=signed_in(azure, told),
            pool=pool,
            blobs=blobs,
            ambient=told,
            certificates=sources.certificates.bundle,
            folder=tmp_path,
            shelf=Shelf(tmp_path),
        )


def signed_in(azure: LocalAzure, ambient: Mapping[str, str]) -> Azure:
    http = Http(ambient, sleep=azure.cloud.clock.skip)
    surroundings = Surroundings(
        ambient=ambient,
        http=http,
        keep=lambda _secret: None,
        cloud_name=azure.cloud.resource_manager.origin,
    )
    account = open_account(Entra(surroundings), parse_identity("client-secret"), surroundings.cloud)
    clock = azure.cloud.clock
    return Azure(
        account=account,
        http=http,
        remember=lambda _secret: None,
        clock=clock.now,
        sleep=clock.skip,
    )


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "lot",
    [0, *(pytest.param(lot, marks=pytest.mark.slow) for lot in range(1, LOTS))],
)
def test_after_every_step_the_app_is_whole_and_the_verdict_true(
    ground: Ground,
    lot: int,
    record_property: Callable[[str, object], None],
    request: pytest.FixtureRequest,
) -> None:
    rows: list[Row] = []
    first = int(request.config.getoption("--hypothesis-seed") or 0)

    @seed(first * LOTS + lot)
    class Here(Sequence):
        def __init__(self) -> None:
            super().__init__(ground, rows)

    try:
        run_state_machine_as_test(Here, settings=PROFILE)
    finally:
        record_property("sequences", json.dumps([asdict(row) for row in rows]))
