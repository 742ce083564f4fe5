"""A folder of the user's, copied to where foreign code may work on it, with its history.

Version tools ask Git for tags and commits. The copy's `.git` has those, and nothing of what the
original's may hold beside them: no remote, no configuration (in CI a token often stands there), no
hooks. Nothing is written to the original.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lading.core.errors import SourceError
from lading.edges.git import KEPT_SETTINGS, Git
from lading.edges.processes import Completed
from lading.edges.sources.trees import copy_tree

_QUESTIONS = ("--path-format=absolute", "--show-object-format", "--git-common-dir", "--show-prefix")


def copy_checkout(folder: Path, into: Path, *, git: Git) -> str:
    """Copy a folder into an empty one and return where in it the copy lies, "" at the top.

    In a Git work tree the whole of it is there, as it was committed; below the folder it is as it
    lies: changed files too, and new ones that are not ignored. Without Git it is the folder alone.
    Raises SourceError when the history cannot be copied.
    """
    with tempfile.TemporaryDirectory(prefix="lading-git-") as home:
        clerk = _Clerk(git, Path(home))
        inside = clerk.copy_history(folder, into)
        names = None if inside is None else clerk.tracked(folder)
    target = into / (inside or "")
    target.mkdir(parents=True, exist_ok=True)
    _empty(target)
    copy_tree(folder, target, names=names)
    return inside or ""


def _empty(folder: Path) -> None:
    """Remove everything from a folder but the history."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            if path.name != ".git":
                shutil.rmtree(path)
        else:
            path.unlink()


class _Clerk:
    """Asks Git about one folder."""

    def __init__(self, git: Git, home: Path) -> None:
        self._git = git
        self._home = home

    def tracked(self, folder: Path) -> tuple[str, ...] | None:
        """Return a folder's files that are not ignored; None where it is as a whole."""
        return self._git.read_tracked(folder) or None

    def copy_history(self, folder: Path, into: Path) -> str | None:
        """Copy the last commit with its history; return the folder's place in it, None without."""
        try:
            asked = self._ask(folder, "rev-parse", *_QUESTIONS)
            head = self._ask(folder, "rev-parse", "--verify", "--quiet", "HEAD")
        except SourceError:
            # Without Git on this machine a folder is just a folder.
            return None
        if asked.code != 0 or head.code != 0:
            return None
        kind, common, prefix = (*asked.stdout.split("\n"), "", "")[:3]
        self._do(
            into.parent, "init", "--quiet", "--template=", f"--object-format={kind}", str(into)
        )
        self._copy_objects(Path(common), into / ".git")
        tags = self._do(folder, "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags")
        commit = head.stdout.strip()
        branch = self._ask(folder, "symbolic-ref", "--quiet", "HEAD").stdout.strip()
        refs = tags + (f"{commit} {branch}\n" if branch else "")
        (into / ".git" / "packed-refs").write_text(refs, encoding="utf-8")
        leads = f"ref: {branch}" if branch else commit
        (into / ".git" / "HEAD").write_text(f"{leads}\n", encoding="utf-8")
        for key, value in KEPT_SETTINGS.items():
            self._do(into, "config", key, value)
        self._do(into, "reset", "--hard", "--quiet")
        return prefix.rstrip("/")

    def _copy_objects(self, common: Path, into: Path) -> None:
        for objects in _object_folders(common / "objects"):
            # What another Git is writing at this moment is no object yet.
            leave = shutil.ignore_patterns("tmp_*", "*.lock", "alternates")
            shutil.copytree(objects, into / "objects", ignore=leave, dirs_exist_ok=True)
        if (common / "shallow").is_file():
            shutil.copyfile(common / "shallow", into / "shallow")

    def _ask(self, folder: Path, *words: str) -> Completed:
        # The user's own work tree, which root builds for somebody else in a container.
        words = ("-C", str(folder), "-c", "safe.directory=*", *words)
        return self._git.start(words, environment={}, home=self._home)

    def _do(self, folder: Path, *words: str) -> str:
        done = self._ask(folder, *words)
        if done.code != 0:
            told = " / ".join(done.stderr.strip().splitlines()[-3:])
            raise SourceError(
                f"the history around {folder} cannot be copied: {told or done.code}",
                remedy="Check the checkout with `git fsck`; a partial one lacks objects.",
            )
        return done.stdout


def _object_folders(objects: Path) -> Iterator[Path]:
    """Yield where a repository's objects lie: its own, and what it borrows from others."""
    seen: set[Path] = set()
    waiting = [objects]
    while waiting:
        folder = waiting.pop()
        if folder.resolve() in seen or not folder.is_dir():
            continue
        seen.add(folder.resolve())
        yield folder
        borrowed = folder / "info" / "alternates"
        if borrowed.is_file():
            waiting += [folder / line for line in borrowed.read_text("utf-8").splitlines() if line]
