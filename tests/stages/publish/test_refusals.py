"""What an index refuses is told once, and nothing is tried again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from local_sources import LocalSources
from local_sources.faults import Fault
from tests.stages.publish.desk import README, WHEEL, Make, distribution, leaks, uploads
from tests.support import make_wheel
from tests.tls import serve


def test_a_reader_may_not_upload_and_learns_which_right_is_missing(
    sources: LocalSources, make_desk: Make
) -> None:
    error = make_desk(token=sources.token).refused()
    assert "403" in error.message
    assert "may not upload" in error.remedy
    assert uploads(sources) == [("acme", 403)]


@pytest.mark.parametrize("fault", ["401", "403", "404", "500", "sign-in"])
def test_each_refusal_is_told_once_and_nothing_is_tried_again(
    sources: LocalSources, make_desk: Make, fault: Fault
) -> None:
    sources.azure.fail(fault, where="/upload/")
    desk = make_desk()
    error = desk.refused()
    assert {"sign-in": "203"}.get(fault, fault) in error.message
    assert WHEEL in error.message
    assert "has none of it" in error.message
    assert len(uploads(sources)) == 1
    assert not sources.private_packages.links("acme-ledger")
    assert leaks(sources, "azure") == []


def test_a_server_that_falls_silent_ends_with_the_time_limit(
    sources: LocalSources, make_desk: Make
) -> None:
    sources.azure.fail("hang", where="/upload/")
    error = make_desk(patience=3).refused()
    assert "fell silent" in error.message
    assert "has none of it" in error.message


def test_a_server_that_does_not_wait_for_the_whole_file_is_understood_or_told(
    sources: LocalSources, make_desk: Make, tmp_path: Path
) -> None:
    def hasty(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            start_response("404 Not Found", [("Content-Length", "0")])
            return []
        headers = [("Content-Length", "0"), ("Connection", "close")]
        start_response("413 Content Too Large", headers)
        return []

    large = {"acme_ledger.bin": os.urandom(8 * 1024 * 1024)}
    with serve(hasty, sources) as host:
        desk = make_desk("index", index=f"{host.origin}/acme/simple/")
        wheel = make_wheel(tmp_path / "made", "acme-ledger", files=large, metadata=README)
        desk.files = (distribution(wheel),)
        error = desk.refused()
    assert "413" in error.message or "closed before an answer" in error.message
    assert "has none of it" in error.message
