"""Requirements in Git repositories, in every spelling: `git+https`, ssh, scp, `#egg=`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, unquote

from lading.core.access.userinfo import mask_userinfo, may_be_shown, parse_userinfo
from lading.core.config.hosts import (
    map_known_host,
    map_ssh_location,
    normalise_git_url,
    normalise_url,
    parse_ssh_location,
    split_url,
    suggest_credential,
    suggest_git_prefix,
)
from lading.core.requirements import GitRequirement
from lading.core.requirements.direct import REVOKE, Direct, Place, parse_egg
from lading.core.requirements.lines import LineError
from lading.core.secret import MASK

_OTHER_SYSTEMS = ("hg+", "svn+", "bzr+")
_GIT_SCHEMES = ("git+", "ssh://", "git://", "ssh+git://")
_SCP_LIKE = re.compile(r"[^@/:\s]+@[A-Za-z0-9.-]+:(?!//)\S+")
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*")
# git check-ref-format, and no leading "-": a ref must never be taken for an option.
_REF = re.compile(r"(?!-)(?!.*\.\.)(?!.*@\{)(?!.*//)[^\s\x00-\x1f\x7f~^:?*\[\\]+(?<![/.])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A Git requirement taken apart: `remote` without `git+`, ref and fragment.

    `shown` is the location for a message. It is masked before anything is taken apart, because a
    password may hold the very characters at which that is done.
    """

    shown: str
    remote: str
    ref: str | None
    subdirectory: str


def is_git(location: str) -> bool:
    """Say whether a location is a repository of Git, or of another system that is refused."""
    lower = location.lower()
    return lower.startswith((*_GIT_SCHEMES, *_OTHER_SYSTEMS)) or bool(_SCP_LIKE.fullmatch(location))


def parse_git(direct: Direct, place: Place) -> GitRequirement:
    """Return a requirement in a Git repository; raise LineError."""
    if direct.location.lower().startswith(_OTHER_SYSTEMS):
        message = f"{direct.location.partition('+')[0]} is not supported; Git is, and so are wheels"
        raise LineError(message)
    direct = parse_egg(direct)
    written = _take_apart(direct)
    url = _https_url(written, direct, place)
    if place.project.git_source_of(url) is None:
        _judge_undeclared(url, written, place)
    return GitRequirement(
        name=direct.name,
        url=url,
        origin=place.origin,
        ref=written.ref,
        subdirectory=written.subdirectory,
        extras=direct.extras,
        marker=direct.marker,
    )


def _take_apart(direct: Direct) -> _Written:
    location, _, fragment = direct.location.partition("#")
    shown = mask_userinfo(direct.location)
    remote = re.sub(r"^git\+", "", location, flags=re.IGNORECASE)
    prefix = _PREFIX.match(remote) or re.match(r"[^/]*?:", remote)
    start = prefix.end() if prefix else 0
    path, at, ref = remote[start:].rpartition("@")
    if not at:
        path, ref = ref, ""
    ref = unquote(ref)
    if "@" in fragment:
        message = f'"{shown}" is not the URL of a repository'
        raise LineError(message)
    if at and not _REF.fullmatch(ref):
        message = f'what follows the last @ of "{shown}" is no branch, tag or commit'
        raise LineError(message)
    return _Written(
        shown=shown,
        remote=remote[:start] + path,
        ref=ref or None,
        subdirectory=_subdirectory(fragment),
    )


def _subdirectory(fragment: str) -> str:
    prefix = "subdirectory="
    values = [part.removeprefix(prefix) for part in fragment.split("&") if part.startswith(prefix)]
    if not values:
        return ""
    path = unquote(values[0]).replace("\\", "/").strip("/")
    if ":" in path or any(part in {"", ".", ".."} for part in path.split("/")):
        message = "#subdirectory= must be a folder inside the repository"
        raise LineError(message)
    return path


