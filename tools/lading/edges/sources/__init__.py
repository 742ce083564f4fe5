"""Sources of every kind, brought into the store and laid out in a folder; none of them is run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import unquote, urlsplit

from lading.core.config import Project
from lading.core.errors import BuildError, SourceError
from lading.core.lock import LockedSource
from lading.core.sources.git_refs import GitTree
from lading.core.urls import parse_url
from lading.edges.airlock import Airlock
from lading.edges.downloads import Shelves, fetch_file
from lading.edges.git import Git
from lading.edges.sources.trees import (
    copy_tree,
    find_root,
    hash_tree,
    pack_tree,
    read_blocks,
    unpack_archive,
)
from lading.edges.store import Store, WrongContent

# 2020-01-01: zip archives know nothing before 1980, and no day is better than another.
EPOCH = 1_577_836_800
_TREE = "git-tree"
_TREE_FILE = "tree.tar"


class Origins(Shelves, Protocol):
    """What offers files by name and by URL; `edges.access.Access` fits."""

    def open_url(self, url: str) -> AbstractContextManager[Iterator[bytes]]:
        """Give the bytes at a URL in blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """A source's tree in a folder.

    `subdirectory` is where in it the project is, "" for the top; `epoch` the SOURCE_DATE_EPOCH of
    its build: the commit's time, or `EPOCH`; `identity` tells it from every other content.
    """

    subdirectory: str
    epoch: int
    identity: str


class Sources:
    """Brings sources here, from the store where it has them.

    `origins` None means that there is no network: what the store lacks raises SourceError.
    """

    def __init__(
        self,
        *,
        project: Project,
        origins: Origins | None,
        airlock: Airlock,
        git: Git,
        store: Store,
    ) -> None:
        self._project = project
        self._origins = origins
        self._airlock = airlock
        self._git = git
        self._store = store

    def read_commit(self, url: str, ref: str | None) -> str:
        """Return the full commit that a ref of a repository means now, and fetch its tree."""
        with self._airlock.access(f"{url} at {ref or 'its default branch'}") as door:
            environment = door.environment()
            commit = self._git.read_commit(url, ref, environment=environment)
            tree = self._tree(url, commit, ref or "")
            if self._stored_tree(tree) is None:
                self._fetch_tree(tree, environment)
        return commit

    def fetch_url(self, url: str, sha256: str | None) -> tuple[Path, str]:
        """Return the path and the SHA-256 of the file at a URL, which must have the given hash."""
        filename = unquote(PurePosixPath(urlsplit(url).path).name)
        if sha256 is not None:
            stored = self._store.read_blob(sha256, filename=filename)
            if stored is not None:
                return stored, sha256
        origins = self._required_origins(url)
        try:
            with origins.open_url(url) as blocks:
                blob = self._store.write_blob(blocks, sha256=sha256, filename=filename)
        except WrongContent as error:
            raise SourceError(
                f"the file that {url} serves is not the one that was asked for: {error.message}",
                remedy="Ask its owner why it was replaced; change the hash only once you know.",
            ) from error
        return blob.path, blob.sha256

    def locate(self, source: LockedSource) -> Path:
        """Return the path of a source that is one file (a wheel or an archive), or of a folder."""
        if source.kind == "archive" and source.file is not None:
            file = source.file
            stored = self._store.read_blob(file.sha256, filename=file.filename)
            if stored is not None:
                return stored
            origins = self._required_origins(file.filename)
            return fetch_file(file, shelves=origins, store=self._store)
        if source.kind == "url":
            return self.fetch_url(source.url, source.sha256)[0]
        path = self._project.root / source.path
        if source.kind == "path" and path.exists():
            return path
        raise BuildError(
            f"{source.path or source.url} is not there",
            remedy="Correct the path in the requirements; it is relative to the project's root.",
        )

    def lay_out(self, source: LockedSource, into: Path) -> LaidOut:
        """Put a source's tree into an empty folder; see `LaidOut`."""
        if source.kind == "git":
            return self._lay_out_commit(source, into)
        path = self.locate(source)
        if path.is_dir():
            copy_tree(path, into, names=self._tracked(path))
            return LaidOut(subdirectory="", epoch=EPOCH, identity=f"folder {hash_tree(into)}")
        unpack_archive(path, into)
        return LaidOut(
            subdirectory=str(PurePosixPath(find_root(into), source.subdirectory)),
            epoch=EPOCH,
            identity=self.identity(source) or f"archive {hash_tree(into)}",
        )

    def identity(self, source: LockedSource) -> str | None:
        """Return what tells a source from every other; None for a path: only its content does."""
        if source.kind == "path":
            return None
        if source.kind == "git":
            return f"git {source.url} {source.commit} {source.subdirectory}"
        sha256 = source.file.sha256 if source.file else source.sha256
        return f"archive {sha256} {source.subdirectory}"

    def describe(self, source: LockedSource) -> str:
        """Return where a source comes from, for people: a declared source's name, else a place."""
        if source.kind == "archive" and source.file is not None:
            return source.file.source
        if source.kind == "git":
            declared = self._project.git_source_of(source.url)
            return declared.name if declared else source.url
        return source.path or source.url

    def _tracked(self, folder: Path) -> tuple[str, ...] | None:
        try:
            # A folder that is ignored as a whole is still asked for.
            return self._git.read_tracked(folder) or None
        except SourceError:
            # Without Git on this machine a folder is just a folder.
            return None

    def _lay_out_commit(self, source: LockedSource, into: Path) -> LaidOut:
        tree = self._tree(source.url, source.commit, source.ref)
        stored = self._stored_tree(tree)
        if stored is None:
            with self._airlock.access(f"{source.url} at {source.commit[:12]}") as door:
                stored = self._fetch_tree(tree, door.environment())
        path, epoch = stored
        unpack_archive(path, into)
        return LaidOut(
            subdirectory=source.subdirectory,
            epoch=epoch,
            identity=self.identity(source) or "",
        )

    def _tree(self, url: str, commit: str, ref: str) -> GitTree:
        declared = self._project.git_source_of(url)
        scope = declared.url if declared else f"{parse_url(url).origin}/"
        return GitTree(url=url, commit=commit, ref=ref, scope=scope)

    def _stored_tree(self, tree: GitTree) -> tuple[Path, int] | None:
        record = self._store.read_record(_TREE, f"{tree.url} {tree.commit}")
        if record is None:
            return None
        known: dict[str, str] = json.loads(record)
        path = self._store.read_blob(known["sha256"], filename=_TREE_FILE)
        return None if path is None else (path, int(known["epoch"]))

    def _fetch_tree(self, tree: GitTree, environment: Mapping[str, str]) -> tuple[Path, int]:
        with self._store.scratch() as scratch:
            folder = scratch / "tree"
            folder.mkdir()
            self._git.fetch_commit(tree, folder, environment=environment)
            epoch = self._git.read_commit_time(folder)
            pack_tree(folder, scratch / _TREE_FILE)
            blocks = read_blocks(scratch / _TREE_FILE)
            blob = self._store.write_blob(blocks, sha256=None, filename=_TREE_FILE)
        known = {"sha256": blob.sha256, "epoch": str(epoch)}
        self._store.write_record(_TREE, f"{tree.url} {tree.commit}", json.dumps(known).encode())
        return blob.path, epoch

    def _required_origins(self, subject: str) -> Origins:
        if self._origins is None:
            raise SourceError(
                f"{subject} is not in the store, and --offline allows no network",
                remedy="Run once without --offline.",
            )
        return self._origins
