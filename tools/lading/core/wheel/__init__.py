"""What is in a wheel and where each file goes (PEP 427, and what `pip install --target` does)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lading.core.layer import DEFLATED, STORED, LeftOut
from lading.core.slimming import Rule
from lading.core.wheel.member_names import alike_names, member_name_problem

INSTALLER = "lading"
# pip gives every wheel to one folder, so the platform does not matter.
_TO_ROOT = ("purelib", "platlib")
_LEFT_OUT_SCHEMES = {
    "scripts": "scripts are for a shell; there is none in front of a Function App",
    "headers": "headers are for compilers",
}
# Written anew by whoever installs (PEP 376).
_WRITTEN_ANEW = frozenset({"RECORD", "INSTALLER"})
_NEVER = {
    "RECORD.jws": "signs a RECORD that is written anew",
    "RECORD.p7s": "signs a RECORD that is written anew",
    "REQUESTED": "tells how it was installed elsewhere",
    "direct_url.json": "tells how it was installed elsewhere",
}
# `pip install --target` takes everything of this folder for Python code that it has moved already.
_PIP_LIBRARY = "lib/python/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A wheel on this machine, fetched or built; `source` says where it came from, for the report.

    `name` is canonical; `sha256` is hex, of the file at `path`.
    """

    name: str
    version: str
    filename: str
    sha256: str
    source: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelMember:
    """One file as the wheel's central directory has it.

    `offset` is where its compressed data begins in the wheel; sizes in bytes; `crc` and `size` are
    of the uncompressed bytes, and promises until they were read.
    """

    name: str
    size: int
    compressed_size: int
    crc: int
    method: int
    offset: int
    executable: bool = False

    @property
    def kept_as_it_is(self) -> bool:
        """Say whether its compressed bytes can go into a package; other methods are rare."""
        return self.method in {STORED, DEFLATED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A wheel's file and its final name, relative to site-packages."""

    name: str
    member: WheelMember


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a wheel's files go, sorted by final name.

    `dist_info` is the folder's name without "/"; `data_files` the final names of what came from the
    wheel's `data` folder; `problems` are reasons to refuse the wheel, `notes` are none.
    """

    dist_info: str
    placed: tuple[Placed, ...]
    left_out: tuple[LeftOut, ...]
    data_files: tuple[str, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...]


def plan_placement(
    members: Sequence[WheelMember],
    *,
    dist_info: str,
    cache_tag: str = "",
    foreign_bytecode: bool = False,
) -> Placement:
    """Decide for each of a wheel's files under which name it goes into the layer, or why not.

    With `foreign_bytecode` bytecode stays that is for another Python than `cache_tag`.
    """
    names = frozenset(member.name for member in members)
    placed: dict[str, WheelMember] = {}
    left_out: list[LeftOut] = []
    data_files: list[str] = []
    problems = list(_name_problems(members))
    for member in members:
        if member.name.removeprefix(f"{dist_info}/") in _WRITTEN_ANEW:
            continue
        final, reason = _final_name(member.name)
        foreign = _is_foreign_bytecode(final, cache_tag)
        if not (foreign and foreign_bytecode):
            reason = reason or _reason_to_leave_out(final, names, dist_info)
        if reason:
            rule: Rule | None = "foreign-bytecode" if foreign else None
            left_out.append(leave_out(member, reason, rule))
        elif not final:
            problems.append(f"{member.name}: no installer knows where that goes")
        elif final in placed:
            problems.append(f"{final}: two members of the wheel go there")
        else:
            placed[final] = member
            if ".data/data/" in member.name and final != member.name:
                data_files.append(final)
    problems += _folder_problems(placed)
    return Placement(
        dist_info=dist_info,
        placed=tuple(Placed(name=name, member=placed[name]) for name in sorted(placed)),
        left_out=tuple(sorted(left_out, key=lambda member: member.name)),
        data_files=tuple(sorted(data_files)),
        notes=alike_names(placed),
        problems=tuple(problems),
    )


def leave_out(member: WheelMember, reason: str, rule: Rule | None = None) -> LeftOut:
    """Return a member as one that does not go into its layer."""
    return LeftOut(
        name=member.name,
        size=member.size,
        reason=reason,
        rule=rule,
        packed=member.compressed_size,
    )


def effective_pth_lines(text: str) -> tuple[str, ...]:
    """Return the lines of a `.pth` file that the site module would act on."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _name_problems(members: Sequence[WheelMember]) -> Iterable[str]:
    seen: set[str] = set()
    for member in members:
        if problem := member_name_problem(member.name):
            yield problem
        if member.name in seen:
            yield f"{member.name}: twice in the wheel"
        seen.add(member.name)


def _folder_problems(placed: Iterable[str]) -> list[str]:
    names = set(placed)
    return [
        f"{name}: is below {parent}, which is a file"
        for name in sorted(names)
        for parent in _parents(name)
        if parent in names
    ]


def _parents(name: str) -> Iterable[str]:
    cut = name.find("/")
    while cut != -1:
        yield name[:cut]
        cut = name.find("/", cut + 1)


def _final_name(name: str) -> tuple[str, str]:
    """Return the name in site-packages ("" where there is none) and the reason to leave it out."""
    top, _, rest = name.partition("/")
    if not top.endswith(".data"):
        return name, ""
    scheme, _, inner = rest.partition("/")
    if not inner:
        return "", ""
    if scheme in _TO_ROOT:
        return inner, ""
    if scheme in _LEFT_OUT_SCHEMES:
        return "", _LEFT_OUT_SCHEMES[scheme]
    return _data_name(inner) if scheme == "data" else ("", "")


def _data_name(inner: str) -> tuple[str, str]:
    if inner.startswith(_PIP_LIBRARY):
        return inner.removeprefix(_PIP_LIBRARY), ""
    if inner.startswith("lib/"):
        return "", "pip install --target leaves out what is below data/lib"
    return inner, ""


def _is_foreign_bytecode(final: str, cache_tag: str) -> bool:
    """Say whether a file is bytecode for another Python, as its name tells (PEP 3147)."""
    folder, _, base = final.rpartition("/")
    if folder.rpartition("/")[2] != "__pycache__" or not cache_tag:
        return False
    return base.endswith(".pyc") and cache_tag not in base.split(".")


def _reason_to_leave_out(final: str, names: frozenset[str], dist_info: str) -> str:
    folder, _, base = final.rpartition("/")
    if folder == dist_info and base in _NEVER:
        return _NEVER[base]
    if "__pycache__" in folder.split("/"):
        return "bytecode is made anew for the target"
    # A .pyc beside no source is the module itself, and Python imports it.
    if base.endswith((".pyc", ".pyo")) and final[:-1] in names:
        return "bytecode is made anew for the target"
    return ""
