"""What may be asked at the broker's door: the one reader of request targets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from lading.core.access.scope import covers
from lading.core.access.simple_pages import canonical_name
from lading.core.urls import UrlError, parse_url

# What a client is told when a source failed. Measured with uv 0.13.8: after a 403 or 404 it takes
# the package for missing and falls back to other versions, after a 5xx it asks three times more and
# hides the reason; this one ends the resolution. pip 26.3 knows no status that does: whoever runs
# it must look at the broker's refusals.
SOURCE_FAILED = 424
_TARGET = re.compile(r"/[\x21\x22\x24-\x7e]*")
_SEGMENT = re.compile(r"[A-Za-z0-9._+!~-]+")
_REFS = "/info/refs"
_PACK = "/git-upload-pack"
_ASKED_FOR_REFS = "service=git-upload-pack"


class DoorError(Exception):
    """The door stays closed, because of a rule that the message names first."""

    status = 403

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(f"{rule}: {why}")
        self.rule = rule


class NotThereError(DoorError):
    """Something public does not exist, which a resolver may take into account."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCall:
    """Someone wants to know the files of a distribution; `name` is canonical."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCall:
    """Someone wants a file, or its metadata alone."""

    name: str
    filename: str
    metadata: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCall:
    """Someone wants a repository's refs, or (`pack`) objects; `url` is the repository upstream."""

    source: str
    url: str
    pack: bool = False


Call = PageCall | FileCall | GitCall


def parse_call(method: str, target: str, *, prefixes: dict[str, str]) -> Call:
    """Read a request line; raise DoorError for everything that is not expressly allowed.

    `prefixes` are the URL prefixes of the declared Git sources by the sources' names.
    """
    if not _TARGET.fullmatch(target):
        raise DoorError("address", "the request target is not a plain path")
    path, _, query = target.partition("?")
    room, _, rest = path[1:].partition("/")
    if room == "git":
        return _parse_git_call(method, rest, query, prefixes=prefixes)
    if method not in {"GET", "HEAD"}:
        raise DoorError("method", f"{method} is not allowed here, only GET and HEAD")
    # A query asks for nothing that the door knows; the path alone decides.
    segments = [unquote(segment) for segment in rest.split("/")]
    match room, segments:
        case "simple", [name] | [name, ""]:
            return PageCall(name=_name(name))
        case "files", [name, filename] if _SEGMENT.fullmatch(filename):
            return FileCall(
                name=_name(name),
                filename=filename.removesuffix(".metadata"),
                metadata=filename.endswith(".metadata"),
            )
        case _:
            raise DoorError("address", "there is nothing of that name behind the door")


def _name(text: str) -> str:
    name = canonical_name(text)
    if name is None:
        raise DoorError("name", "this is no name of a distribution")
    return name


def _parse_git_call(method: str, rest: str, query: str, *, prefixes: dict[str, str]) -> GitCall:
    source, _, path = rest.partition("/")
    if source not in prefixes:
        raise DoorError("git-source", "no Git source of that name is declared")
    if "git-receive-pack" in f"{path}?{query}":
        raise DoorError("git-read-only", "repositories are read here, never written")
    if path.endswith(_REFS) and query == _ASKED_FOR_REFS and method == "GET":
        repository, pack = path.removesuffix(_REFS), False
    elif path.endswith(_PACK) and not query and method == "POST":
        repository, pack = path.removesuffix(_PACK), True
    else:
        raise DoorError("git-service", "only the refs and packs of git-upload-pack are served")
    try:
        url = parse_url(prefixes[source] + repository)
    except UrlError as error:
        raise DoorError("git-address", f"this is no address of a repository: {error}") from error
    if not repository or url.query or not covers(prefixes[source], url):
        raise DoorError("scope", f"this is outside {prefixes[source]}")
    return GitCall(source=source, url=str(url), pack=pack)
