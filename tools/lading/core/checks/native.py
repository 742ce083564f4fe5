"""What native files are checked for: machine, ABI, versions of C and C++, libraries they need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from lading.core.bundle import owner_of
from lading.core.findings import Finding, Severity
from lading.core.images import ABI_VERSIONS, Image, Version, image_of
from lading.core.layer import SITE_PACKAGES, Layer
from lading.core.native import NativeFile, read_tag
from lading.core.runtimes import Runtime

_PLATFORM = "x86_64-linux-gnu"
# More than this many names in one line help nobody.
_MOST_NAMES = 3
_CODES = {"glibc": "glibc-too-new", "libstdc++": "libstdcxx-too-new"}
# What helps, by the library that is missing (its name up to ".so").
_HINTS = {
    "libGL": "Ask for opencv-python-headless in place of opencv-python.",
    "libEGL": "Ask for opencv-python-headless in place of opencv-python.",
    "libpq": "Ask for psycopg2-binary, or psycopg[binary], which bring it.",
    "libmysqlclient": "Ask for PyMySQL or mysql-connector-python, which need no library.",
    "libmariadb": "Ask for PyMySQL or mysql-connector-python, which need no library.",
    "libodbc": "Ask for a pyodbc wheel from PyPI; the image has unixODBC and Microsoft's driver.",
    "libtdsodbc": "Use the image's own driver: “ODBC Driver 18 for SQL Server”.",
    "libmagic": "Ask for a package that brings it, or guess types with the standard library.",
    "libcairo": "Ask for a wheel that brings it, or make the drawing elsewhere.",
    "libpango-1": "Ask for a wheel that brings it, or make the document elsewhere.",
}
# The graphics driver: nothing on Azure Functions has one, and libraries look for it when asked.
_DRIVERS = ("libcuda.so", "libnvidia-ml.so", "libnvcuvid.so", "libnvidia-encode.so")


def check_native(layers: Sequence[Layer], runtime: Runtime) -> tuple[Finding, ...]:
    """Find native files that the target cannot load, and what they need that is not there."""
    image = image_of(runtime.image)
    present = _present(layers)
    return tuple(
        finding
        for layer in layers
        if layer.native
        for finding in (
            *_check_platform(layer, runtime),
            *_check_abi(layer, runtime),
            *_check_versions(layer, image, runtime),
            *_check_libraries(layer, image, present),
        )
    )


def _present(layers: Iterable[Layer]) -> frozenset[str]:
    """Return every library that the package brings, whoever has it: loaded once, found by all."""
    files = [file for layer in layers for file in layer.native if file.fits_machine]
    return frozenset(file.base for file in files) | frozenset(file.soname for file in files)


def _check_platform(layer: Layer, runtime: Runtime) -> Iterator[Finding]:
    """Find what is for another system, where there is nothing beside it for this one.

    Packages for all systems in one wheel have libraries for each of them, and programs as data.
    """
    usable = {file.module for file in layer.native if _loads(file, runtime)}
    any_usable = any(file.fits_machine for file in layer.native)
    foreign = [
        file
        for file in layer.native
        if file.is_library
        and not _fits_platform(file)
        and file.module not in usable
        and not _has_source(layer, file)
        and (not any_usable or (file.base.endswith(".so") and file.is_extension))
    ]
    if foreign:
        yield Finding(
            code="wrong-platform",
            severity="error",
            subject=owner_of(layer),
            evidence=f"{_names(foreign)}: made for {_made_for(foreign[0])}, not Linux on x86-64",
            remedy="Ask for a version with a wheel for Linux, or leave these files out.",
        )


def _check_abi(layer: Layer, runtime: Runtime) -> Iterator[Finding]:
    usable = {file.module for file in layer.native if _loads(file, runtime)}
    other = [
        file
        for file in layer.native
        if file.is_extension
        and _fits_platform(file)
        and read_tag(file.base)[0] not in {"", _abi(runtime)}
        and file.module not in usable
        and not _has_source(layer, file)
    ]
    if other:
        found = ", ".join(sorted({read_tag(file.base)[0] for file in other}))
        yield Finding(
            code="wrong-abi",
            severity="error",
            subject=owner_of(layer),
            evidence=f"{_names(other)}: for {found}, and Python {runtime.python} imports only"
            f" {_abi(runtime)} and abi3",
            remedy=f"Build it for Python {runtime.python}, or set python = to what it is for.",
        )


def _check_versions(layer: Layer, image: Image, runtime: Runtime) -> Iterator[Finding]:
    brings_its_own = any(file.base == "libstdc++.so.6" for file in layer.native)
    imported = _needed_by_imports(layer)
    for word, library in ABI_VERSIONS.items():
        if library == "libstdc++" and brings_its_own:
            continue
        limit = image.versions[word]
        newer = [(version, file) for version, file in _asked(layer, word) if version > limit]
        if newer:
            highest, example = max(newer, key=lambda pair: pair[0])
            yield Finding(
                code=_CODES[library],
                severity=_severity(imported, [file for _, file in newer]),
                subject=owner_of(layer),
                evidence=f"{example.name} asks for {word}_{_number(highest)}, and"
                f" {image.name}, which runs Python {runtime.python}, has up to"
                f" {word}_{_number(limit)} ({len(newer)} of its files)",
                remedy="Ask for a version with a wheel for an older manylinux, build it on"
                f" {image.name}, or move to a Python with a newer image.",
            )


def _check_libraries(layer: Layer, image: Image, present: frozenset[str]) -> Iterator[Finding]:
    lacking: dict[str, list[NativeFile]] = {}
    doubtful: dict[str, list[NativeFile]] = {}
    for file in layer.native:
        if file.is_library and file.fits_machine:
            for library in file.needed:
                if not _found(library, image, present):
                    group = doubtful if library in image.in_containers else lacking
                    group.setdefault(library, []).append(file)
    if lacking:
        files = {file.base for file in _once(lacking.values())}
        where = f"neither on {image.name} nor in the package"
        yield _missing(layer, lacking, where, "error" if _is_vital(layer, files) else "warning")
    if doubtful:
        where = f"only known to be in the container image on {image.name}"
        yield _missing(layer, doubtful, where, "warning")


def _missing(
    layer: Layer, needs: Mapping[str, Sequence[NativeFile]], where: str, severity: Severity
) -> Finding:
    libraries = sorted(needs)
    hints = [_HINTS[name] for name in (_short(one) for one in libraries) if name in _HINTS]
    general = "Ask for a wheel that brings it (most on PyPI do), or for a package without it."
    return Finding(
        code="missing-library",
        severity=severity,
        subject=owner_of(layer),
        evidence=f"{_names(_once(needs.values()))}: needs {_shown(libraries)}, {where}",
        remedy=hints[0] if hints else general,
    )


def _short(library: str) -> str:
    return library.partition(".so")[0]


def _once(groups: Iterable[Sequence[NativeFile]]) -> list[NativeFile]:
    return list({file.name: file for files in groups for file in files}.values())


def _severity(imported: frozenset[str], files: Iterable[NativeFile]) -> Severity:
    """Return how bad it is that files cannot be loaded.

    A plugin or a library for ctypes is loaded when somebody asks for it, or never.
    """
    return "error" if any(file.base in imported for file in files) else "warning"


def _is_vital(layer: Layer, broken: Collection[str]) -> bool:
    """Say whether a top-level package has lost half of its extension modules or more.

    One of many is for something else that may be there or not: numba's for TBB, a driver, a window.
    """
    modules: dict[str, list[bool]] = {}
    for file in _extensions(layer):
        top = file.module.removeprefix(SITE_PACKAGES).partition("/")[0]
        lost = not _loaded_with([file], layer).isdisjoint(broken)
        modules.setdefault(top, []).append(lost)
    return any(2 * sum(lost) >= len(lost) for lost in modules.values())


def _needed_by_imports(layer: Layer) -> frozenset[str]:
    """Return the extension modules of a layer and the libraries that load with them, by name."""
    return _loaded_with(_extensions(layer), layer)


def _extensions(layer: Layer) -> list[NativeFile]:
    # Who says that a wheel is for every platform has what to do without them.
    pure = bool(layer.tags) and all(tag.endswith("-any") for tag in layer.tags)
    return [file for file in layer.native if file.is_extension and not pure]


def _loaded_with(files: Iterable[NativeFile], layer: Layer) -> frozenset[str]:
    by_name = {file.soname: file for file in layer.native if file.soname}
    by_name |= {file.base: file for file in layer.native}
    reached: set[str] = set()
    waiting = list(files)
    while waiting:
        file = waiting.pop()
        if file.base not in reached:
            reached.add(file.base)
            waiting += [by_name[name] for name in file.needed if name in by_name]
    return frozenset(reached)


def _found(library: str, image: Image, present: frozenset[str]) -> bool:
    base = library.rpartition("/")[2]
    return image.has(base) or base in present or base.startswith(_DRIVERS)


def _asked(layer: Layer, word: str) -> Iterator[tuple[Version, NativeFile]]:
    for file in layer.native:
        version = dict(file.asks).get(word)
        if version is not None and file.is_library and file.fits_machine:
            yield version, file


def _loads(file: NativeFile, runtime: Runtime) -> bool:
    """Say whether an import can find and load it."""
    return _fits_platform(file) and read_tag(file.base)[0] in {"", _abi(runtime)}


def _fits_platform(file: NativeFile) -> bool:
    return file.fits_machine and read_tag(file.base)[1] in {"", _PLATFORM}


def _has_source(layer: Layer, file: NativeFile) -> bool:
    """Say whether the module is there in Python as well, and the native one only makes it quick."""
    wanted = {f"{file.module}.py", f"{file.module}/__init__.py"}
    return any(member.name in wanted for member in layer.members)


def _abi(runtime: Runtime) -> str:
    return f"cp{runtime.python.replace('.', '')}"


def _made_for(file: NativeFile) -> str:
    if file.kind == "mach-o":
        return "macOS"
    if file.kind == "pe":
        return "Windows"
    told = read_tag(file.base)[1]
    return file.machine.removeprefix("EM_") if not file.fits_machine else told


def _names(files: Iterable[NativeFile]) -> str:
    return _shown([file.name for file in files])


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown} and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else shown


def _number(version: Version) -> str:
    return ".".join(map(str, version))
