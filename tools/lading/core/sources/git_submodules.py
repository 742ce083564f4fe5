"""Submodules: which repository stands at which path, and whether it may."""

from __future__ import annotations

from urllib.parse import urljoin

from lading.core.access.scope import covers
from lading.core.config import CredentialSpec, GitSource
from lading.core.config.hosts import map_ssh_location, normalise_git_url, parse_ssh_location
from lading.core.errors import SourceError
from lading.core.secret import hide_userinfo
from lading.core.sources.git_refs import GitTree
from lading.core.urls import UrlError, parse_url


def parse_modules(text: str) -> dict[str, str]:
    """Return the URL of each submodule's path, from `git config --null --list`."""
    sections: dict[str, dict[str, str]] = {}
    for entry in text.split("\0"):
        key, _, value = entry.partition("\n")
        section, _, name = key.rpartition(".")
        sections.setdefault(section, {})[name] = value
    return {
        found["path"].rstrip("/"): found["url"]
        for found in sections.values()
        if "path" in found and "url" in found
    }


def submodule_of(parent: GitTree, path: str, url: str | None, commit: str) -> GitTree:
    """Return the tree of a submodule; raise SourceError when it lives outside the parent's scope.

    A relative URL continues the parent's, as Git has it.
    """
    if url is None:
        raise SourceError(
            f"{parent.url}: the submodule {path} has no URL in .gitmodules",
            remedy="Add it there, or remove the submodule.",
        )
    address = urljoin(parent.url + "/", url) if url.startswith(("./", "../")) else url
    location = parse_ssh_location(address)
    if location is not None:
        # The pipeline has no SSH key; the parent's source tells how the same host is read.
        own = GitSource(name="", url=parent.scope, credential=CredentialSpec(kind="none"))
        address = map_ssh_location(location, (own,))
    # Azure DevOps writes the organisation as a user name into the URLs that it offers to copy.
    address = normalise_git_url(address)
    try:
        covered = covers(parent.scope, parse_url(address))
    except UrlError:
        covered = False
    if not covered:
        raise SourceError(
            f"{parent.url}: the submodule {path} lives at {hide_userinfo(url)}, outside of "
            f"{parent.scope}",
            remedy="Submodules come from the source of their parent only: move it there, or make "
            "it a requirement of its own.",
        )
    return GitTree(url=address, commit=commit, ref="", scope=parent.scope)
