"""What foreign code sees of the file system: what is hidden, what is kept, what may be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_DEVICES = ("null", "zero", "full", "random", "urandom")

Step = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is seen of the file system.

    `kept` are folders and files with the names under which they are seen, `emptied` files; `stage`
    is a folder to prepare it in.
    """

    hidden: tuple[Path, ...]
    kept: tuple[tuple[Path, Path], ...]
    emptied: tuple[Path, ...]
    writable: tuple[Path, ...]
    stage: Path


def plan_view(view: View) -> tuple[Step, ...]:
    """Return the steps that make a view; the program `prepare` takes them."""
    hidden, stage = view.hidden, view.stage
    steps: list[Step] = [("read_only",), ("stage", str(stage))]
    rooms = {root: stage / str(number) for number, root in enumerate(hidden)}
    for root, room in rooms.items():
        steps += _room_steps(root, room, view)
        outer = _holder(root, hidden)
        if outer:
            place = rooms[outer] / root.relative_to(outer)
            steps.append(("tree", str(room), str(place)))
    # What holds the stage itself goes last: it hides the stage.
    outermost = [root for root in rooms if not _holder(root, hidden)]
    for root in sorted(outermost, key=lambda root: root in stage.parents):
        steps.append(("tree", str(rooms[root]), str(root)))
    steps += [("empty", str(path)) for path in view.emptied]
    steps += [("writable", str(path)) for path in view.writable]
    return tuple(steps)


def outermost_first(hidden: Iterable[Path], kept: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the folders to hide, outer ones first.

    One in another is hidden with it, unless it is in something that is kept there.
    """
    roots: tuple[Path, ...] = ()
    for path in sorted(hidden):
        outer = _holder(path, roots)
        shown = (path, *path.parents)
        if outer is None or any(outer in place.parents and place in shown for place in kept):
            roots = (*roots, path)
    return roots


def _room_steps(root: Path, room: Path, view: View) -> Iterator[Step]:
    """Give the steps that make what is seen of one hidden folder."""
    yield "room", str(room)
    for source, seen_as in view.kept:
        if _holder(seen_as, view.hidden) == root:
            place = str(room / seen_as.relative_to(root))
            yield "file" if source.is_file() else "folder", place
            yield "tree", str(source), place
    if root == Path("/dev"):
        yield "link", "/proc/self/fd", str(room / "fd")
        yield "room", str(room / "shm")
        for name in _DEVICES:
            yield "file", str(room / name)
            yield "bind", f"/dev/{name}", str(room / name)


def _holder(path: Path, roots: Iterable[Path]) -> Path | None:
    """Return the innermost of the folders in which a path lies."""
    holders = [root for root in roots if root in path.parents]
    return max(holders, key=lambda root: len(root.parts), default=None)
