"""What reads the declared sources and the default index, each with its own credential and no other.

A name that is declared for a source is asked for there and nowhere else: whatever goes wrong is an
error that names the source, never a way to the package of the same name in another place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock

from packaging.utils import canonicalize_name

from lading.core.access import answers
from lading.core.access.asked import Answer
from lading.core.access.homes import Homes
from lading.core.access.issued import Issued
from lading.core.access.simple_pages import ACCEPT
from lading.core.config import DEFAULT_INDEX, DefaultIndex, GitSource, IndexSource, Project, Source
from lading.core.errors import LadingError, SourceError
from lading.core.index import IndexFile
from lading.core.secret import Secret
from lading.core.urls import Url, parse_url
from lading.edges.access.client import SourceClient, ask_about
from lading.edges.access.log import Record
from lading.edges.access.pages import fetch_page, page_url
from lading.edges.access.parts import AS_IT_IS, FilePart, read_file_part
from lading.edges.access.releases import read_release_page
from lading.edges.http import Http, Request, Response
from lading.edges.terminal import Progress

# Bytes. The largest metadata is a few hundred kB.
_LARGEST_METADATA = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRequest:
    """What a Git client asks of a repository: its refs, or with a `body` a pack."""

    source: GitSource
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Iterator[bytes] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What is sent to an index, where to, and the scope of the credential that goes with it."""

    url: str
    scope: str
    headers: Mapping[str, str]
    body: Iterator[bytes]


