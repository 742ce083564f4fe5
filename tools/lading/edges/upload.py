"""Distributions as twine reads them: checked, and put into the form that an index takes.

Nothing is sent from here: access does that, and it alone knows the credential.
"""

from __future__ import annotations

import io
import logging
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name, canonicalize_version
from packaging.version import InvalidVersion
from requests_toolbelt import MultipartEncoder
from twine.commands.check import check
from twine.exceptions import TwineException
from twine.package import PackageFile

from lading.core.errors import PackageRefused
from lading.core.publication import Distribution, slot_of

# Small enough that a slow line gives a sign of life within the time limit of a connection.
_BLOCK = 16 * 1024
# What twine does not expect of a file that claims to be a distribution.
_UNREADABLE = (TwineException, tarfile.TarError, zipfile.BadZipFile, InvalidVersion, KeyError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form with a file in it, as it goes over the wire; `blocks` can be read once."""

    headers: Mapping[str, str]
    blocks: Iterator[bytes]


def check_distribution(path: Path) -> tuple[str, ...]:
    """Return what is wrong with a wheel or source archive, () for nothing.

    That is what `twine check --strict` finds, and metadata of another release than its filename's.
    """
    logger = logging.getLogger("twine.commands.check")
    listener = _Listener()
    logger.addHandler(listener)
    propagated, logger.propagate = logger.propagate, False
    try:
        # It tells its verdict on standard output, which is a program's here.
        with redirect_stdout(io.StringIO()):
            failed = check([str(path)], strict=True)
        if not failed:
            return _check_release(path)
    except _UNREADABLE as error:
        return (_one_line(error, path),)
    finally:
        logger.removeHandler(listener)
        logger.propagate = propagated
    return tuple(listener.lines or ["it fails"])


@contextmanager
def open_form(distribution: Distribution) -> Iterator[Form]:
    """Give the form with which twine would upload a distribution.

    Raises PackageRefused where the file is no longer the one that was checked.
    """
    path = distribution.path
    package = _read(path)
    if package.sha2_digest != distribution.sha256:
        raise PackageRefused(
            f"{distribution.filename} is not what was checked any more: its SHA-256 was "
            f"{distribution.sha256} and is {package.sha2_digest}",
            remedy="Something on this machine changes files while they are published: find out "
            "what, and publish again.",
        )
    fields: list[tuple[str, object]] = [
        (name, text)
        for name, value in package.metadata_dictionary().items()
        for text in _texts(name, value)
    ]
    fields += [(":action", "file_upload"), ("protocol_version", "1")]
    with path.open("rb") as file:
        fields.append(("content", (path.name, file, "application/octet-stream")))
        encoder = MultipartEncoder(fields)
        # A length, because not every server takes a body in chunks.
        headers = {"Content-Type": encoder.content_type, "Content-Length": str(encoder.len)}
        yield Form(headers=headers, blocks=iter(lambda: encoder.read(_BLOCK), b""))


def _check_release(path: Path) -> tuple[str, ...]:
    """Hold the metadata, by which an index files a distribution, to the filename."""
    metadata = _read(path).metadata
    name, version = metadata.get("name") or "", metadata.get("version") or ""
    _, named, versioned, _ = slot_of(path.name)
    if (canonicalize_name(name), canonicalize_version(version)) == (named, versioned):
        return ()
    return (f"its metadata is that of {_shown(name)} {_shown(version)}",)


def _read(path: Path) -> PackageFile:
    return PackageFile.from_filename(str(path), comment=None)


def _shown(text: str) -> str:
    return ascii(text)[:100]


class _Listener(logging.Handler):
    """Keeps what a logger is told."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage().strip())


def _texts(name: str, value: object) -> Iterator[str]:
    """Yield the values of a form's field, as the upload API of indexes has them."""
    match value:
        case dict():
            yield from (f"{label}, {url}" for label, url in value.items())
        case list() if name == "keywords":
            yield ", ".join(value)
        case list():
            yield from (str(item) for item in value)
        case _:
            yield str(value)


def _one_line(error: BaseException, path: Path) -> str:
    return " ".join(str(error).replace(str(path), path.name).split()) or type(error).__name__
