"""Foreign code: the only place that runs what was fetched, away from everything it need not see.

On Linux, where the system lets a user make namespaces, foreign code has no network, sees no other
process, and finds the home folder, the temporary folders, the project and every place of which a
variable says that credentials lie there empty but for what it needs; everything outside its build
folder is read-only. Elsewhere it runs with a built-up environment and a home of its own, and
`Sandbox.exposed` says what it could still reach. What runs for its user's sake, an app that is
served, has the network and is kept from everything else all the same.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

from lading.core.access.ambient import credential_places
from lading.core.errors import LadingError
from lading.edges.processes import Completed, run_process
from lading.edges.processes.running import Program, RunningProcess
from lading.edges.sandbox.view import View, outermost_first, plan_view

TIME_LIMIT = 30 * 60.0  # seconds
_PROBE_SECONDS = 20.0
# The name of the build folder inside; /tmp is always one of its own there.
_BUILD_FOLDER = Path("/tmp/lading-build")  # noqa: S108 - in a namespace
# Variables that name folders in which CI systems keep what steps must not see of each other.
_PRIVATE_VARIABLES = ("HOME", "TMPDIR", "TMP", "TEMP", "RUNNER_TEMP", "AGENT_TEMPDIRECTORY")
# /run holds the sockets of keyrings, agents and container engines; /dev the disks, for root.
_PRIVATE_FOLDERS = ("/tmp", "/var/tmp", "/run", "/dev")  # noqa: S108 - hidden, not used
# Compilers that people keep below their home, without the credentials that lie beside them.
_TOOLCHAINS = (".pyenv", ".rustup", ".cargo/bin", ".nix-profile")
# Not every system lets a user mount a /proc of its own (containers with a masked one do not).
_LADDER = (("user", "pid", "mount", "ipc", "network"), ("user", "mount", "ipc", "network"))
# With the network an app looks up names, and this may lie in a hidden folder.
_RESOLVER = Path("/etc/resolv.conf")
# A program that is killed with its parent, whatever it does.
_WITH_PARENT = ("--pdeathsig", "KILL", "--")
_FLAGS = {
    "user": ("--user", "--map-root-user"),
    "pid": ("--pid", "--fork", "--kill-child", "--mount-proc"),
    "mount": ("--mount",),
    "ipc": ("--ipc",),
    "network": ("--net",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One run of foreign code: what, in which environment, and what it may see.

    It may write below `folder` and `writes` only, and starts in `folder` or, below it, in `start`;
    `needs` are the folders that it reads (an interpreter's, say), even where they lie in one that
    is hidden. Where namespaces allow, `folder` has the same name in every run, so that paths which
    compilers write into their results are the same too; command and environment are adapted.
    `time_limit` (seconds) takes the place of the sandbox's own; of each stream no more than
    `most_output` bytes are kept.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    start: Path | None = None
    needs: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    time_limit: float | None = None
    most_output: int | None = None


@cache
def prepare_text() -> str:
    """Return the program that prepares the namespaces and becomes the command."""
    return files("lading.edges.sandbox").joinpath("prepare.py").read_text("utf-8")


class Sandbox:
    """Runs foreign code, confined as well as this system allows.

    `private` are further folders to hide (the project, with its `.env` and `.git`); with `network`
    it is left the network, and what listens on this machine. The confinement is tried once, at the
    first use, and never loosened later: a system that stops allowing it fails the build.
    """

    def __init__(
        self,
        *,
        ambient: Mapping[str, str],
        private: Iterable[Path] = (),
        time_limit: float = TIME_LIMIT,
        platform: str = sys.platform,
        network: bool = False,
    ) -> None:
        self._ambient = ambient
        self._network = network
        self._private = tuple(private)
        self._time_limit = time_limit
        self._platform = platform

    @property
    def description(self) -> str:
        """Return how foreign code is confined, or "none: …" with the reason."""
        kinds, reason = self._confinement
        return f"{', '.join(kinds[:-1])} and {kinds[-1]} namespaces" if kinds else f"none: {reason}"

    @property
    def exposed(self) -> tuple[str, ...]:
        """Return what foreign code can still reach of this machine, for the report."""
        kinds, _reason = self._confinement
        if not kinds:
            return (
                "all files of the user who runs the build, also in the home folder",
                "environment and memory of that user's other processes",
                "the network",
            )
        processes = () if "pid" in kinds else ("command lines of other processes",)
        network = ("the network",) if self._network else ()
        return ("files outside home, temporary folders and project, to read", *processes, *network)

    def run(self, errand: Errand) -> Completed:
        """Run foreign code to its end and return what it said; the caller judges the exit code.

        Raises ProcessError when it cannot start or takes longer than the time limit. Everything
        that it started has ended then, also when this process is interrupted.
        """
        kinds, _reason = self._confinement
        if not kinds:
            return self._run(errand.command, errand)
        with tempfile.TemporaryDirectory(prefix="lading-stage-") as stage:
            command = self._confined(errand, kinds, Path(stage))
            return self._run(command, replace(errand, environment=_environment(errand)))

    def start(self, errand: Errand, *, on_end: Callable[[int], None]) -> RunningProcess:
        """Start foreign code that goes on beside this process; `time_limit` does not hold for it.

        When it has ended, with all that it started, `on_end` is called in a thread with how. Raises
        ProcessError when it cannot start.
        """
        kinds, _reason = self._confinement
        folder = errand.start or errand.folder
        if not kinds:
            command = (*self._with_parent, *errand.command)
            program = Program(command=command, environment=errand.environment, folder=folder)
            return RunningProcess(program, on_end=on_end)
        stage = tempfile.TemporaryDirectory(prefix="lading-stage-")

        def end(code: int) -> None:
            stage.cleanup()
            on_end(code)

        with ExitStack() as held:
            held.callback(stage.cleanup)
            command = (*self._with_parent, *self._confined(errand, kinds, Path(stage.name)))
            program = Program(command=command, environment=_environment(errand), folder=folder)
            running = RunningProcess(program, on_end=end)
            held.pop_all()
        return running

    def _run(self, command: Sequence[str], errand: Errand) -> Completed:
        return run_process(
            command,
            environment=errand.environment,
            timeout=errand.time_limit or self._time_limit,
            folder=errand.start or errand.folder,
            most_output=errand.most_output,
        )

    @cached_property
    def _confinement(self) -> tuple[tuple[str, ...], str]:
        if self._platform != "linux":
            return (), f"{self._platform} has no namespaces"
        reason = ""
        for step in _LADDER:
            kinds = tuple(kind for kind in step if kind != "network" or not self._network)
            reason = self._try(kinds)
            if not reason:
                return kinds, ""
        return (), reason

    @cached_property
    def _with_parent(self) -> tuple[str, ...]:
        """Return the words that let a program be killed with this process, () where none do so."""
        if self._platform != "linux":
            return ()
        words = (self._program("setpriv"), *_WITH_PARENT)
        path = {"PATH": self._ambient.get("PATH", os.defpath)}
        try:
            done = run_process((*words, "true"), environment=path, timeout=_PROBE_SECONDS)
        except LadingError:
            return ()
        return words if done.code == 0 else ()

    def _try(self, kinds: tuple[str, ...]) -> str:
        with (
            tempfile.TemporaryDirectory(prefix="lading-probe-") as folder,
            tempfile.TemporaryDirectory(prefix="lading-stage-") as stage,
        ):
            path = {"PATH": self._ambient.get("PATH", os.defpath)}
            errand = Errand(command=("true",), environment=path, folder=Path(folder))
            command = self._confined(errand, kinds, Path(stage))
            try:
                done = run_process(command, environment=path, timeout=_PROBE_SECONDS)
            except LadingError as error:
                return error.message
        if done.code == 0:
            return ""
        return (done.stderr.strip().splitlines() or [f"unshare ended with {done.code}"])[0]

    def _confined(self, errand: Errand, kinds: tuple[str, ...], stage: Path) -> tuple[str, ...]:
        named = (*errand.needs, *self._toolchains())
        # By both names: the hidden folders go by their real ones.
        needs = sorted({path.absolute() for path in (*named, *(path.resolve() for path in named))})
        writes = tuple(path.resolve() for path in errand.writes)
        known = [path for path in (_RESOLVER.resolve(),) if self._network and path.is_file()]
        kept = (
            *((path, path) for path in (*needs, *writes, *known)),
            (errand.folder, _BUILD_FOLDER),
        )
        hidden = self._hidden(errand.needs)
        view = View(
            hidden=outermost_first(hidden, tuple(seen_as for _path, seen_as in kept)),
            kept=kept,
            emptied=self._hidden_files(),
            writable=(*writes, _BUILD_FOLDER),
            stage=stage.resolve(),
        )
        ids = (f"--map-user={os.getuid()}", f"--map-group={os.getgid()}")
        # Never looked for on the errand's PATH, which begins with what was fetched.
        unshare = self._program("unshare")
        command = [_inside(word, errand.folder) for word in errand.command]
        # An empty word ends a step.
        steps = [word for step in plan_view(view) for word in (*step, "")]
        start = _inside(str(errand.start or errand.folder), errand.folder)
        flags = [flag for kind in kinds for flag in _FLAGS[kind]]
        prepare = (sys.executable, "-I", "-S", "-c", prepare_text(), start, self._program("mount"))
        inner = (unshare, "--user", *ids, "--", *command)
        return (unshare, *flags, "--", *prepare, str(len(steps)), *steps, *inner)

    def _program(self, name: str) -> str:
        return shutil.which(name, path=self._ambient.get("PATH", os.defpath)) or name

    def _hidden(self, needs: tuple[Path, ...]) -> tuple[Path, ...]:
        named = [self._ambient[name] for name in _PRIVATE_VARIABLES if self._ambient.get(name)]
        paths = [Path(text) for text in (*_PRIVATE_FOLDERS, *named, tempfile.gettempdir())]
        paths += [Path(_account_home()), *self._private]
        paths += self._credential_places()
        folders = {path.resolve() for path in paths if path.is_absolute() and _is_folder(path)}
        # A folder that an interpreter lives in cannot be hidden, nor can the root of everything.
        needed = {path.resolve() for path in needs}
        return tuple(
            folder
            for folder in sorted(folders)
            if folder != folder.parent and not any(path == folder for path in needed)
        )

    def _hidden_files(self) -> tuple[Path, ...]:
        files = [path for path in self._credential_places() if _is_file(path)]
        return tuple(sorted({path.resolve() for path in files}))

    def _credential_places(self) -> tuple[Path, ...]:
        named = os.pathsep.join(credential_places(self._ambient)).split(os.pathsep)
        return tuple(path for path in map(Path, named) if path.is_absolute())

    def _toolchains(self) -> tuple[Path, ...]:
        home = Path(self._ambient.get("HOME") or _account_home())
        on_path = [Path(entry) for entry in self._ambient.get("PATH", "").split(os.pathsep)]
        folders = [path for path in on_path if path.is_absolute()]
        folders += [home / name for name in _TOOLCHAINS]
        return tuple(folder for folder in folders if _is_folder(folder))


def _environment(errand: Errand) -> dict[str, str]:
    return {name: _inside(value, errand.folder) for name, value in errand.environment.items()}


def _inside(text: str, folder: Path) -> str:
    return text.replace(str(folder), str(_BUILD_FOLDER))


def _account_home() -> str:
    # HOME may have been set to something else; the account's own folder is where secrets lie.
    return os.path.expanduser(f"~{_account()}")  # noqa: PTH111 - Path raises where it is unknown


def _account() -> str:
    if sys.platform == "win32":
        return ""
    import pwd  # noqa: PLC0415 - POSIX only

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def _is_folder(path: Path) -> bool:
    # Unlike Path.is_dir, it says no to what lies behind a folder that this user may not enter.
    return os.path.isdir(path)  # noqa: PTH112


def _is_file(path: Path) -> bool:
    # A socket answers its agent's questions; what devices hold is nobody's.
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) or stat.S_ISSOCK(mode)
