"""Who a wheel is: its file name against its WHEEL and METADATA, and against the target."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.metadata import parse_email
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from lading.core.runtimes import Runtime
from lading.core.wheel import Wheel

_UNDERSTOOD = "1"


def dist_info_folder(names: Iterable[str]) -> tuple[str, ...]:
    """Return the top-level `.dist-info` folders; a wheel has one."""
    tops = {name.partition("/")[0] for name in names if "/" in name}
    return tuple(sorted(top for top in tops if top.endswith(".dist-info")))


def parse_wheel_identity(filename: str) -> tuple[str, str] | None:
    """Return the canonical name and version that a wheel's name states, None where it is none."""
    try:
        name, version, _build, _tags = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return None
    return str(name), str(version)


def check_file_name(wheel: Wheel, runtime: Runtime) -> tuple[str, ...]:
    """Return why a wheel's file name does not fit what was locked, or what the target can load."""
    try:
        name, version, _build, tags = parse_wheel_filename(wheel.filename)
    except InvalidWheelFilename as error:
        return (str(error),)
    problems = []
    if name != canonicalize_name(wheel.name) or not _same_version(str(version), wheel.version):
        problems.append(f"the file is {name} {version}, not {wheel.name} {wheel.version}")
    if tags.isdisjoint(runtime.tags()):
        shown = ", ".join(sorted(map(str, tags)))
        problems.append(
            f"its tags ({shown}) do not fit Python {runtime.python}"
            f" on Linux x86-64 with glibc {runtime.glibc[0]}.{runtime.glibc[1]}"
        )
    return tuple(problems)


def wheel_tags(filename: str) -> tuple[str, ...]:
    """Return the tags of a wheel's file name, sorted."""
    return tuple(sorted(str(tag) for tag in parse_wheel_filename(filename)[3]))


def check_metadata(wheel: Wheel, *, metadata: bytes, wheel_file: bytes) -> tuple[str, ...]:
    """Return where a wheel's METADATA and WHEEL contradict its file name, or ask for too much."""
    raw, _unparsed = parse_email(metadata)
    problems = []
    name, version = raw.get("name", ""), raw.get("version", "")
    if canonicalize_name(name) != canonicalize_name(wheel.name):
        problems.append(f"METADATA names {name!r}, not {wheel.name}")
    if not _same_version(version, wheel.version):
        problems.append(f"METADATA has the version {version!r}, not {wheel.version}")
    form = _wheel_version(wheel_file)
    if form.partition(".")[0] != _UNDERSTOOD:
        problems.append(f"WHEEL has the format {form!r}; only {_UNDERSTOOD}.x is known")
    return tuple(problems)


def _same_version(first: str, second: str) -> bool:
    try:
        return Version(first) == Version(second)
    except InvalidVersion:
        return False


def _wheel_version(wheel_file: bytes) -> str:
    for line in wheel_file.decode("utf-8", "replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip().lower() == "wheel-version":
            return value.strip()
    return ""
