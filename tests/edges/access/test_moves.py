"""What moves stays in its scope, or goes on without the credential, or ends."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from lading.core.errors import SourceError
from lading.edges.access import GitRequest
from local_sources import FAULTS, Fault, LocalSources
from tests.acme import acme_access, acme_project
from tests.edges.access.seen import leaks, pricing
from tests.tls import serve

QUERY = "service=git-upload-pack"
REDIRECTS = [fault for fault in FAULTS if fault.startswith("redirect")]
LINKS = [fault for fault in FAULTS if fault.startswith("links")]


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
