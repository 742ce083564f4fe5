"""Each source gets its own credential and no other, and a private name has one home."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from lading.core.config import CredentialSpec, DefaultIndex
from lading.core.errors import CredentialError, SourceError
from lading.core.index import IndexFile
from lading.core.secret import Credential, Secret, encodings
from lading.edges.access import Access, GitRequest
from lading.edges.http import Http
from local_sources import FAULTS, Fault, LocalSources
from local_sources.sources import USER, Feed
from tests.acme import Notebook, acme_access, acme_project
from tests.tls import serve

QUERY = "service=git-upload-pack"
PRICING = "acme_pricing-1.9.0-py3-none-any.whl"
REDIRECTS = [fault for fault in FAULTS if fault.startswith("redirect")]
LINKS = [fault for fault in FAULTS if fault.startswith("links")]


def leaks(sources: LocalSources, *, home: str = "index", scope: str = "/") -> list[str]:
    """Return where acme's credentials were seen that is not their home."""
    seen = sources.log.leaks("acme", home=home, scope=scope)
    seen += sources.log.leaks("acme-git", home="git", scope="/acme/")
    return [f"{request.host}{request.path}" for request in seen]


def pricing(files: tuple[IndexFile, ...]) -> IndexFile:
    return next(file for file in files if file.filename == PRICING)


@pytest.mark.parametrize("feed", ["index", "azure", "mirror"])
def test_a_private_file_comes_whole_from_its_home(
    sources: LocalSources, ambient: dict[str, str], feed: Feed
) -> None:
    access = acme_access(sources, ambient, project=acme_project(sources, feed))
    file = pricing(access.list_files("Acme.Pricing"))
    with access.open_file(file) as blocks:
        content = b"".join(blocks)
    assert hashlib.sha256(content).hexdigest() == file.sha256
    assert leaks(sources, home=feed) == []


