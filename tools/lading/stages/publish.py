"""Distributions → an index: checked before the first is sent, sent one by one, looked up after."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from lading.core.access.asked import Answer
from lading.core.config import IndexSource
from lading.core.errors import LadingError, PackageRefused, SourceError
from lading.core.index import IndexFile
from lading.core.publication import (
    Distribution,
    already_taken,
    check_one_release,
    find_listed,
    upload_scope,
)
from lading.core.publication.refusals import ACCEPTED, refused_upload
from lading.core.publication.report import Evidence, Published
from lading.core.sizes import render_size
from lading.edges.access import Upload
from lading.edges.terminal import Progress
from lading.edges.upload import check_distribution, open_form

_TELL_EVERY = 16 * 1024 * 1024  # bytes


class Index(Protocol):
    """The way to an index; `edges.access.Access` fits."""

    def read_page(self, source: IndexSource, name: str) -> tuple[IndexFile, ...]:
        """Return what an index lists for a name at this moment."""

    def open_file(self, file: IndexFile) -> AbstractContextManager[Iterator[bytes]]:
        """Give a file's bytes in blocks."""

    def upload(self, source: IndexSource, subject: str, sent: Upload) -> Answer:
        """Send a form to an index, and return its answer without a secret."""


def check_distributions(files: tuple[Distribution, ...]) -> None:
    """Refuse what `twine check --strict` refuses; raise PackageRefused with everything."""
    problems = [
        f"{file.filename}: {problem}" for file in files for problem in check_distribution(file.path)
    ]
    if problems:
        raise PackageRefused(
            "\n".join(problems),
            remedy="twine check --strict says this of what was built; nothing was uploaded. A "
            'description comes from readme = "README.md" in [project].',
        )


def publish_distributions(
    files: tuple[Distribution, ...], source: IndexSource, *, index: Index, progress: Progress
) -> tuple[Published, ...]:
    """Upload files of one release, the wheel first; what is there already is not sent again.

    Raises SourceError when the index has other bytes in the place of one of them, before anything
    is sent; and when it does not take one, saying which are there.
    """
    # Whoever asks between the two uploads must not build what has a wheel.
    files = tuple(sorted(files, key=lambda file: not file.filename.endswith(".whl")))
    name, _version = check_one_release(files)
    missing = _missing(files, index.read_page(source, name), source, index=index)
    for file in missing:
        try:
            _send(file, source, index=index, progress=progress)
        except SourceError as error:
            raise _half_way(error, files, source, index=index) from error
        except KeyboardInterrupt:
            progress.warn(f"{file.filename} was on its way; publish again to go on from there")
            raise
        progress.note(f"{file.filename} is uploaded")
    published = _look_up(files, missing, source, index=index)
    for one in published:
        if one.evidence == "not listed yet":
            progress.warn(f"{source.name} took {one.file.filename}, but does not list it yet")
    return published


def _missing(
    files: tuple[Distribution, ...],
    page: tuple[IndexFile, ...],
    source: IndexSource,
    *,
    index: Index,
) -> tuple[Distribution, ...]:
    """Return the files whose place is free; raise SourceError where others are in it."""
    listed = [(file, find_listed(file, page)) for file in files]
    there = [(file, _sha256(found, index=index)) for file, found in listed if found is not None]
    taken = tuple((file, sha256) for file, sha256 in there if sha256 != file.sha256)
    if taken:
        raise already_taken(source, taken)
    return tuple(file for file, found in listed if found is None)


def _sha256(listed: IndexFile, *, index: Index) -> str:
    """Return the hash that an index tells of a file, or that of its bytes where it tells none."""
    if listed.sha256 is not None:
        return listed.sha256
    digest = hashlib.sha256()
    with index.open_file(listed) as blocks:
        for block in blocks:
            digest.update(block)
    return digest.hexdigest()


def _send(file: Distribution, source: IndexSource, *, index: Index, progress: Progress) -> None:
    progress.note(f"Uploading {file.filename} ({render_size(file.size)})")
    url = source.upload or ""
    with open_form(file) as form:
        sent = Upload(
            url=url,
            scope=upload_scope(source, url),
            headers=form.headers,
            body=_told(form.blocks, file, progress),
        )
        answer = index.upload(source, f"the upload of {file.filename}", sent)
    if answer.status not in ACCEPTED:
        raise refused_upload(source, file.filename, answer.status, answer.body)


def _told(blocks: Iterator[bytes], file: Distribution, progress: Progress) -> Iterator[bytes]:
    """Pass blocks on, and tell from time to time how many of a large file are sent."""
    sent, told = 0, 0
    for block in blocks:
        yield block
        sent += len(block)
        if sent - told >= _TELL_EVERY and sent < file.size:
            told = sent
            progress.note(f"{file.filename}: {render_size(sent)} of {render_size(file.size)} sent")


def _look_up(
    files: tuple[Distribution, ...],
    sent: tuple[Distribution, ...],
    source: IndexSource,
    *,
    index: Index,
) -> tuple[Published, ...]:
    """Return what became of each file, and what the index says of it now."""
    try:
        page = index.read_page(source, check_one_release(files)[0])
    except SourceError as error:
        raise SourceError(
            f"everything was uploaded, but not looked up afterwards: {error.message}",
            remedy="Publish again: that looks it up, and sends nothing twice.",
        ) from error
    return tuple(
        Published(
            file=file,
            outcome="uploaded" if file in sent else "already there",
            evidence=_evidence(file, page, source),
        )
        for file in files
    )


def _half_way(
    error: SourceError, files: tuple[Distribution, ...], source: IndexSource, *, index: Index
) -> SourceError:
    """Return the error of an upload with what is in the index now, as the index itself says it."""
    try:
        page = index.read_page(source, check_one_release(files)[0])
    except LadingError as failure:
        return SourceError(
            f"{error.message}\nWhat is there now is not known: {failure.message}",
            remedy=f"{error.remedy} Then publish again: what is there is not sent twice.",
        )
    there = [file.filename for file in files if find_listed(file, page) is not None]
    lacking = [file.filename for file in files if file.filename not in there]
    return SourceError(
        f"{error.message}\nThe source {source.name} has {' and '.join(there) or 'none of it'}"
        + (f" and lacks {' and '.join(lacking)}" if there and lacking else ""),
        remedy=f"{error.remedy} Then publish again: what is there is not sent twice."
        if there
        else error.remedy,
    )


def _evidence(file: Distribution, page: tuple[IndexFile, ...], source: IndexSource) -> Evidence:
    listed = find_listed(file, page)
    if listed is None:
        return "not listed yet"
    if listed.sha256 is None:
        return "no hash"
    if listed.sha256 == file.sha256:
        return "same hash"
    raise SourceError(
        f"the source {source.name} lists {file.filename} with SHA-256 {listed.sha256}, but "
        f"{file.sha256} was sent",
        remedy="Somebody published the same version at this moment, or the server changes files: "
        "ask the people who run it before you use it.",
    )
