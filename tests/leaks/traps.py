"""Traps: what a bad host does to make a client show its credential elsewhere, really offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from local_sources import Fault, GitCommit, LocalSources
from local_sources.estate import WITH_FOREIGN_SUBMODULE
from local_sources.sources import Feed
from tests.small_project import small_project

_WITH_LFS = "/acme/platform/_git/acme-lured"
_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 3\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """One trap: `lay` lays it and returns the requirement that leads into it.

    `credential` is the name of the credential at stake, `home` the host and `scope` the path to
    which it may go. `catches` are the usual ways (functions of `tests.leaks.peers`) that fall in.
    """

    name: str
    lay: Callable[[LocalSources], str]
    feed: Feed = "azure"
    credential: str = "acme"
    home: str = "azure"
    scope: str = "/acme/"
    catches: tuple[str, ...] = ()


def _feed(fault: Fault, where: str = "/simple/") -> Callable[[LocalSources], str]:
    def lay(sources: LocalSources) -> str:
        sources.azure.fail(fault, where=where)
        return "acme-core"

    return lay


def _refs(fault: Fault) -> Callable[[LocalSources], str]:
    """The refs are redirected, so that the POST for the pack goes where they were found."""

    def lay(sources: LocalSources) -> str:
        sources.git.fail(fault, where="/info/refs")
        return f"acme-tax @ git+{sources.tax_url}@main"

    return lay


def _submodule(sources: LocalSources) -> str:
    url = f"{sources.git.origin}{WITH_FOREIGN_SUBMODULE}"
    return f"acme-tax-with-foreign-submodule @ git+{url}@main"


def _lfs(sources: LocalSources) -> str:
    """A repository whose own configuration says that its large files are on another host."""
    files = small_project("acme-lured") | {
        ".lfsconfig": f"[lfs]\n\turl = {sources.other.origin}/lfs\n",
        ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        "model.bin": _POINTER,
    }
    sources.add_git_repository(_WITH_LFS, GitCommit(files=files))
    return f"acme-lured @ git+{sources.git.origin}{_WITH_LFS}@main"


_NETRC, _URL, _HEADER = "pip_netrc", "pip_index_url_argument", "git_header_argument"
TRAPS = (
    Trap(name="link to http", lay=_feed("links-to-http"), catches=(_NETRC,)),
    Trap(name="302 to http", lay=_feed("redirect-to-http"), catches=(_NETRC,)),
    Trap(name="link to another port", lay=_feed("links-to-port"), catches=(_NETRC,)),
    Trap(name="302 to another port", lay=_feed("redirect-to-port"), catches=(_NETRC,)),
    Trap(
        name="link to another organisation",
        lay=_feed("links-to-organisation"),
        catches=(_NETRC, _URL),
    ),
    Trap(
        name="302 to another organisation",
        lay=_feed("redirect-to-organisation"),
        catches=(_NETRC, _URL),
    ),
    # pip lets go of a credential on another host: nothing usual falls in.
    Trap(name="link to another host", lay=_feed("links-to-host")),
    Trap(name="302 to another host", lay=_feed("redirect-to-host")),
    Trap(name="302 of a file to another host", lay=_feed("redirect-to-host", "/download/")),
    Trap(name="302 of a file to http", lay=_feed("redirect-to-http", "/download/")),
    Trap(
        name="refs redirected to another host, then a POST",
        lay=_refs("redirect-to-host"),
        credential="acme-git",
        home="git",
        catches=(_HEADER,),
    ),
    Trap(
        name="refs redirected to http, then a POST",
        lay=_refs("redirect-to-http"),
        credential="acme-git",
        home="git",
        catches=(_HEADER,),
    ),
    Trap(
        name="refs redirected to another organisation, then a POST",
        lay=_refs("redirect-to-organisation"),
        credential="acme-git",
        home="git",
        catches=(_HEADER,),
    ),
    Trap(
        name="submodule on another host",
        lay=_submodule,
        credential="acme-git",
        home="git",
        catches=(_HEADER,),
    ),
    Trap(
        name="LFS on another host", lay=_lfs, credential="acme-git", home="git", catches=(_HEADER,)
    ),
)