def _https_url(written: _Written, direct: Direct, place: Place) -> str:
    scheme = written.remote.partition("://")[0].lower() if "://" in written.remote else "ssh"
    bare = parse_userinfo(written.remote)
    if bare.kind == "secret":
        raise LineError(_leak(direct, written, bare.url))
    if scheme in {"ssh", "ssh+git"}:
        return _ssh_as_https(written, place)
    if scheme != "https":
        message = (
            f'"{written.shown}" is not https: what it answers could be changed on '
            "its way; write git+https://… (or the path of a folder on this machine)"
        )
        raise LineError(message)
    parts = split_url(bare.url)
    if (
        parts is None
        or not parts.hostname
        or not parts.path.strip("/")
        or _may_be_torn(parts, written)
    ):
        message = f'"{written.shown}" is not the URL of a repository'
        raise LineError(message)
    if parts.query:
        message = (
            f"the URL of the repository on {parts.hostname} has a query; write branch, tag or "
            "commit behind an @ instead"
        )
        raise LineError(message)
    if bare.kind != "none":
        what = "the placeholder of a credential" if bare.kind == "placeholder" else "the user name"
        place.note(
            f"{what} in the URL is left out; write: "
            f"{_line(direct, written, map_known_host(bare.url))}"
        )
    return normalise_git_url(bare.url)


def _leak(direct: Direct, written: _Written, url: str) -> str:
    """Return what to say about a written credential: where it is, masked, and what to write."""
    safe = may_be_shown(url) and not re.match(r"[^/]*\.[^/]*/", written.ref or "")
    shown = url.replace("://", f"://{MASK}@", 1) if safe else written.shown
    line = (
        _line(direct, written, map_known_host(url))
        if safe
        else _line(direct, replace(written, ref=None), "https://HOST/REPOSITORY")
    )
    return f'a credential is written into "{shown}"; write: {line} {REVOKE}'


def _may_be_torn(parts: SplitResult, written: _Written) -> bool:
    """Say whether a "/" in a password has torn the URL, so that a part looks like the host."""
    doubtful = "." not in (parts.hostname or "") or "@" in written.remote
    host_in_ref = re.match(r"[^/]*(@|\.[^/]*/)", written.ref or "")
    return doubtful and ("@" in parts.path or host_in_ref is not None)


def _line(direct: Direct, written: _Written, url: str) -> str:
    ref = f"@{written.ref}" if written.ref else ""
    folder = f"#subdirectory={written.subdirectory}" if written.subdirectory else ""
    return f"{direct.written_name} @ git+{url}{ref}{folder}"


def _ssh_as_https(written: _Written, place: Place) -> str:
    location = parse_ssh_location(written.remote)
    if location is None or not location.path:
        message = f'"{written.shown}" is not the address of a repository'
        raise LineError(message)
    url = map_ssh_location(location, place.project.git_sources)
    parts = split_url(url)
    if parts is None or _may_be_torn(parts, written):
        message = f'"{written.shown}" is not the address of a repository'
        raise LineError(message)
    if place.project.git_source_of(url) is None:
        message = (
            f"ssh keys are not used; declare where {url} is read over https:\n{source_table(url)}"
        )
        raise LineError(message)
    place.note(f"the ssh address is read as {url}")
    return url


def _judge_undeclared(url: str, written: _Written, place: Place) -> None:
    twin = url.removesuffix(".git") if url.endswith(".git") else f"{url}.git"
    source = place.project.git_source_of(twin)
    if source is not None and not normalise_url(twin).startswith(source.url):
        message = (
            f"{url} and the prefix of source {source.name} differ in .git only; "
            "write both in the same way"
        )
        raise LineError(message)
    hint = "" if parse_userinfo(written.remote).kind == "none" else f":\n{source_table(url)}"
    place.note(
        f"no declared source covers {url}, so it is read without a credential"
        f"{'; to give it one, declare' + hint if hint else ''}"
    )


def source_table(url: str) -> str:
    """Return the lines that declare a source for a repository."""
    return (
        "  [tool.lading.sources.NAME]\n"
        f'  git = "{suggest_git_prefix(url)}"\n'
        f'  credential = "{suggest_credential(url) or "env:USER_VARIABLE:PASSWORD_VARIABLE"}"'
    )