def test_the_signed_url_of_a_blob_is_fetched_without_credential_and_told_to_nobody(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    progress = Notebook()
    project = acme_project(sources, "azure")
    access = acme_access(sources, ambient, project=project, progress=progress)
    with access.open_file(pricing(access.list_files("acme-pricing"))) as blocks:
        assert sum(len(block) for block in blocks)
    assert [request.credential for request in sources.log(host="blob")] == ["nothing"]
    assert [(record.source, record.authorized) for record in access.records] == [
        ("acme", True),
        ("acme", True),
        ("acme", False),
    ]
    assert "sig=" not in progress.text + repr(access.records)
    assert not any(form in progress.text for form in encodings(sources.token))


def test_the_credential_is_sent_without_being_asked_for(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    acme_access(sources, ambient).list_files("acme-pricing")
    statuses = [(request.credential, request.status) for request in sources.log(host="index")]
    assert statuses == [("acme", 200)]


@pytest.mark.parametrize("fault", ["401", "403", "404", "500"])
def test_a_private_name_never_comes_from_elsewhere(
    sources: LocalSources, ambient: dict[str, str], fault: Fault
) -> None:
    sources.public_packages.add_wheel("acme-pricing", "99.0")
    sources.index.fail(fault)
    access = acme_access(sources, ambient)
    with pytest.raises(SourceError) as caught:
        access.list_files("acme-pricing")
    assert caught.value.exit_code == 4
    assert "the source acme" in caught.value.message
    assert "acme-pricing" in caught.value.message
    assert fault in caught.value.message
    assert caught.value.remedy
    assert access.refusals == (caught.value.message,)
    assert sources.log(host="public") == ()


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


@pytest.mark.parametrize("fault", REDIRECTS)
def test_a_page_that_moves_out_of_the_scope_is_refused(
    sources: LocalSources, ambient: dict[str, str], fault: Fault
) -> None:
    sources.azure.fail(fault, where="/simple/")
    access = acme_access(sources, ambient, project=acme_project(sources, "azure"))
    with pytest.raises(SourceError, match=r"the source acme.*acme-pricing.*redirects to"):
        access.list_files("acme-pricing")
    assert leaks(sources, home="azure", scope="/acme/") == []
    assert sources.log(host="other") == sources.log(host="plain") == ()
    assert sources.log(path="/contoso/") == ()


@pytest.mark.parametrize("fault", REDIRECTS)
def test_a_file_that_moves_out_of_the_scope_is_fetched_without_the_credential_or_not_at_all(
    sources: LocalSources, ambient: dict[str, str], fault: Fault
) -> None:
    access = acme_access(sources, ambient, project=acme_project(sources, "azure"))
    file = pricing(access.list_files("acme-pricing"))
    sources.azure.fail(fault, where="/download/")
    try:
        with access.open_file(file) as blocks:
            fetched = hashlib.sha256(b"".join(blocks)).hexdigest() == file.sha256
    except SourceError:
        fetched = False
    # Over http nothing is taken; another organisation wants its own credential.
    assert fetched == (fault in {"redirect-to-port", "redirect-to-host"})
    assert leaks(sources, home="azure", scope="/acme/") == []
    assert sources.log(host="plain") == ()


@pytest.mark.parametrize("fault", LINKS)
def test_a_link_that_leaves_the_scope_is_followed_without_the_credential_or_not_at_all(
    sources: LocalSources, ambient: dict[str, str], fault: Fault
) -> None:
    sources.azure.fail(fault, where="/simple/")
    access = acme_access(sources, ambient, project=acme_project(sources, "azure"))
    file = pricing(access.list_files("acme-pricing"))
    try:
        with access.open_file(file) as blocks:
            fetched = hashlib.sha256(b"".join(blocks)).hexdigest() == file.sha256
    except SourceError:
        fetched = False
    assert fetched == (fault in {"links-to-port", "links-to-host"})
    assert leaks(sources, home="azure", scope="/acme/") == []
    assert sources.log(host="plain") == ()


@pytest.mark.parametrize("fault", REDIRECTS)
def test_a_repository_that_moves_out_of_its_prefix_is_refused(
    sources: LocalSources, ambient: dict[str, str], fault: Fault
) -> None:
    sources.git.fail(fault)
    access = acme_access(sources, ambient)
    (source,) = access.project.git_sources
    with (
        pytest.raises(SourceError, match=r"acme-git.*redirects to"),
        access.open_git(GitRequest(source=source, url=sources.tax_url)),
    ):
        pass
    assert leaks(sources) == []
    assert [request.host for request in sources.log()] == ["git"]


def test_a_public_name_that_nobody_has_is_no_error(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    sources.passes_on = False
    assert acme_access(sources, ambient).list_files("nobody-has-this") == ()


def test_a_public_name_is_asked_for_without_credential(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    sources.public_packages.add_wheel("public-thing", "1.0")
    access = acme_access(sources, ambient)
    (file,) = access.list_files("public-thing")
    assert access.serves_directly(file)
    assert access.read_metadata(file)
    assert {request.host for request in sources.log()} == {"public"}
    assert access.secrets == ()


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


def test_a_list_is_asked_for_once_by_any_number_of_threads(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    access = acme_access(sources, ambient)
    start = threading.Barrier(8)

    def ask(_: int) -> tuple[IndexFile, ...]:
        start.wait()
        return access.list_files("acme-pricing")

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(ask, range(8)))
    assert len(answers) == 1
    assert len(sources.log(host="index")) == 1


def test_a_missing_credential_says_which_variable_to_set(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    project = acme_project(sources)
    forgotten = tuple(
        replace(source, credential=CredentialSpec(kind="env", arguments=("FORGOTTEN_TOKEN",)))
        for source in project.sources
    )
    access = acme_access(sources, ambient, project=replace(project, sources=forgotten))
    with pytest.raises(CredentialError, match="FORGOTTEN_TOKEN") as caught:
        access.list_files("acme-pricing")
    assert caught.value.exit_code == 3
    assert sources.log() == ()


def test_a_direct_url_gets_the_credential_of_the_source_that_covers_it(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    access = acme_access(sources, ambient)
    own = pricing(access.list_files("acme-pricing")).url
    foreign = own.replace(sources.index.origin, sources.other.origin)
    sources.log.clear()
    for url in (own, foreign):
        with access.open_url(url) as blocks:
            assert b"".join(blocks)
    shown = [(request.host, request.credential) for request in sources.log()]
    assert shown == [("index", "acme"), ("other", "nothing")]


@pytest.mark.parametrize(
    "url", ["http://example.test/x.whl", "https://u:p4ssword@example.test/x", "file:///etc/passwd"]
)
def test_a_direct_url_that_is_not_plain_https_is_refused(
    sources: LocalSources, ambient: dict[str, str], url: str
) -> None:
    with (
        pytest.raises(SourceError) as caught,
        acme_access(sources, ambient).open_url(url),
    ):
        pass
    assert "p4ssword" not in str(caught.value)


def test_the_credential_of_the_default_index_stays_with_it(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    credential = Credential(username=USER, password=Secret(sources.token))
    progress = Notebook()
    access = acme_access(
        sources,
        ambient,
        default_index=DefaultIndex(
            url=sources.mirror_url, credential=credential, origin="PIP_INDEX_URL"
        ),
        project=replace(acme_project(sources), sources=()),
        progress=progress,
    )
    file = pricing(access.list_files("acme-pricing"))
    assert not access.serves_directly(file)
    assert access.secrets == (credential.password,)
    assert leaks(sources, home="mirror") == []
    assert "PIP_INDEX_URL" in progress.warnings[0]


def test_an_undeclared_name_that_a_private_index_also_has_is_found(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    sources.add_wheel("helper-library", "1.0")
    access = acme_access(sources, ambient)
    assert access.namesakes("helper-library") == ("acme",)
    assert access.namesakes("numpy") == ()
    sources.index.fail("500")
    assert access.namesakes("helper-library") == ()


def test_a_repository_that_moves_inside_its_prefix_is_read_where_it_is(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        path = environ["PATH_INFO"]
        if path == "/acme/library/info/refs":
            start("301 Moved", [("Location", f"/acme/library.git/info/refs?{QUERY}")])
            return []
        start("200 OK", [])
        return [f"{environ['REQUEST_METHOD']} {path}?{environ['QUERY_STRING']}".encode()]

    with serve(app, sources) as host:
        project = acme_project(sources)
        (git,) = project.git_sources
        moved = replace(git, url=f"{host.origin}/acme/")
        access = acme_access(sources, ambient, project=replace(project, sources=(moved,)))
        answers = []
        for body in (None, iter([b"0000"])):
            request = GitRequest(source=moved, url=f"{host.origin}/acme/library", body=body)
            with access.open_git(request) as response:
                answers.append(b"".join(response.blocks()).decode())
    assert answers == [
        f"GET /acme/library.git/info/refs?{QUERY}",
        "POST /acme/library.git/git-upload-pack?",
    ]
    assert {request.credential for request in sources.log(host="own")} == {"acme-git"}


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
