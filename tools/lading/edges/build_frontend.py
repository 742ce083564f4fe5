"""Build back ends: the only place that runs them, in a sandbox and without any index.

pip builds the wheel, `build` the source archive, and it asks for further requirements (PEP 517).
Both run in a virtual environment that holds exactly the wheels that were handed in.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from build import BuildBackendException, BuildException, ProjectBuilder

from lading.core.errors import BuildError, LadingError
from lading.core.secret import hide_userinfo
from lading.core.wheel import Wheel
from lading.edges.airlock import Enclosure
from lading.edges.interpreters import Interpreter
from lading.edges.processes import Completed, base_environment
from lading.edges.sandbox import Errand

Result = Literal["wheel", "sdist"]

_TOLD_LINES = 30
_WINDOWS = os.name == "nt"
# What pip must not take from anywhere, and what must be equal on every machine. Compiler variables
# (CC, CFLAGS…) are left out on purpose: the wheel would depend on them, and nobody would see it.
_PINNED = {
    "NETRC": os.devnull,
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_KEYRING_PROVIDER": "disabled",
    "PIP_NO_INPUT": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
}
_PIP = (sys.executable, "-I", "-m", "pip")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSite:
    """One source ready to be built.

    `root` is a folder of its own that holds the tree at `root/src`; `subdirectory` is where in it
    the project is; `wheels` are its build requirements; `epoch` is its SOURCE_DATE_EPOCH; `subject`
    names it in errors.
    """

    root: Path
    subject: str
    wheels: tuple[Wheel, ...]
    epoch: int
    subdirectory: str = ""

    @property
    def project(self) -> Path:
        """Return the folder with pyproject.toml or setup.py."""
        return self.root / "src" / self.subdirectory


class BuildFrontend:
    """Builds sources with one interpreter (the running one by default), in one enclosure."""

    def __init__(
        self,
        *,
        enclosure: Enclosure,
        ambient: Mapping[str, str],
        interpreter: Interpreter | None = None,
    ) -> None:
        self._enclosure = enclosure
        self._ambient = ambient
        self._python = interpreter.path if interpreter else Path(sys.executable)
        version = interpreter.version if interpreter else platform.python_version()
        system = interpreter.platform if interpreter else sysconfig.get_platform()
        self._identity = f"Python {version} on {system}"

    @property
    def identity(self) -> str:
        """Return which Python builds, to its patch version, and for which platform."""
        return self._identity

    def ask_requires(self, site: BuildSite, result: Result = "wheel") -> tuple[str, ...]:
        """Return what the back end needs beyond `[build-system].requires` for a result.

        Runs the source's own code. Raises BuildError with the end of its output.
        """
        with self._hooks(site, "its build requirements cannot be asked for") as builder:
            return tuple(sorted(builder.get_requires_for_build(result)))

    def build_sdist(self, site: BuildSite) -> Path:
        """Build a source archive and return its path, below `site.root`.

        Runs the source's own code. Raises BuildError with the end of its output.
        """
        out = site.root / "out"
        out.mkdir(exist_ok=True)
        with self._hooks(site, "its source archive cannot be built", (out,)) as builder:
            builder.build("sdist", out)
        built = sorted(path for path in out.iterdir() if path.is_file())
        if len(built) != 1:
            nothing = Completed(command=(), code=0, stdout="", stderr="")
            raise self._failure(site, f"its back end made {len(built)} source archives", nothing)
        return built[0]

    @contextmanager
    def _hooks(
        self, site: BuildSite, failing: str, writes: tuple[Path, ...] = ()
    ) -> Iterator[ProjectBuilder]:
        """Give `build`'s way to a source's back end; every hook runs in the enclosure."""
        python = self._furnish(site)
        outputs: list[Completed] = []

        def run(
            cmd: Sequence[str],
            cwd: str | None = None,
            extra_environ: Mapping[str, str] | None = None,
        ) -> None:
            ran = self._run(
                site,
                cmd,
                further=extra_environ or {},
                start=Path(cwd) if cwd else site.project,
                # The last word is the folder in which question and answer are exchanged.
                writes=(Path(cmd[-1]), *writes),
            )
            outputs.append(ran)
            if ran.code != 0:
                raise self._failure(site, failing, ran)

        try:
            yield ProjectBuilder(site.project, python_executable=str(python), runner=run)
        except BuildBackendException as error:
            # What the runner raised, which tells more, comes wrapped.
            if isinstance(error.exception, LadingError):
                raise error.exception from None
            raise self._failure(site, str(error), outputs[-1]) from error
        except BuildException as error:
            told = outputs[-1] if outputs else Completed(command=(), code=1, stdout="", stderr="")
            raise self._failure(site, str(error), told) from error

    def build(self, site: BuildSite) -> Path:
        """Build a wheel and return its path, below `site.root`.

        Runs the source's own code. Raises BuildError with the end of its output.
        """
        python = self._furnish(site)
        out = site.root / "out"
        command = (
            *(*_PIP, "--python", str(python), "wheel", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--check-build-dependencies", "--no-cache-dir"),
            *("--wheel-dir", str(out), str(site.project)),
        )
        ran = self._run(site, command)
        built = sorted(out.glob("*.whl")) if out.is_dir() else []
        if ran.code != 0 or len(built) != 1:
            raise self._failure(site, "it cannot be built", ran)
        return built[0]

    def _furnish(self, site: BuildSite) -> Path:
        """Create the virtual environment of the build requirements; return its interpreter."""
        folder = site.root / "venv"
        python = folder.joinpath(*(("Scripts", "python.exe") if _WINDOWS else ("bin", "python")))
        if python.exists():
            return python
        create = (str(self._python), "-I", "-m", "venv", "--without-pip", str(folder))
        ran = self._run(site, create)
        if ran.code != 0:
            raise self._failure(site, f"{self._python} cannot make a virtual environment", ran)
        wheels = _copy_wheels(site.wheels, site.root / "wheels")
        if wheels:
            words = ("install", "--no-index", "--no-deps", "--no-compile", "--no-cache-dir")
            ran = self._run(site, (*_PIP, "--python", str(python), *words, *map(str, wheels)))
            if ran.code != 0:
                raise self._failure(site, "its build requirements cannot be installed", ran)
        return python

    def _run(
        self,
        site: BuildSite,
        command: Sequence[str],
        *,
        further: Mapping[str, str] | None = None,
        start: Path | None = None,
        writes: tuple[Path, ...] = (),
    ) -> Completed:
        scripts = site.root / "venv" / ("Scripts" if _WINDOWS else "bin")
        environment = base_environment(self._ambient, home=site.root / "home") | _PINNED
        environment["PATH"] = os.pathsep.join((str(scripts), environment.get("PATH", os.defpath)))
        environment["SOURCE_DATE_EPOCH"] = str(site.epoch)
        environment |= further or {}
        errand = Errand(
            command=tuple(command),
            environment=environment,
            folder=site.root,
            start=start,
            needs=(*_prefixes(self._python), *_own_folders()),
            writes=writes,
        )
        try:
            return self._enclosure.run(errand)
        except LadingError as error:
            raise BuildError(f"{site.subject}: {error.message}", remedy=error.remedy) from error

    def _failure(self, site: BuildSite, what: str, ran: Completed) -> BuildError:
        told = hide_userinfo(f"{ran.stdout}\n{ran.stderr}".replace(str(site.root), ""))
        lines = [line for line in told.splitlines() if line.strip()][-_TOLD_LINES:]
        return BuildError(
            "\n".join((f"{site.subject}: {what}", *(f"  | {line}" for line in lines))),
            remedy="Builds have no network and no index: what they need is declared in "
            "[build-system].requires. Correct it in the source, or take a version with a wheel.",
        )


def _copy_wheels(wheels: tuple[Wheel, ...], into: Path) -> list[Path]:
    """Copy wheels to where the build sees them, and check that they are the locked ones."""
    into.mkdir(exist_ok=True)
    copies = []
    for wheel in wheels:
        copy = into / wheel.filename
        shutil.copyfile(wheel.path, copy)
        with copy.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != wheel.sha256:
            raise BuildError(
                f"the build requirement {wheel.filename} changed on this machine",
                remedy="Run again; what is damaged in the store is fetched anew.",
            )
        copies.append(copy)
    return copies


def _prefixes(python: Path) -> tuple[Path, ...]:
    """Return the folders that an interpreter lives in: its environment's and its own."""
    binaries = (python, python.resolve(), Path(sys.executable).resolve())
    found = (Path(sys.prefix), Path(sys.base_prefix), *(path.parents[1] for path in binaries))
    return tuple(dict.fromkeys(folder for folder in found if folder != folder.parent))


def _own_folders() -> Iterable[Path]:
    """Return where this interpreter finds the front ends, wherever they were installed."""
    for name in ("pip", "pyproject_hooks"):
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            yield Path(found.origin).parent
