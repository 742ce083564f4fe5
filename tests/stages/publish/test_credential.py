"""The credential goes nowhere else, and is in no text and no error."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from lading.core.secret import encodings
from local_sources import LocalSources
from local_sources.faults import Fault
from tests.stages.publish.desk import Make, leaks, uploads
from tests.tls import serve


@pytest.mark.parametrize(
    "fault",
    ["redirect-to-http", "redirect-to-port", "redirect-to-host", "redirect-to-organisation"],
)
def test_no_redirect_is_followed_with_credential_or_without(
    sources: LocalSources, make_desk: Make, fault: Fault
) -> None:
    sources.azure.fail(fault, where="/upload/")
    error = make_desk().refused()
    assert "redirect" in error.message
    assert len(uploads(sources)) == 1
    assert leaks(sources, "azure") == []
    assert {request.host for request in sources.log()} == {"azure"}


def test_no_text_and_no_error_holds_the_credential(sources: LocalSources, make_desk: Make) -> None:
    sources.azure.fail("500", where="/upload/")
    desk = make_desk()
    error = desk.refused()
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None:
        chain.append(link)
        link = link.__cause__ or link.__context__
    told = desk.progress.text + "".join(f"{one!r}{one}{one.args}" for one in chain)
    assert not [form for form in encodings(sources.publisher_token) if form in told]


def test_a_server_that_repeats_the_credential_is_quoted_without_a_part_of_it(
    sources: LocalSources, make_desk: Make
) -> None:
    before = ""

    def repeating(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        shown = environ["HTTP_AUTHORIZATION"]
        is_upload = environ["REQUEST_METHOD"] == "POST"
        environ["wsgi.input"].read()
        body = f"{before}{sources.publisher_token} {shown}".encode()
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        start_response("400 Bad Request" if is_upload else "404 Not Found", headers)
        return [body]

    with serve(repeating, sources) as host:
        desk = make_desk("index", index=f"{host.origin}/acme/simple/")
        # Only its beginning is quoted, which may end in the middle of the credential.
        for length in range(230, 300, 10):
            before = "- " * (length // 2)
            told = str(desk.refused())
            assert sources.publisher_token[:6] not in told
