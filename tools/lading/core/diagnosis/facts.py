"""What a machine holds that concerns private packages, without any credential in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lading.core.access.userinfo import UserinfoKind, parse_userinfo

_REDIRECTED = (".insteadof", ".pushinsteadof")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSetting:
    """An index that pip or uv is told of.

    `origin` says where; `host` is "" for a folder of this machine; `role` what it is to the tool:
    its one index, one more of them, or a place with single files. `userinfo` is what stood before
    the host.
    """

    tool: Literal["pip", "uv"]
    origin: str
    host: str
    role: Literal["default", "extra", "files"]
    userinfo: UserinfoKind = "none"

    def __str__(self) -> str:
        return f"{self.origin}: {self.host or 'a folder on this machine'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetrcFile:
    """`~/.netrc`: its hosts in lower case, "default" among them where it has that entry."""

    path: str
    hosts: tuple[str, ...]
    read_by_others: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCredential:
    """A credential in a file of another tool: `path`, and the `tool` that reads it there."""

    path: str
    tool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSetting:
    """A setting of Git that holds a credential, or keeps them: `kind` says how."""

    kind: Literal["header", "store", "url"]
    origin: str
    key: str


def parse_git_settings(text: str) -> tuple[GitSetting, ...]:
    """Read `git config --list --null --show-origin`; what is secret in it is left behind."""
    fields = text.split("\0")
    pairs = zip(fields[::2], fields[1::2], strict=False)
    found = (_parse_git_setting(origin, *entry.partition("\n")) for origin, entry in pairs)
    return tuple(dict.fromkeys(setting for setting in found if setting is not None))


def _parse_git_setting(origin: str, key: str, _: str, value: str) -> GitSetting | None:
    kind: Literal["header", "store", "url"] | None = None
    lower = key.lower()
    if lower.startswith("http.") and lower.endswith(".extraheader"):
        kind = "header" if value.strip().lower().startswith("authorization:") else None
    elif lower.startswith("credential.") and lower.endswith(".helper"):
        kind = "store" if value.strip().partition(" ")[0] == "store" else None
    elif any(parse_userinfo(url).kind == "secret" for url in _urls(lower, key, value)):
        kind = "url"
    if kind is None:
        return None
    return GitSetting(kind=kind, origin=origin.removeprefix("file:"), key=_bare(key))


def _urls(lower: str, key: str, value: str) -> Iterator[str]:
    if lower.startswith("remote.") and lower.endswith((".url", ".pushurl")):
        yield value
    if lower.startswith("url.") and lower.endswith(_REDIRECTED):
        yield key.partition(".")[2].rpartition(".")[0]


def _bare(key: str) -> str:
    """Return a key whose middle may be a URL without its user information."""
    first, dot, rest = key.partition(".")
    return f"{first}{dot}{parse_userinfo(rest).url}"
