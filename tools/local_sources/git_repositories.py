"""Bare Git repositories, written commit by commit with `git fast-import`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_sources.distributions import Files

_AUTHOR = "Acme Build <build@acme.example>"
# Commits get days of their own, so that the same files give the same hashes in every run.
_FIRST_DAY = 1_767_225_600
_DAY_SECONDS = 86_400
_EMPTY_HOME = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCommit:
    """One commit: the whole tree, not a difference.

    `submodules` are (URL, commit) by path; their `.gitmodules` is written. `executable` are the
    files with the executable bit.
    """

    files: Files
    tags: tuple[str, ...] = ()
    branch: str = "main"
    message: str = "Change"
    submodules: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    executable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRepository:
    """A bare repository: where it is on disk and on its host."""

    folder: Path
    path: str
    ambient: Mapping[str, str]

    def commit(self, commit: GitCommit) -> str:
        """Add a commit on its branch, and return its full hash."""
        reference = f"refs/heads/{commit.branch}"
        parent = self._run("for-each-ref", "--format=%(objectname)", reference)
        age = len(self._run("rev-list", "--all").splitlines())
        stream = _fast_import(commit, reference, parent=parent, age=age)
        self._run("fast-import", "--quiet", "--force", standard_input=stream)
        return self.resolve(reference)

    def resolve(self, reference: str) -> str:
        """Return the full hash of the commit that a branch or tag names."""
        return self._run("rev-parse", "--verify", f"{reference}^{{commit}}")

    def configure(self, key: str, value: str) -> None:
        """Set a value in the repository's configuration."""
        self._run("config", key, value)

    def delete(self) -> None:
        """Remove the repository."""
        shutil.rmtree(self.folder)

    def _run(self, *words: str, standard_input: bytes = b"") -> str:
        done = subprocess.run(
            ["git", "--git-dir", str(self.folder), *words],
            input=standard_input,
            stdout=subprocess.PIPE,
            check=True,
            env=git_environment(self.ambient),
        )
        return done.stdout.decode().strip()


def create_repository(root: Path, path: str, *, ambient: Mapping[str, str]) -> GitRepository:
    """Create an empty bare repository for the URL path `path` below `root`."""
    folder = root / path.strip("/")
    # By hand: `git init` takes as long as everything else in a repository together.
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        folder.joinpath(name).mkdir(parents=True)
    folder.joinpath("HEAD").write_text("ref: refs/heads/main\n", encoding="ascii")
    folder.joinpath("config").write_text(
        "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[http]\n\treceivepack = false\n",
        encoding="ascii",
    )
    return GitRepository(folder=folder, path=path, ambient=ambient)


def git_environment(ambient: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a Git that knows nothing of this machine's user."""
    kept = {name: ambient[name] for name in ("PATH", "SYSTEMROOT") if name in ambient}
    return kept | _EMPTY_HOME


def _fast_import(commit: GitCommit, reference: str, *, parent: str, age: int) -> bytes:
    day = _FIRST_DAY + age * _DAY_SECONDS
    head = [f"commit {reference}", "mark :1", f"committer {_AUTHOR} {day} +0000"]
    stream = "\n".join(head).encode() + b"\n" + _data(f"{commit.message}\n".encode())
    stream += f"from {parent}\n".encode() if parent else b""
    stream += b"deleteall\n"
    for name, content in _with_gitmodules(commit).items():
        mode = "100755" if name in commit.executable else "100644"
        raw = content.encode() if isinstance(content, str) else content
        stream += f"M {mode} inline {name}\n".encode() + _data(raw)
    for path, (_, target) in commit.submodules.items():
        stream += f"M 160000 {target} {path}\n".encode()
    for tag in commit.tags:
        stream += f"tag {tag}\nfrom :1\ntagger {_AUTHOR} {day} +0000\n".encode()
        stream += _data(f"Release {tag}\n".encode())
    return stream + b"done\n"


def _with_gitmodules(commit: GitCommit) -> dict[str, str | bytes]:
    files = dict(commit.files)
    if commit.submodules:
        files[".gitmodules"] = "".join(
            f'[submodule "{path}"]\n\tpath = {path}\n\turl = {url}\n'
            for path, (url, _) in commit.submodules.items()
        )
    return files


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)
