"""Examine: each source asked with its credential for what is needed of it, all at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from packaging.version import InvalidVersion, Version

from lading.core.access.issued import Issued
from lading.core.config import DefaultIndex, GitSource, IndexSource, Project, Source
from lading.core.config.hosts import public_index
from lading.core.diagnosis import (
    Check,
    Opened,
    SourceDiagnosis,
    count_of,
    failed,
    join_failures,
)
from lading.core.diagnosis.risks import (
    PUBLIC_SAMPLE,
    judge_mirror,
    judge_namesake,
    tell_free_names,
)
from lading.core.errors import CredentialError, LadingError, SourceError
from lading.core.index import IndexFile
from lading.core.sources.git_advertisement import AdvertisementError, parse_advertisement
from lading.core.sources.git_refs import RemoteRefs, is_abbreviated, is_full
from lading.edges.access import GitRequest
from lading.edges.http import Response

_Answer = TypeVar("_Answer")

_AT_ONCE = 8
# Whoever has more private packages knows after these whether the credential opens the index.
_MOST_NAMES = 40
# Bytes: the largest repositories advertise some megabytes of refs.
_LARGEST_ADVERTISEMENT = 64 * 1024 * 1024


class Access(Protocol):
    """The way to the sources."""

    project: Project

    def issued_for(self, source: Source, url: str) -> Issued | None:
        """Return what opens a URL of a source."""

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        """Return the files of a distribution from its one home."""

    def shows_names(self, source: IndexSource) -> bool:
        """Say whether an index shows its list of names."""

    def read_page(self, source: IndexSource, name: str) -> tuple[IndexFile, ...]:
        """Return what an index lists for a name."""

    def read_default_page(self, name: str) -> tuple[IndexFile, ...]:
        """Return what the default index lists for a name."""

    def open_git(self, request: GitRequest) -> AbstractContextManager[Response]:
        """Give a repository's answer to a Git client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A Git repository that is needed, and the ref or commit; None for the default branch."""

    url: str
    ref: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What the apps need of the sources: canonical names, and repositories."""

    names: frozenset[str] = frozenset()
    repositories: frozenset[Repository] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Examiner:
    """Asks the sources. `clock` counts seconds."""

    access: Access
    needed: Needed
    clock: Callable[[], float]

    def examine(self, sources: tuple[Source, ...]) -> tuple[SourceDiagnosis, ...]:
        """Return what each source answered, in their order; none keeps another from being asked."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return tuple(pool.map(self._examine, sources))

    def examine_default_index(self, index: DefaultIndex) -> Check:
        """Return whether the default index answers, for a name that every public index has."""
        place = index.url or "PyPI"
        subject = "default index"
        try:
            files, milliseconds = self._timed(lambda: self.access.read_default_page("pip"))
        except LadingError as error:
            return failed(subject, error)
        text = f"{place} ({index.origin})" + ("" if files else ", which does not have pip")
        return Check(subject=subject, verdict="good", text=text, milliseconds=milliseconds)

    def compare_indexes(
        self, sources: tuple[IndexSource, ...], index: DefaultIndex
    ) -> tuple[Check, ...]:
        """Return where names of these sources and those of the public index meet.

        An index that does not answer is passed over: what it has is not known.
        """
        private = tuple(source for source in sources if not source.default)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            mirrors = tuple(pool.map(self._mirrored, private))
            # The same index by two ways is no other one.
            names = [
                (name, source)
                for source in private
                if source.url != index.url
                for name in self._names(source)
            ]
            others = tuple(pool.map(lambda pair: self._in_default(pair[0]), names))
        checks = [check for found in mirrors for check in found]
        for (name, source), other in zip(names, others, strict=True):
            if other:
                checks += judge_namesake(name, source, self.access.list_files(name), other)
        free = [name for (name, _), other in zip(names, others, strict=True) if other == ()]
        is_public = index.url in {"", public_index()}
        return (*checks, *(tell_free_names(free) if is_public else ()))

    def _examine(self, source: Source) -> SourceDiagnosis:
        opened, problems = self._open(source)
        asked: tuple[Check, ...] = ()
        if isinstance(source, GitSource) and (opened or not problems):
            asked = self._ask_git(source, skipped=frozenset(one.subject for one in problems))
        elif isinstance(source, IndexSource) and not problems:
            asked = self._ask_index(source)
        return SourceDiagnosis(
            name=source.name,
            url=source.url,
            credential=str(source.credential),
            opened=opened,
            checks=join_failures((*problems, *asked)),
        )

    def _open(self, source: Source) -> tuple[tuple[Opened, ...], tuple[Check, ...]]:
        """Return what opens a source; where repositories have credentials of their own, each."""
        urls = [source.url]
        if isinstance(source, GitSource):
            urls = sorted({one.url for one in self._repositories(source)}) or urls
        opened: dict[Opened, None] = {}
        problems: list[Check] = []
        for url in urls:
            try:
                issued = self.access.issued_for(source, url)
            except CredentialError as error:
                subject = "credential" if url == source.url else _short(url, source)
                problems.append(failed(subject, error))
                continue
            if issued is not None:
                opened[_opened(issued, source, url)] = None
        return tuple(opened), tuple(problems)

    def _ask_index(self, source: IndexSource) -> tuple[Check, ...]:
        names = self._names(source)
        if not names:
            return (self._ask_for_names(source),)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            checks = tuple(pool.map(self._ask_name, names[:_MOST_NAMES]))
        more = len(names) - _MOST_NAMES
        if more <= 0:
            return checks
        text = f"{count_of(more, 'more name')} of this source: not asked"
        return (*checks, Check(subject="…", verdict="note", text=text))

    def _ask_for_names(self, source: IndexSource) -> Check:
        """Ask for the list of names, where no name is known.

        A made-up name would tell less: some indexes send it on to the public one, and some are said
        to answer 401 to the right credential.
        """
        subject = "reached"
        none = "no requirement, lock or literal name in `packages` says what to ask for"
        try:
            shows, milliseconds = self._timed(lambda: self.access.shows_names(source))
        except LadingError as error:
            return failed(subject, error)
        return Check(
            subject=subject,
            verdict="good" if shows else "note",
            text=f"it shows its list of names; {none}"
            if shows
            else f"it answers, and has no list of names; {none}, so what the credential may read "
            "is not known",
            milliseconds=milliseconds,
        )

    def _ask_name(self, name: str) -> Check:
        try:
            files, milliseconds = self._timed(lambda: self.access.list_files(name))
        except LadingError as error:
            return failed(name, error)
        newest = max((file.version for file in files), key=_version, default="")
        text = f"{count_of(len(files), 'file')}, newest {newest}" if files else "it has no files"
        return Check(subject=name, verdict="good", text=text, milliseconds=milliseconds)

    def _ask_git(self, source: GitSource, *, skipped: frozenset[str]) -> tuple[Check, ...]:
        refs: dict[str, set[str | None]] = {}
        for repository in self._repositories(source):
            refs.setdefault(repository.url, set()).add(repository.ref)
        if not refs:
            text = (
                "no requirement or lock names a repository below it: only the credential is known"
            )
            return (Check(subject="repositories", verdict="note", text=text),)
        asked = [url for url in sorted(refs) if _short(url, source) not in skipped]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return tuple(pool.map(lambda url: self._ask_refs(source, url, refs[url]), asked))

    def _ask_refs(self, source: GitSource, url: str, wanted: set[str | None]) -> Check:
        subject = _short(url, source)
        try:
            refs, milliseconds = self._timed(lambda: self._read_refs(source, url))
            found = [_find(refs, ref) for ref in sorted(wanted, key=str)]
        except LadingError as error:
            return failed(subject, error)
        text = "; ".join([count_of(len(refs.commits), "ref"), *found])
        return Check(subject=subject, verdict="good", text=text, milliseconds=milliseconds)

    def _read_refs(self, source: GitSource, url: str) -> RemoteRefs:
        with self.access.open_git(GitRequest(source=source, url=url)) as response:
            data = response.read(limit=_LARGEST_ADVERTISEMENT)
        try:
            return parse_advertisement(data, url=url)
        except AdvertisementError as error:
            raise SourceError(
                f"the source {source.name}, asked for {_short(url, source)}: {error} ({url})",
                remedy="Check that the address is a repository's own, as Git would clone it, and "
                "that the credential opens it: a page to sign in looks like this.",
            ) from error

    def _mirrored(self, source: IndexSource) -> tuple[Check, ...]:
        names = [name for name in PUBLIC_SAMPLE if not source.owns(name)]
        try:
            served = [name for name in names if self.access.read_page(source, name)]
        except LadingError:
            return ()
        return tuple(judge_mirror(source, served))

    def _in_default(self, name: str) -> tuple[IndexFile, ...] | None:
        try:
            return self.access.read_default_page(name)
        except LadingError:
            return None

    def _names(self, source: IndexSource) -> tuple[str, ...]:
        """Return the names that are known to come from a source, the written ones first."""
        written = [name for name in source.packages if not set("*?[") & set(name)]
        project = self.access.project
        needed = sorted(name for name in self.needed.names if project.index_of(name) == source)
        # An index for everything is asked for what is its own, and a few names beside.
        own = [name for name in needed if source.owns(name)]
        return tuple(dict.fromkeys([*written, *(own or needed[:3])]))

    def _repositories(self, source: GitSource) -> Iterable[Repository]:
        project = self.access.project
        return (one for one in self.needed.repositories if project.git_source_of(one.url) == source)

    def _timed(self, ask: Callable[[], _Answer]) -> tuple[_Answer, int]:
        started = self.clock()
        answer = ask()
        return answer, round((self.clock() - started) * 1000)


def _opened(issued: Issued, source: Source, url: str) -> Opened:
    return Opened(
        origin=issued.origin,
        scope=issued.scope_of(url) or source.scope,
        reason=issued.reason,
        expires=issued.expires,
    )


def _find(refs: RemoteRefs, ref: str | None) -> str:
    """Return where a ref was found; raise SourceError as a build would."""
    if ref is not None and is_full(ref):
        known = ref in dict(refs.commits).values()
        return f"{ref[:12]} is {'one of them' if known else 'not looked for, it is no ref'}"
    if refs.commit_of(ref) is None and ref is not None:
        if is_abbreviated(ref):
            return f"{ref} is looked for among all commits when it is built"
        raise refs.unknown(ref)
    return f"{ref or 'the default branch'} is there"


def _short(url: str, source: Source) -> str:
    return url.removeprefix(source.url) or url.rstrip("/").rpartition("/")[2]


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")
