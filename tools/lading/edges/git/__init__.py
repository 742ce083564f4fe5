"""Git: exact commits of repositories, through whatever door the given environment opens.

Nobody else starts Git on what was fetched. Nothing of a repository is executed: no hook, no filter,
no helper; only http and https are spoken.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from lading.core.errors import LadingError, SourceError
from lading.core.secret import hide_userinfo
from lading.core.sources.git_refs import GitTree, is_abbreviated, is_full, parse_refs
from lading.core.sources.git_submodules import parse_modules, submodule_of
from lading.edges.processes import Completed, base_environment, run_process

# Configuration by environment (GIT_CONFIG_COUNT), which is how access is given, came with 2.31.
_OLDEST = (2, 31)
_DEEPEST = 10  # submodules within submodules
_MINE = "refs/lading/commit"
_TOLD_LINES = 4
_LOOPBACK = re.compile(r"http://127\.0\.0\.1:\d+")
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.autocrlf": "false",
    "core.longPaths": "true",
    "core.fsmonitor": "false",
    "protocol.version": "2",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "fetch.recurseSubmodules": "false",
    "advice.detachedHead": "false",
}
# What stays in the tree's own configuration, for the version tools that ask it.
KEPT_SETTINGS = {
    "core.autocrlf": "false",
    # Else the abbreviation, which ends up in versions, grows with the number of objects.
    "core.abbrev": "7",
    # Copying changes inodes and times; only size and second of the last change say "modified".
    "core.checkStat": "minimal",
    "core.trustctime": "false",
}


class Git:
    """Reads repositories with the `git` program; `time_limit` is in seconds for each call of it."""

    def __init__(
        self, *, ambient: Mapping[str, str], program: str = "git", time_limit: float = 900.0
    ) -> None:
        self._ambient = ambient
        self._program = program
        self._time_limit = time_limit
        self._checked = False

    def read_commit(self, url: str, ref: str | None, *, environment: Mapping[str, str]) -> str:
        """Return the full commit that a branch, tag, hash or (None) the default branch means now.

        A full hash is taken as it is; fetching tells whether it exists. Raises SourceError.
        """
        if ref is not None and is_full(ref.lower()):
            return ref.lower()
        with _Run(self, environment) as run:
            listed = run.git("ls-remote", "--quiet", "--", url, about=url)
            refs = parse_refs(listed, url=url)
            commit = refs.commit_of(ref)
            if commit is None and ref is not None and is_abbreviated(ref):
                commit = run.search(url, ref)
            if commit is None:
                raise refs.unknown(ref or "HEAD")
            return commit

    def fetch_commit(self, tree: GitTree, into: Path, *, environment: Mapping[str, str]) -> None:
        """Put one commit's files into the empty folder `into`, submodules included.

        `into/.git` has the commits and tags that version tools ask for, without the contents of
        older commits, and names no remote. Raises SourceError when the commit is gone, a submodule
        lives elsewhere, or a link leaves the tree.
        """
        with _Run(self, environment) as run:
            run.fetch(tree, into, depth=0)
        _check_links(into, tree.url)

    def read_commit_time(self, folder: Path) -> int:
        """Return when the commit that is checked out was made, in seconds since 1970."""
        with _Run(self, {}) as run:
            text = run.git("-C", str(folder), "show", "-s", "--format=%ct", about=str(folder))
            return int(text.strip())

    def read_head(self, folder: Path) -> str:
        """Return the commit that is checked out around a folder, "" without Git or a work tree."""
        words = ("-c", "safe.directory=*", "rev-parse", "--verify", "--quiet", "HEAD")
        with _Run(self, {}) as run:
            try:
                done = run.attempt("-C", str(folder), *words)
            except SourceError:
                return ""
        return done.stdout.strip() if done.code == 0 else ""

    def read_remote(self, folder: Path) -> str:
        """Return the URL from which a work tree was cloned, as it is written there, "" if none."""
        words = ("-c", "safe.directory=*", "config", "--get", "remote.origin.url")
        with _Run(self, {}) as run:
            done = run.attempt("-C", str(folder), *words)
        return done.stdout.strip() if done.code == 0 else ""

    def is_modified(self, folder: Path, names: tuple[str, ...]) -> bool:
        """Say whether files differ from the commit that is checked out, or are not in it.

        `names` are files and folders, relative to `folder`; what Git ignores does not count.
        """
        # Another Git of the user's may be at work, and the index is not ours to refresh.
        words = ("--no-optional-locks", "-c", "safe.directory=*", "status", "--porcelain")
        with _Run(self, {}) as run:
            paths = (f":(literal){name}" for name in names)
            done = run.attempt("-C", str(folder), *words, "--", *paths)
        return done.code != 0 or bool(done.stdout.strip())

    def read_tracked(self, folder: Path) -> tuple[str, ...] | None:
        """Return the files below a folder that Git tracks or would (untracked, not ignored).

        Names are POSIX and relative to `folder`. None where it lies in no work tree.
        """
        with _Run(self, {}) as run:
            words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ".")
            # The user's own work tree, which root builds for somebody else in a container.
            done = run.attempt("-C", str(folder), "-c", "safe.directory=*", *words)
        if done.code != 0:
            return None
        return tuple(sorted({name for name in done.stdout.split("\0") if name}))

    def start(
        self, words: tuple[str, ...], *, environment: Mapping[str, str], home: Path
    ) -> Completed:
        """Run Git once with a home of its own; the first call checks that it is recent enough."""
        if not self._checked:
            self._check_version(home)
        settings = [word for pair in _SETTINGS.items() for word in ("-c", "=".join(pair))]
        return run_process(
            (self._program, *settings, *words),
            environment={**self._environment(home), **environment},
            timeout=self._time_limit,
        )

    def _environment(self, home: Path) -> dict[str, str]:
        return base_environment(self._ambient, home=home) | {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "http:https",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "NETRC": os.devnull,
        }

    def _check_version(self, home: Path) -> None:
        remedy = f"Install Git {'.'.join(map(str, _OLDEST))} or newer, and put it on PATH."
        try:
            done = run_process(
                (self._program, "version"), environment=self._environment(home), timeout=60
            )
        except LadingError as error:
            raise SourceError(f"Git is needed: {error.message}", remedy=remedy) from error
        found = re.search(r"(\d+)\.(\d+)", done.stdout)
        if found is None or (int(found[1]), int(found[2])) < _OLDEST:
            told = done.stdout.strip() or done.stderr.strip()
            raise SourceError(f"this Git is too old or none: {told[:200]!r}", remedy=remedy)
        self._checked = True


class _Run:
    """One errand of Git: a temporary home, and the environment that gives access."""

    def __init__(self, git: Git, environment: Mapping[str, str]) -> None:
        self._git = git
        self._environment = environment
        self._home = tempfile.TemporaryDirectory(prefix="lading-git-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._home.cleanup()

    def attempt(self, *words: str) -> Completed:
        return self._git.start(words, environment=self._environment, home=Path(self._home.name))

    def git(self, *words: str, about: str) -> str:
        done = self.attempt(*words)
        if done.code != 0:
            raise _failure(done, about)
        return done.stdout

    def search(self, url: str, ref: str) -> str | None:
        """Look for an abbreviated hash among all commits that branches and tags lead to."""
        folder = str(Path(self._home.name, "search"))
        self._begin(folder, url, bare=True)
        everything = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        self._fetch(folder, "--no-tags", *everything, about=url)
        listed = self.git("-C", folder, "rev-list", "--all", about=url).split()
        found = [commit for commit in listed if commit.startswith(ref)]
        if len(found) > 1:
            raise SourceError(
                f"{url}: {ref} is ambiguous: {' and '.join(found[:3])}",
                remedy="Write more digits of the commit.",
            )
        return next(iter(found), None)

    def fetch(self, tree: GitTree, into: Path, *, depth: int) -> None:
        folder = str(into)
        self._begin(folder, tree.url, sha256=len(tree.commit) > len("0" * 40))
        self._fetch_history(tree, folder)
        # Contents arrive now, and only those of this commit.
        self.git("-C", folder, "checkout", "--quiet", "--detach", tree.commit, about=tree.url)
        submodules = self._submodules(tree, folder)
        self._forget_remote(into, tree.url)
        for path, submodule in submodules:
            if depth == _DEEPEST:
                raise SourceError(
                    f"{tree.url}: submodules are nested more than {_DEEPEST} deep",
                    remedy="Remove the submodule from the source.",
                )
            self.fetch(submodule, into / path, depth=depth + 1)

    def _begin(self, folder: str, url: str, *, bare: bool = False, sha256: bool = False) -> None:
        kind = ("--bare",) if bare else ()
        hashes = ("--object-format=sha256",) if sha256 else ()
        self.git("init", "--quiet", "--template=", *kind, *hashes, "--", folder, about=url)
        self.git("-C", folder, "remote", "add", "origin", url, about=url)

    def _fetch(self, folder: str, *words: str, about: str) -> None:
        self.git("-C", folder, "fetch", "--quiet", "--filter=tree:0", "origin", *words, about=about)

    def _fetch_history(self, tree: GitTree, folder: str) -> None:
        words = ("fetch", "--quiet", "--filter=tree:0", "origin", f"+{tree.commit}:{_MINE}")
        done = self.attempt("-C", folder, *words)
        if done.code == 0:
            return
        if not re.search(r"unadvertised object|not our ref|no such remote ref", done.stderr):
            raise _failure(done, tree.url)
        # The server hands out only what its refs name: take the ref, else all, and look inside.
        for refspec in (f"+{tree.ref or 'HEAD'}:{_MINE}", "+refs/heads/*:refs/lading/heads/*"):
            tried = self.attempt("-C", folder, *words[:-1], refspec)
            if tried.code == 0 and self._has(folder, tree.commit):
                return
        raise SourceError(
            f"{tree.url} no longer has the commit {tree.commit}",
            remedy="Its history was rewritten: lock again with --upgrade-package, and review it.",
        )

    def _has(self, folder: str, commit: str) -> bool:
        listed = self.attempt("-C", folder, "rev-list", "--all")
        return commit in listed.stdout.split()

    def _submodules(self, tree: GitTree, folder: str) -> list[tuple[str, GitTree]]:
        listed = self.git("-C", folder, "ls-tree", "-r", "-z", tree.commit, about=tree.url)
        links: list[tuple[str, str]] = []
        for entry in listed.split("\0"):
            kind, _, path = entry.partition("\t")
            if kind.startswith("160000"):
                links.append((path, kind.split()[2]))
        if not links:
            return []
        blob = f"--blob={tree.commit}:.gitmodules"
        done = self.attempt("-C", folder, "config", blob, "--null", "--list")
        urls = parse_modules(done.stdout if done.code == 0 else "")
        return [(path, submodule_of(tree, path, urls.get(path), commit)) for path, commit in links]

    def _forget_remote(self, into: Path, url: str) -> None:
        folder = str(into)
        self.git("-C", folder, "config", "--remove-section", "remote.origin", about=url)
        # Absent where the server sent everything.
        self.attempt("-C", folder, "config", "--unset", "extensions.partialClone")
        for key, value in KEPT_SETTINGS.items():
            self.git("-C", folder, "config", key, value, about=url)
        names = self.git("-C", folder, "for-each-ref", "--format=%(refname)", about=url).split()
        for name in names:
            if not name.startswith("refs/tags/"):
                self.git("-C", folder, "update-ref", "-d", name, about=url)
        inside = into / ".git"
        shutil.rmtree(inside / "logs", ignore_errors=True)
        (inside / "FETCH_HEAD").unlink(missing_ok=True)


def _check_links(folder: Path, url: str) -> None:
    root = folder.resolve()
    for path in folder.rglob("*"):
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            name = path.relative_to(folder).as_posix()
            raise SourceError(
                f"{url}: the link {name} leads out of the repository",
                remedy="Remove it from the source; a build must not read this machine's files.",
            )


def _failure(done: Completed, about: str) -> SourceError:
    told = hide_userinfo(_LOOPBACK.sub("", done.stderr)).strip().splitlines()[-_TOLD_LINES:]
    return SourceError(
        f"{hide_userinfo(about)}: git failed: {' / '.join(told) or f'exit code {done.code}'}",
        remedy="Check the URL, and that the source's credential may read this repository.",
    )
