"""Uploads as an index takes or refuses them; the credential goes nowhere else."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from lading.core.access.asked import Answer
from lading.core.config import DefaultIndex, IndexSource, Project
from lading.core.config.pyproject import parse_project
from lading.core.errors import PackageRefused, SourceError
from lading.core.index import IndexFile
from lading.core.publication import Distribution, find_destination
from lading.core.publication.report import Published
from lading.core.secret import encodings
from lading.edges.access import Access, Upload
from lading.edges.http import Http, TimeLimits
from lading.stages.publish import Index, check_distributions, publish_distributions
from local_sources import LocalSources
from local_sources.faults import Fault
from local_sources.sources import Feed
from tests.acme import Notebook
from tests.support import make_sdist, make_wheel
from tests.tls import serve

README = ("Description-Content-Type: text/markdown", "", "# Hello")
WHEEL, SDIST = "acme_ledger-1.0-py3-none-any.whl", "acme_ledger-1.0.tar.gz"
Make = Callable[..., "Desk"]


class Desk:
    """Somebody with two files, who publishes them."""

    def __init__(
        self,
        project: Project,
        access: Access,
        files: tuple[Distribution, ...],
        progress: Notebook,
    ) -> None:
        self.source: IndexSource = find_destination(project, "acme")
        self.access = access
        self.files = files
        self.progress = progress

    def publish(self, index: Index | None = None) -> list[tuple[str, str, str]]:
        """Publish the files, and return what became of them."""
        published: tuple[Published, ...] = publish_distributions(
            self.files, self.source, index=index or self.access, progress=self.progress
        )
        return [(one.file.filename, one.outcome, one.evidence) for one in published]

    def refused(self, index: Index | None = None) -> SourceError:
        """Publish the files, and return why that failed."""
        with pytest.raises(SourceError) as caught:
            self.publish(index)
        assert caught.value.exit_code == 4
        return caught.value


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


def distribution(path: Path) -> Distribution:
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return Distribution(filename=path.name, sha256=sha256, size=len(content), path=path)


@pytest.fixture
def make_desk(sources: LocalSources, ambient: dict[str, str], tmp_path: Path) -> Make:
    """Return what gives a desk for a feed; with the publisher's token unless told otherwise."""

    def make(
        feed: Feed = "azure", *, index: str = "", token: str = "", patience: float = 20
    ) -> Desk:
        upload = sources.index_upload_url if feed == "index" else sources.azure_upload_url
        text = sources.configuration(feed, upload=index or upload)
        if index:
            text = text.replace(sources.index_url, index)
        project = parse_project(tomllib.loads(text)["tool"]["lading"], root=tmp_path)
        environment = sources.environment(ambient) | sources.credentials
        environment["ACME_TOKEN"] = token or sources.publisher_token
        progress = Notebook()
        limits = TimeLimits(connect=10, read=patience)
        access = Access(
            project,
            default_index=DefaultIndex(url=sources.public_url),
            http=Http(environment, limits=limits, sleep=lambda _: None),
            ambient=environment,
            progress=progress,
        )
        made = (
            make_sdist(tmp_path / "made", "acme-ledger"),
            make_wheel(tmp_path / "made", "acme-ledger", metadata=README),
        )
        return Desk(project, access, tuple(map(distribution, made)), progress)

    return make


def uploads(sources: LocalSources) -> list[tuple[str, int]]:
    """Return the credentials and answers of all POST requests to indexes."""
    return [
        (request.credential, request.status)
        for request in sources.log()
        if request.method == "POST"
    ]


def leaks(sources: LocalSources, home: str) -> list[str]:
    scope = "/acme/" if home == "azure" else "/"
    found = sources.log.leaks("acme-publisher", home=home, scope=scope)
    return [f"{request.host}{request.path}" for request in found]


