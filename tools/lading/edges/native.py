"""Native files, read with pyelftools: what the loader of the target will see in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO

from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from lading.core.images import Version
from lading.core.native import NativeFile, parse_symbol_version

# Of a library that may be too old the loader only tells.
_WEAK = 0x2
# A file is foreign data, and every one of these says only that it is no ELF file that anyone loads.
_BROKEN = (
    *(ELFError, ConstructError, ValueError, KeyError, IndexError, TypeError),
    *(AttributeError, AssertionError, OverflowError, MemoryError, OSError),
)
# No library has more; a broken file may promise millions.
_MOST_ENTRIES = 4096


def read_native(file: IO[bytes], *, name: str) -> NativeFile:
    """Return the facts of an ELF file; one that cannot be read has no machine."""
    try:
        elf = ELFFile(file)
        if elf.num_sections() > _MOST_ENTRIES:
            return NativeFile(name=name, kind="elf")
        asks = _newest(_asked(elf))
        needed, soname = _needs(elf)
        return NativeFile(
            name=name,
            kind="elf",
            machine=str(elf["e_machine"]),
            asks=asks,
            needed=needed,
            soname=soname,
        )
    except _BROKEN:
        return NativeFile(name=name, kind="elf")


def _asked(elf: ELFFile) -> Iterator[tuple[str, Version]]:
    for section in elf.iter_sections("SHT_GNU_verneed"):
        if not isinstance(section, GNUVerNeedSection):
            continue
        for library, versions in islice(section.iter_versions(), _MOST_ENTRIES):
            for version in islice(versions, _MOST_ENTRIES):
                parsed = parse_symbol_version(str(version.name))
                # A renamed libstdc++ beside the file, as auditwheel puts it there, is new enough.
                own = parsed is not None and parsed[0] != "GLIBC"
                renamed = own and library.name != "libstdc++.so.6"
                if parsed is not None and not renamed and not version["vna_flags"] & _WEAK:
                    yield parsed


def _newest(asked: Iterable[tuple[str, Version]]) -> tuple[tuple[str, Version], ...]:
    newest: dict[str, Version] = {}
    for word, version in asked:
        newest[word] = max(version, newest.get(word, version))
    return tuple(sorted(newest.items()))


def _needs(elf: ELFFile) -> tuple[tuple[str, ...], str]:
    needed, soname = [], ""
    for segment in elf.iter_segments("PT_DYNAMIC"):
        if not isinstance(segment, DynamicSegment):
            continue
        for tag in islice(segment.iter_tags(), _MOST_ENTRIES):
            # pyelftools sets an attribute that is called like the tag.
            if tag.entry.d_tag == "DT_NEEDED":
                needed.append(str(getattr(tag, "needed", "")))
            elif tag.entry.d_tag == "DT_SONAME":
                soname = str(getattr(tag, "soname", ""))
    return tuple(needed), soname
