"""Whether a wheel that was built here is what the lock says and what the target can load."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from lading.core.errors import BuildError
from lading.core.lock import LockedSource
from lading.core.runtimes import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltWheel:
    """What was found in a built wheel.

    `pointers` are members that are Git LFS pointers instead of content; `glibc` the newest symbol
    version that its native code names, None where there is none; `musl` that it links to musl.
    """

    filename: str
    pointers: tuple[str, ...] = ()
    glibc: tuple[int, int] | None = None
    musl: bool = False


def check_built_wheel(
    built: BuiltWheel, source: LockedSource, runtime: Runtime | None, *, builder: str
) -> tuple[str, str]:
    """Return the canonical name and the version of a built wheel that may be used.

    `builder` says which Python built it; with `runtime` None it is for no target in particular.
    Raises BuildError with everything that is wrong.
    """
    try:
        name, version, _build, tags = parse_wheel_filename(built.filename)
    except InvalidWheelFilename as error:
        raise BuildError(
            f"the build made {built.filename!r}, which is no wheel's name",
            remedy="Correct the name or the version in the source.",
        ) from error
    problems = _wrong_identity(name, version, source)
    if built.pointers:
        listed = ", ".join(built.pointers[:5])
        problems.append(
            f"Git LFS pointers stand where content should be: {listed} (Git LFS is not followed)"
        )
    if runtime is not None and not tags & set(runtime.tags()):
        problems.append(
            f"it was built by {builder} and cannot be loaded by Python {runtime.python} on Linux "
            f"x86-64; compiled code must be built there, by a Python {runtime.python}"
        )
    elif runtime is not None and any(tag.platform != "any" for tag in tags):
        problems += _wrong_library(built, runtime)
    if problems:
        raise BuildError(
            "\n".join(f"{built.filename}: {problem}" for problem in problems),
            remedy=_remedy(built, runtime),
        )
    return name, str(version)


def _wrong_identity(name: str, version: Version, source: LockedSource) -> list[str]:
    problems = []
    if source.name and name != canonicalize_name(source.name):
        problems.append(f"the lock says {source.name}, but the source calls itself {name}")
    if source.version and not _equal(version, source.version):
        problems.append(
            f"the lock says version {source.version}, but the build made {version}"
            " (a tag was moved or added, or the version depends on the day or the machine)"
        )
    return problems


def _equal(version: Version, text: str) -> bool:
    try:
        return version == Version(text)
    except InvalidVersion:
        return False


def _wrong_library(built: BuiltWheel, runtime: Runtime) -> list[str]:
    if built.musl:
        return [f"it was built for musl, but {runtime.image} has glibc"]
    if built.glibc is not None and built.glibc > runtime.glibc:
        needed, offered = (".".join(map(str, version)) for version in (built.glibc, runtime.glibc))
        return [f"its native code needs glibc {needed}, but {runtime.image} has {offered}"]
    return []


def _remedy(built: BuiltWheel, runtime: Runtime | None) -> str:
    if built.pointers:
        return "Commit these files without Git LFS, or leave them out of the wheel."
    if runtime is None:
        return "Correct the name or the version in the source."
    return (
        f"Build where Python {runtime.python} is installed, on {runtime.image} or an older Linux "
        "x86-64; or publish a wheel for it. After a change of tags, lock again."
    )
