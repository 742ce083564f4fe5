"""What an open wheel says about itself, held against its file name, its RECORD and the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lading.core.runtimes import Runtime
from lading.core.slimming import REASONS
from lading.core.slimming.plan import Trim
from lading.core.wheel import (
    Placement,
    Wheel,
    WheelMember,
    effective_pth_lines,
    leave_out,
    plan_placement,
)
from lading.core.wheel.identity import check_file_name, check_metadata, dist_info_folder
from lading.core.wheel.licence import parse_licence
from lading.core.wheel.record import RecordedHash, compare_record, parse_record
from lading.edges.wheels.reader import WheelReader, refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelContents:
    """A wheel that may be used: where its files go, and the hash that each of them must have.

    `promises` are by the names in the wheel; `pth` are the `.pth` files that would have an effect.
    """

    placement: Placement
    promises: Mapping[str, RecordedHash | None]
    licence: str
    pth: tuple[str, ...]


def read_contents(reader: WheelReader, wheel: Wheel, runtime: Runtime, trim: Trim) -> WheelContents:
    """Return what is in a wheel but what it is spared.

    Raises BuildError with every reason to refuse it.
    """
    members = {member.name: member for member in reader.members}
    dist_info = _dist_info(members, wheel)
    placement = plan_placement(
        reader.members,
        dist_info=dist_info,
        cache_tag=runtime.cache_tag,
        foreign_bytecode=trim.foreign_bytecode,
    )
    problems = [*check_file_name(wheel, runtime), *placement.problems]
    texts = {
        name: _read(reader, members.get(f"{dist_info}/{name}"), problems, name)
        for name in ("METADATA", "WHEEL", "RECORD")
    }
    promises, found = parse_record(texts["RECORD"].decode("utf-8", "replace"))
    if not problems:
        problems += found
        problems += compare_record(promises, members, dist_info=dist_info)
        problems += check_metadata(wheel, metadata=texts["METADATA"], wheel_file=texts["WHEEL"])
    if problems:
        raise refusal(wheel.filename, problems)
    return WheelContents(
        placement=_trimmed(placement, trim),
        promises=promises,
        licence=parse_licence(texts["METADATA"]),
        pth=_effective_pth(reader, placement),
    )


def _trimmed(placement: Placement, trim: Trim) -> Placement:
    taken = [one for one in placement.placed if one.name in trim.spared]
    left_out = [
        leave_out(one.member, REASONS[trim.spared[one.name]], trim.spared[one.name])
        for one in taken
    ]
    return replace(
        placement,
        placed=tuple(one for one in placement.placed if one.name not in trim.spared),
        left_out=tuple(sorted([*placement.left_out, *left_out], key=lambda one: one.name)),
    )


def _dist_info(names: Mapping[str, WheelMember], wheel: Wheel) -> str:
    folders = dist_info_folder(names)
    if len(folders) != 1:
        shown = ", ".join(folders) or "none"
        raise refusal(wheel.filename, [f"has not exactly one .dist-info folder: {shown}"])
    return folders[0]


def _read(reader: WheelReader, member: WheelMember | None, problems: list[str], name: str) -> bytes:
    if member is None:
        problems.append(f"has no {name}")
        return b""
    return reader.read_text(member)


def _effective_pth(reader: WheelReader, placement: Placement) -> tuple[str, ...]:
    return tuple(
        placed.name
        for placed in placement.placed
        if placed.name.endswith(".pth")
        and "/" not in placed.name
        and effective_pth_lines(reader.read_text(placed.member).decode("utf-8", "replace"))
    )
