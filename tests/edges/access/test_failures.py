"""A source that fails is named with the reason, and half an answer is none."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from lading.core.config import DefaultIndex
from lading.core.errors import SourceError
from lading.core.index import IndexFile
from lading.core.secret import encodings
from lading.edges.access import Access
from lading.edges.http import Http
from local_sources import LocalSources
from tests.acme import Notebook, acme_access, acme_project
from tests.edges.access.seen import PRICING, pricing
from tests.tls import serve


def test_a_source_that_is_down_is_named_with_the_reason(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    sources.index.stop()
    with pytest.raises(SourceError, match=r"the source acme.*acme-pricing.*Connection refused"):
        acme_access(sources, ambient).list_files("acme-pricing")
    assert sources.log(host="public") == ()


def test_a_source_that_hangs_ends_with_the_time_limit(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    sources.index.fail("hang")
    with pytest.raises(SourceError, match=r"the source acme.*fell silent"):
        acme_access(sources, ambient, patience=0.3).list_files("acme-pricing")


def test_a_page_that_ends_early_is_no_page(sources: LocalSources, ambient: dict[str, str]) -> None:
    sources.index.fail("truncate")
    with pytest.raises(SourceError, match=r"the source acme.*ended early"):
        acme_access(sources, ambient).list_files("acme-pricing")


def test_a_file_that_ends_early_is_an_error_and_not_a_file(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    access = acme_access(sources, ambient)
    file = pricing(access.list_files("acme-pricing"))
    sources.index.fail("truncate")
    with (
        pytest.raises(SourceError, match=rf"the source acme.*{PRICING}.*ended early"),
        access.open_file(file) as blocks,
    ):
        b"".join(blocks)


def test_a_certificate_that_nobody_vouches_for_is_named_as_the_reason(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    access = Access(
        acme_project(sources),
        default_index=DefaultIndex(url=sources.public_url, origin="a test"),
        http=Http(ambient, sleep=lambda _: None),
        ambient=ambient | sources.credentials,
        progress=Notebook(),
    )
    with pytest.raises(SourceError, match=r"the source acme.*certificate is not trusted"):
        access.list_files("acme-pricing")
    assert sources.log() == ()


def test_a_source_may_bring_its_own_certificate_authority(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    project = acme_project(sources)
    own = tuple(replace(source, ca_bundle=str(sources.authority)) for source in project.sources)
    access = Access(
        replace(project, sources=own),
        default_index=DefaultIndex(url=sources.public_url, origin="a test"),
        http=Http(ambient),
        ambient=ambient | sources.credentials,
        progress=Notebook(),
    )
    assert access.list_files("acme-pricing")


@pytest.mark.parametrize(
    ("status", "header", "value"),
    [
        ("206 Partial", "Content-Range", f"bytes 0-1/{'9' * 5000}"),
        ("206 Partial", "Content-Range", f"bytes {'9' * 5000}-1/2"),
        ("200 OK", "Content-Length", "\u00b2"),
    ],
)
def test_a_size_that_is_no_number_is_the_sources_fault_and_no_bug(
    sources: LocalSources, ambient: dict[str, str], status: str, header: str, value: str
) -> None:
    def absurd(_: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        start(status, [(header, value), ("Connection", "close")])
        return [b"x"]

    with serve(absurd, sources) as host:
        file = IndexFile(
            name="acme-tax",
            version="1.0",
            filename="acme_tax-1.0-py3-none-any.whl",
            url=f"{host.origin}/acme_tax-1.0-py3-none-any.whl",
            source="default",
        )
        with suppress(SourceError):
            assert acme_access(sources, ambient).read_part(file, "bytes=-2") is None


def test_metadata_that_is_not_what_the_page_promised_is_refused(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    sources.public_packages.add_wheel("public-thing", "1.0")
    access = acme_access(sources, ambient)
    (file,) = access.list_files("public-thing")
    with pytest.raises(SourceError, match="SHA-256"):
        access.read_metadata(replace(file, metadata_sha256="0" * 64))


def test_a_server_that_repeats_what_it_was_shown_is_quoted_without_it(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    def echo(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        shown = environ["HTTP_AUTHORIZATION"]
        body = f"{shown} of {sources.token} is not welcome".encode()
        start(
            f"403 {sources.token}",
            [("Content-Length", str(len(body))), ("X-TFS-ServiceError", sources.token)],
        )
        return [body]

    with serve(echo, sources) as host:
        declared = replace(
            acme_project(sources).index_sources[0],
            url=f"{host.origin}/acme/_packaging/internal/pypi/simple/",
            scope=f"{host.origin}/",
        )
        project = replace(acme_project(sources), sources=(declared,))
        with pytest.raises(SourceError, match="is not welcome") as caught:
            acme_access(sources, ambient, project=project).list_files("acme-pricing")
    for form in encodings(sources.token):
        assert form not in str(caught.value)