class Access:
    """The way to all sources of a project. Used from many threads at once.

    `ambient` is where credentials are looked for; `remember` is told every secret before it is
    first used.
    """

    def __init__(
        self,
        project: Project,
        *,
        default_index: DefaultIndex,
        http: Http,
        ambient: Mapping[str, str],
        progress: Progress,
        remember: Callable[[Secret], None] = lambda _: None,
    ) -> None:
        self.project = project
        self.ambient = ambient
        self._default_index = default_index
        self._homes = Homes(project=project, default_index=default_index)
        self._progress = progress
        self._client = SourceClient(
            project,
            default_index=default_index,
            http=http,
            ambient=ambient,
            progress=progress,
            remember=remember,
        )
        self._lock = Lock()
        self._lists: dict[str, Future[tuple[IndexFile, ...]]] = {}
        self._moved: dict[str, str] = {}
        self._tell_settings()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Return every secret that was used so far, for redaction and for the search at the end."""
        return self._client.secrets

    @property
    def records(self) -> tuple[Record, ...]:
        """Return every request that was sent, in the order of their answers."""
        return self._client.log.records

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return what went wrong at the sources so far, each once."""
        return self._client.log.refusals

    def serves_directly(self, file: IndexFile) -> bool:
        """Say whether anyone may fetch a file at its own address: it is public, and over https."""
        is_public = file.source == DEFAULT_INDEX and self._default_index.credential is None
        return is_public and file.url.startswith("https://")

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        """Return the files of a distribution from the one place that may serve it.

        A public name that nobody has gives (). Raises SourceError where a declared name is missing
        or a source fails, CredentialError where there is no credential. Asked once for its life.
        """
        canonical = canonicalize_name(name)
        with self._lock:
            future = self._lists.get(canonical)
            is_first = future is None
            if future is None:
                future = self._lists[canonical] = Future()
        if is_first:
            try:
                future.set_result(self._fetch_list(canonical))
            except BaseException as error:  # noqa: BLE001 - whoever waits gets it, us too
                future.set_exception(error)
        return future.result()

    @contextmanager
    def open_file(self, file: IndexFile) -> Iterator[Iterator[bytes]]:
        """Give the bytes of a file in blocks; the caller checks the hash.

        Raises SourceError where the source refuses it, or in the middle where the file ends early.
        """
        home = self._homes.named(file.source)
        with self._client.open(
            home, file.filename, Request(url=file.url, headers=AS_IT_IS)
        ) as response:
            yield response.blocks()

    def read_metadata(self, file: IndexFile) -> bytes | None:
        """Return a wheel's METADATA where the index offers it apart (PEP 658), else None."""
        if not file.has_metadata:
            return None
        url = _with_suffix(parse_url(file.url), ".metadata")
        home = self._homes.named(file.source)
        subject = f"{file.filename}.metadata"
        with self._client.ask(home, subject, Request(url=url)) as (question, response):
            if response.status in answers.MISSING:
                return None
            self._client.check_ok(question, response)
            data = response.read(limit=_LARGEST_METADATA)
        if file.metadata_sha256 not in {None, hashlib.sha256(data).hexdigest()}:
            raise SourceError(
                f"{home.place} sent metadata of {file.filename} that has not the promised SHA-256",
                remedy="Try again; if it stays, ask the people who run it.",
            )
        return data

    def read_part(self, file: IndexFile, span: str) -> FilePart | None:
        """Return a range of a file ("bytes=-65536"), or the whole where its server gives no ranges.

        None where that would be large. Raises SourceError as `open_file` does.
        """
        return read_file_part(self._client, self._homes.named(file.source), file, span)

    @contextmanager
    def open_url(self, url: str) -> Iterator[Iterator[bytes]]:
        """Give the bytes at a direct URL in blocks, with a credential where a source covers it."""
        home = self._homes.covering(url)
        with self._client.open(
            home, "a direct URL", Request(url=url, headers=AS_IT_IS)
        ) as response:
            yield response.blocks()

    @contextmanager
    def open_git(self, request: GitRequest) -> Iterator[Response]:
        """Give a repository's answer to a Git client, as it comes.

        A redirect is followed inside the source's prefix only, and the pack is then asked for
        where the refs were found.
        """
        source = request.source
        home = self._homes.of_source(source)
        with self._lock:
            repository = self._moved.get(request.url, request.url)
        is_pack = request.body is not None
        suffix = "/git-upload-pack" if is_pack else "/info/refs"
        sent = Request(
            url=repository + suffix + ("" if is_pack else "?service=git-upload-pack"),
            confined_to=source.scope,
            headers=request.headers,
            body=request.body,
        )
        with self._client.open(home, request.url.removeprefix(source.url), sent) as response:
            found = str(response.url)
            if found.endswith(suffix) and not is_pack:
                with self._lock:
                    self._moved[request.url] = found.removesuffix(suffix)
            yield response

    def read_page(self, source: IndexSource, name: str) -> tuple[IndexFile, ...]:
        """Return what an index lists for a name at this moment, () where it does not know it."""
        home = self._homes.of_source(source)
        return fetch_page(self._client, home, canonicalize_name(name)) or ()

    def read_default_page(self, name: str) -> tuple[IndexFile, ...]:
        """Return what the default index lists for a name, a private one too; to compare, only."""
        home = self._homes.of_default_index()
        return fetch_page(self._client, home, canonicalize_name(name)) or ()

    def read_release(self, name: str, version: str) -> bytes | None:
        """Return what is said of a release in public, None where nothing is.

        Asked is the index that the name comes from, or PyPI where the project says so. Raises
        SourceError where that refuses or fails.
        """
        at_pypi = self.project.advisories == "pypi"
        home = self._homes.of_public_index() if at_pypi else self._homes.of_package(name)
        return read_release_page(self._client, home, name, version)

    def shows_names(self, source: IndexSource) -> bool:
        """Say whether an index shows its list of names, of which nothing is read.

        Not all have one. Raises SourceError where it refuses or fails, as `list_files` does.
        """
        home = self._homes.of_source(source)
        request = Request(
            url=home.url,
            headers={"Accept": ACCEPT, "Accept-Encoding": "gzip"},
            confined_to=home.scope,
        )
        with self._client.ask(home, "its list of names", request) as (question, response):
            if response.status in answers.MISSING:
                return False
            self._client.check_ok(question, response)
            return True

    def issued_for(self, source: Source, url: str) -> Issued | None:
        """Return what opens a URL of a source, None where nothing is needed; CredentialError."""
        return self._client.issued_for(source, url)

    def upload(self, source: IndexSource, subject: str, sent: Upload) -> Answer:
        """Send a form to an index, and return its answer whatever the status; never repeated."""
        home = replace(self._homes.of_source(source), scope=sent.scope)
        request = Request(url=sent.url, headers=sent.headers, body=sent.body)
        with self._client.ask(home, subject, request) as (_question, response):
            return self._client.answer(response)

    def namesakes(self, name: str) -> tuple[str, ...]:
        """Return the declared private indexes that also offer a name they are not declared for.

        An index that does not answer is passed over: this is a warning's evidence, not a source.
        """
        canonical = canonicalize_name(name)
        return tuple(
            source.name
            for source in self.project.index_sources
            if not source.default and not source.owns(canonical) and self._has(source, canonical)
        )

    def _has(self, source: IndexSource, name: str) -> bool:
        try:
            return bool(fetch_page(self._client, self._homes.of_source(source), name))
        except LadingError as error:
            self._progress.detail(f"{source.name} was not asked for a namesake of {name}: {error}")
            return False

    def _fetch_list(self, name: str) -> tuple[IndexFile, ...]:
        home = self._homes.of_package(name)
        files = fetch_page(self._client, home, name)
        source = home.source
        if isinstance(source, IndexSource) and source.owns(name) and not files:
            question = ask_about(home, name, page_url(home, name))
            why = "404" if files is None else "a page without files"
            raise self._client.log.refused(answers.missing_package(question, why))
        return files or ()

    def _tell_settings(self) -> None:
        index = self._default_index
        if index.ignored:
            self._progress.note(
                f"Extra indexes are never used ({', '.join(index.ignored)}): any of them could "
                "offer a private name. Declare what you need in [tool.lading.sources]."
            )
        if index.warning is not None and self.project.default_source is None:
            self._progress.warn(index.warning)


def _with_suffix(url: Url, suffix: str) -> str:
    return replace(url, path=url.path + suffix).address
