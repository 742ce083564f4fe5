"""What a Git server advertises, and which commit a branch, tag or abbreviated hash means there."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from lading.core.errors import SourceError

# Full object names: SHA-1, SHA-256.
_FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ABBREVIATED = re.compile(r"[0-9a-f]{7,63}")
_KINDS = {"refs/heads/": "the branch", "refs/tags/": "the tag"}
_PEELED = "^{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitTree:
    """One commit's tree in a repository.

    `url` is https without user information; `ref` the branch or tag that led to the commit, ""
    for the default branch; `scope` the URL prefix under which submodules may live.
    """

    url: str
    commit: str
    ref: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRefs:
    """The refs of a repository at `url`, each with the commit that it leads to."""

    url: str
    commits: tuple[tuple[str, str], ...]

    def commit_of(self, ref: str | None) -> str | None:
        """Return the commit that a ref means, None where no ref explains it.

        None as `ref` is the default branch. An abbreviated hash is found where a ref points at its
        commit. Raises SourceError when the ref is ambiguous or the repository is empty.
        """
        commits = dict(self.commits)
        if ref is None:
            if "HEAD" not in commits:
                raise SourceError(
                    f"{self.url} has no default branch",
                    remedy="Name a branch, tag or commit: …git@BRANCH.",
                )
            return commits["HEAD"]
        names = [f"{prefix}{ref}" for prefix in ("", "refs/", "refs/heads/", "refs/tags/")]
        found = {name: commits[name] for name in names if name in commits and name != "HEAD"}
        if not found and is_abbreviated(ref):
            found = {name: commit for name, commit in commits.items() if commit.startswith(ref)}
        if len(set(found.values())) > 1:
            raise self._ambiguous(ref, found)
        return next(iter(found.values()), None)

    def unknown(self, ref: str) -> SourceError:
        """Return the error for a ref that the repository does not have."""
        names = [name.split("/", 2)[2] for name, _ in self.commits if name.count("/") > 1]
        near = difflib.get_close_matches(ref, names, n=3)
        hint = f" It has {', '.join(near)}." if near else ""
        return SourceError(
            f"{self.url} has no branch, tag or commit {ref}",
            remedy=f"Correct what stands after the @, or push it.{hint}",
        )

    def _ambiguous(self, ref: str, found: dict[str, str]) -> SourceError:
        meanings = [f"{_describe(name)} ({commit[:12]})" for name, commit in found.items()]
        return SourceError(
            f"{self.url}: {ref} is ambiguous: {' and '.join(meanings)}",
            remedy=f"Write one of: {', '.join(found)}, or the full commit.",
        )


def parse_refs(text: str, *, url: str) -> RemoteRefs:
    """Read the output of `git ls-remote`; an annotated tag leads to the commit that it names."""
    commits: dict[str, str] = {}
    for line in text.splitlines():
        commit, _, name = line.partition("\t")
        if is_full(commit) and name:
            # The peeled line follows the tag's own and replaces it.
            commits[name.removesuffix(_PEELED)] = commit
    return RemoteRefs(url=url, commits=tuple(commits.items()))


def is_full(ref: str) -> bool:
    """Say whether a text is a full object name."""
    return _FULL.fullmatch(ref) is not None


def is_abbreviated(ref: str) -> bool:
    """Say whether a text may be the beginning of an object name: seven digits at least."""
    return _ABBREVIATED.fullmatch(ref) is not None and not is_full(ref)


def _describe(name: str) -> str:
    for prefix, kind in _KINDS.items():
        if name.startswith(prefix):
            return f"{kind} {name.removeprefix(prefix)}"
    return name
