"""The shell script that prepares namespaces: what is hidden, what is kept, what may be written."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_DEVICES = ("null", "zero", "full", "random", "urandom")
# Until the command starts, programs come from the PATH of this process: $1.
# In a user namespace root's files stay root's: these would let a build reach out of its namespaces.
_TRUSTED_PATH = "inner=$PATH PATH=$1; shift"
_READ_ONLY = r"""
sed 's/%/%%/g' /proc/self/mountinfo | cut -d' ' -f5 | while read -r escaped; do
  point=$(printf "$escaped")
  case $point in /proc|/proc/*) continue ;; esac
  mount -o remount,bind,ro "$point" 2>/dev/null || :
done
if [ -w / ]; then echo "the file system cannot be made read-only" >&2; exit 1; fi
for name in sys sysrq-trigger irq bus; do
  if [ -e "/proc/$name" ]; then
    mount --bind "/proc/$name" "/proc/$name"
    mount -o remount,bind,ro "/proc/$name"
  fi
done
"""


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


def render_script(view: View) -> str:
    """Return the shell script that prepares the namespaces and then becomes the command.

    It runs with every right over its own namespaces; the command starts in one further user
    namespace, which has no right over these mounts and cannot lift them.
    """
    hidden, stage = view.hidden, view.stage
    lines = ["set -eu", _TRUSTED_PATH, _READ_ONLY, f"mount -t tmpfs -o mode=0755 tmpfs {_q(stage)}"]
    rooms = {root: stage / str(number) for number, root in enumerate(hidden)}
    for root, room in rooms.items():
        lines.append(f"mkdir -m 1777 {_q(room)}")
        for source, seen_as in view.kept:
            if _holder(seen_as, hidden) == root:
                place = room / seen_as.relative_to(root)
                made = f"mkdir -p {_q(place)}" if source.is_dir() else _file(place)
                lines += [made, f"mount --rbind {_q(source)} {_q(place)}"]
        if root == Path("/dev"):
            lines += _device_lines(room)
        outer = _holder(root, hidden)
        if outer:
            place = rooms[outer] / root.relative_to(outer)
            lines.append(f"mount --rbind {_q(room)} {_q(place)}")
    # What holds the stage itself goes last: it hides the stage.
    outermost = [root for root in rooms if not _holder(root, hidden)]
    for root in sorted(outermost, key=lambda root: root in stage.parents):
        lines.append(f"mount --rbind {_q(rooms[root])} {_q(root)}")
    for path in view.emptied:
        # Most of them are gone by now, with their folder.
        lines.append(f"[ ! -e {_q(path)} ] || mount --bind /dev/null {_q(path)}")
    for path in view.writable:
        # Where nothing hides it, it is no mount of its own yet.
        lines.append(f"mountpoint -q {_q(path)} || mount --bind {_q(path)} {_q(path)}")
        lines.append(f"mount -o remount,bind,rw {_q(path)}")
    ids = f"--map-user={os.getuid()} --map-group={os.getgid()}"
    lines += ['cd "$1"', "shift", f'exec "$0" --user {ids} -- env PATH="$inner" "$@"']
    return "\n".join(lines)


def _file(place: Path) -> str:
    return f"mkdir -p {_q(place.parent)}; : > {_q(place)}"


def _device_lines(stage: Path) -> list[str]:
    lines = [f"ln -s /proc/self/fd {_q(stage / 'fd')}", f"mkdir -m 1777 {_q(stage / 'shm')}"]
    for name in _DEVICES:
        lines.append(f": > {_q(stage / name)}")
        lines.append(f"mount --bind /dev/{name} {_q(stage / name)}")
    return lines


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


def _holder(path: Path, roots: Iterable[Path]) -> Path | None:
    """Return the innermost of the folders in which a path lies."""
    holders = [root for root in roots if root in path.parents]
    return max(holders, key=lambda root: len(root.parts), default=None)


def _q(path: Path) -> str:
    return shlex.quote(str(path))