@pytest.mark.parametrize("feed", ["index", "azure"])
def test_both_files_are_there_afterwards_the_wheel_first(
    sources: LocalSources, make_desk: Make, feed: Feed
) -> None:
    desk = make_desk(feed)
    assert desk.publish() == [
        (WHEEL, "uploaded", "same hash"),
        (SDIST, "uploaded", "same hash"),
    ]
    for file in desk.files:
        found = sources.private_packages.find(file.filename)
        assert found is not None
        assert found.read_bytes() == file.path.read_bytes()
    assert leaks(sources, feed) == []


def test_what_is_there_with_the_same_bytes_is_not_sent_again(
    sources: LocalSources, make_desk: Make
) -> None:
    make_desk().publish()
    sources.log.clear()
    again = [(WHEEL, "already there", "same hash"), (SDIST, "already there", "same hash")]
    assert make_desk().publish() == again
    assert uploads(sources) == []


def test_what_is_there_with_other_bytes_is_not_replaced_and_nothing_is_sent(
    sources: LocalSources, make_desk: Make
) -> None:
    sources.add_sdist("acme-ledger", "1.0", files={"acme_ledger.py": "OTHER = 1\n"})
    error = make_desk().refused()
    assert SDIST in error.message
    assert WHEEL not in error.message
    assert "raise the version" in error.remedy
    assert uploads(sources) == []


def test_an_index_that_tells_no_hashes_is_asked_for_the_bytes(
    sources: LocalSources, make_desk: Make, tmp_path: Path
) -> None:
    made = tmp_path / "made"

    def plain(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name = environ["PATH_INFO"].rpartition("/")[2]
        body = "".join(f'<a href="/acme/{f.name}">{f.name}</a>' for f in made.iterdir())
        kind, content = "text/html", body.encode()
        if name:
            kind, content = "application/zip", (made / name).read_bytes()
        start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(content)))])
        return [content]

    with serve(plain, sources) as host:
        desk = make_desk("index", index=f"{host.origin}/acme/simple/")
        told = desk.publish()
        desk.files = tuple(replace(file, sha256="0" * 64) for file in desk.files)
        assert "raise the version" in desk.refused().remedy
    assert told == [(WHEEL, "already there", "no hash"), (SDIST, "already there", "no hash")]


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


def test_a_server_that_falls_silent_ends_with_the_time_limit(
    sources: LocalSources, make_desk: Make
) -> None:
    sources.azure.fail("hang", where="/upload/")
    error = make_desk(patience=0.5).refused()
    assert "fell silent" in error.message
    assert "has none of it" in error.message


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


def test_who_interrupts_learns_how_to_go_on(make_desk: Make) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    desk = make_desk()
    with pytest.raises(KeyboardInterrupt):
        desk.publish(_Failing(desk.access, at=2, fail=interrupt))
    assert f"{WHEEL} is uploaded" in desk.progress.notes
    assert desk.progress.warnings == [f"{SDIST} was on its way; publish again to go on from there"]
    assert [outcome for _, outcome, _ in desk.publish()] == ["already there", "uploaded"]


def test_a_large_file_tells_how_far_it_is(make_desk: Make, tmp_path: Path) -> None:
    large = {"acme_ledger.bin": os.urandom(20 * 1024 * 1024)}
    desk = make_desk()
    wheel = make_wheel(tmp_path / "made", "acme-ledger", files=large, metadata=README)
    desk.files = (distribution(wheel),)
    desk.publish()
    assert f"{WHEEL}: 16.0 MiB of 20.0 MiB sent" in desk.progress.notes


def test_an_index_that_is_gone_after_the_uploads_is_told_apart(
    sources: LocalSources, make_desk: Make
) -> None:
    desk = make_desk()
    error = desk.refused(_Failing(desk.access, at=3, fail=sources.azure.stop))
    assert "everything was uploaded, but not looked up" in error.message


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


def test_what_twine_refuses_is_not_published(make_desk: Make) -> None:
    with pytest.raises(PackageRefused, match=rf"{SDIST}.*long_description.*missing") as caught:
        check_distributions(make_desk().files)
    assert caught.value.exit_code == 6
    assert "readme" in caught.value.remedy
