"""A publication that ends half way says what is known, and goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from lading.core.access.asked import Answer
from lading.core.config import IndexSource
from lading.core.index import IndexFile
from lading.edges.access import Access, Upload
from local_sources import LocalSources
from tests.stages.publish.desk import SDIST, WHEEL, Make
from tests.tls import serve


class _Failing:
    """An index to which something happens just before an upload, the first of which is 1.

    What would be before the third happens when the uploads are over.
    """

    def __init__(self, access: Access, *, at: int, fail: Callable[[], None]) -> None:
        self.open_file = access.open_file
        self._access = access
        self._left = at
        self._fail = fail

    def read_page(self, source: IndexSource, name: str) -> tuple[IndexFile, ...]:
        """Return a page, after what happens when the uploads are over."""
        if self._left == 1:
            self._fail()
        return self._access.read_page(source, name)

    def upload(self, source: IndexSource, subject: str, sent: Upload) -> Answer:
        """Send a form, after what happens."""
        self._left -= 1
        if self._left == 0:
            self._fail()
        return self._access.upload(source, subject, sent)


def test_a_publication_that_ended_half_way_is_told_and_goes_on(
    sources: LocalSources, make_desk: Make
) -> None:
    desk = make_desk("index")
    error = desk.refused(
        _Failing(desk.access, at=2, fail=lambda: sources.index.fail("500", times=1))
    )
    assert f"has {WHEEL} and lacks {SDIST}" in error.message
    assert "publish again" in error.remedy
    assert f"{WHEEL} is uploaded" in desk.progress.notes
    assert desk.publish() == [
        (WHEEL, "already there", "same hash"),
        (SDIST, "uploaded", "same hash"),
    ]


def test_an_index_that_is_gone_leaves_no_certainty(sources: LocalSources, make_desk: Make) -> None:
    desk = make_desk()
    error = desk.refused(_Failing(desk.access, at=2, fail=sources.azure.stop))
    assert "What is there now is not known" in error.message


def test_success_that_the_index_does_not_confirm_is_a_warning(
    sources: LocalSources, make_desk: Make
) -> None:
    def welcoming(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"].read()
        status = "200 OK" if environ["REQUEST_METHOD"] == "POST" else "404 Not Found"
        start_response(status, [("Content-Type", "text/html"), ("Content-Length", "0")])
        return []

    with serve(welcoming, sources) as host:
        desk = make_desk("index", index=f"{host.origin}/acme/simple/")
        told = desk.publish()
    assert told == [
        (WHEEL, "uploaded", "not listed yet"),
        (SDIST, "uploaded", "not listed yet"),
    ]
    assert [WHEEL in text for text in desk.progress.warnings] == [True, False]


def test_who_interrupts_learns_how_to_go_on(make_desk: Make) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    desk = make_desk()
    with pytest.raises(KeyboardInterrupt):
        desk.publish(_Failing(desk.access, at=2, fail=interrupt))
    assert f"{WHEEL} is uploaded" in desk.progress.notes
    assert desk.progress.warnings == [f"{SDIST} was on its way; publish again to go on from there"]
    assert [outcome for _, outcome, _ in desk.publish()] == ["already there", "uploaded"]


def test_an_index_that_is_gone_after_the_uploads_is_told_apart(
    sources: LocalSources, make_desk: Make
) -> None:
    desk = make_desk()
    error = desk.refused(_Failing(desk.access, at=3, fail=sources.azure.stop))
    assert "everything was uploaded, but not looked up" in error.message
