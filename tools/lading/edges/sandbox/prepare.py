"""The program that prepares namespaces from within, and becomes the command.

It is given to `-c` as text and knows nothing of lading. It has every right over its own namespaces;
the command starts in one further user namespace, which has no right over these mounts and cannot
lift them. A shell would start a program for each mount, and take six times as long; for the same
reason it imports next to nothing.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Mount = Callable[[str, str, str, int, str], None]

RDONLY, REMOUNT, BIND, REC = 1, 32, 4096, 16384
# The kernel lets nobody lift them in a user namespace; statvfs has the same bits for them.
KEPT_FLAGS = {"nosuid": 2, "nodev": 4, "noexec": 8}
KEPT_BITS = 14
# In a user namespace root's files stay root's: these would let a build reach out of its namespaces.
PROC_NAMES = ("sys", "sysrq-trigger", "irq", "bus")
# How the kernel writes what would end a word.
ESCAPES = {"\\040": " ", "\\011": "\t", "\\012": "\n", "\\134": "\\"}


def mount_function(program: str) -> Mount:
    """Return what mounts: the system's own call, or the program where Python cannot call it."""
    try:
        import ctypes  # noqa: PLC0415 - a Python may lack it

        libc = ctypes.CDLL(None, use_errno=True)
    except (ImportError, OSError):
        return lambda *asked: by_program(program, *asked)

    def mount(source: str, target: str, kind: str, flags: int, data: str) -> None:
        words = [os.fsencode(word) for word in (source, target, kind)]
        if libc.mount(*words, ctypes.c_ulong(flags), os.fsencode(data)) != 0:
            code = ctypes.get_errno()
            raise OSError(code, f"mount: {os.strerror(code)}", target)

    return mount


def by_program(program: str, source: str, target: str, kind: str, flags: int, data: str) -> None:
    """Mount with the system's program."""
    if flags & REMOUNT:
        words = ["-o", f"remount,bind,{'ro' if flags & RDONLY else 'rw'}", target]
    elif flags & BIND:
        words = ["--rbind" if flags & REC else "--bind", source, target]
    else:
        words = ["-t", kind, "-o", data, source, target]
    code = os.spawnv(os.P_WAIT, program, [program, *words])  # noqa: S606 - likewise
    if code != 0:
        raise OSError(code, "mount failed", target)


class View:
    """Makes what is seen, step by step; each step of a plan is a method with its words."""

    def __init__(self, mount: Mount) -> None:
        self._mount = mount

    def read_only(self) -> None:
        """Make all that is mounted read-only, and what of /proc changes the system."""
        for point, options in mounted().items():
            if point == "/proc" or point.startswith("/proc/"):
                continue
            kept = sum(bit for name, bit in KEPT_FLAGS.items() if name in options)
            try:
                self._mount("", point, "", REMOUNT | BIND | RDONLY | kept, "")
            except OSError:
                continue  # behind another mount, most often; the root is looked at below
        if os.access("/", os.W_OK):
            raise PermissionError("the file system cannot be made read-only")
        for path in (f"/proc/{name}" for name in PROC_NAMES):
            if os.path.exists(path):
                self.bind(path, path)
                self._change(path, RDONLY)

    def stage(self, path: str) -> None:
        """Put an empty file system where folders are prepared."""
        self._mount("tmpfs", path, "tmpfs", 0, "mode=0755")

    def room(self, path: str) -> None:
        """Make a folder that everybody may write to."""
        os.mkdir(path)
        os.chmod(path, 0o1777)  # noqa: S103 - it stands for /tmp

    def folder(self, path: str) -> None:
        """Make a folder to mount on."""
        os.makedirs(path, exist_ok=True)

    def file(self, path: str) -> None:
        """Make a file to mount on."""
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "ab"):
            pass

    def link(self, target: str, path: str) -> None:
        """Make a symbolic link."""
        os.symlink(target, path)

    def bind(self, source: str, target: str) -> None:
        """Show one thing under another name."""
        self._mount(source, target, "", BIND, "")

    def tree(self, source: str, target: str) -> None:
        """Show a folder with what is mounted in it under another name."""
        self._mount(source, target, "", BIND | REC, "")

    def empty(self, path: str) -> None:
        """Hide what a file holds; most of them are gone by now, with their folder."""
        if os.path.exists(path):
            self.bind("/dev/null", path)

    def writable(self, path: str) -> None:
        """Let a folder be written to; where nothing hides it, it is no mount of its own yet."""
        if path not in mounted():
            self.bind(path, path)
        self._change(path, 0)

    def _change(self, path: str, flags: int) -> None:
        kept = os.statvfs(path).f_flag & KEPT_BITS
        self._mount("", path, "", REMOUNT | BIND | kept | flags, "")


def mounted() -> dict[str, list[str]]:
    """Return where something is mounted, with its options; the last of one place is on top."""
    found = {}
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            words = line.split(" ")
            point = words[4]
            for escape, meant in ESCAPES.items():
                point = point.replace(escape, meant)
            found[point] = words[5].split(",")
    return found


def steps_of(words: list[str]) -> Iterator[list[str]]:
    """Give the steps; an empty word ends each."""
    step: list[str] = []
    for word in words:
        if word:
            step.append(word)
        else:
            yield step
            step = []


def main() -> None:
    """Take the steps, then become the command; whatever goes wrong is told and ends it.

    The words are the folder to start in, the program that mounts, how many words the steps have,
    the steps, and the command.
    """
    start, program, count, *words = sys.argv[1:]
    command = words[int(count) :]
    try:
        view = View(mount_function(program))
        for step, *rest in steps_of(words[: int(count)]):
            getattr(view, step)(*rest)
        os.chdir(start)
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.exit(f"{error.filename or ''} {error.strerror or error}".strip())


if __name__ == "__main__":
    main()
