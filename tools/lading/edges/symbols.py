"""Symbols of native files: another tool takes them out, and what the loader sees stays."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerDefSection, GNUVerNeedSection, GNUVerSymSection
from elftools.elf.sections import SymbolTableSection

from lading.edges.processes import ProcessError, base_environment, run_process

# GNU's first: it is where most builds run. macOS has a `strip` that knows nothing of ELF files.
_PROGRAMS = ("x86_64-linux-gnu-strip", "strip", "llvm-strip")
_TIMEOUT_SECONDS = 120.0
_MOST_OUTPUT = 1 << 16
_STEP = 1 << 18
_BROKEN = (
    *(ELFError, ConstructError, ValueError, KeyError, IndexError, TypeError),
    *(AttributeError, AssertionError, OverflowError, MemoryError, OSError),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripper:
    """A program that takes symbols out of ELF files; `label` tells it from any other."""

    path: Path
    label: str
    ambient: Mapping[str, str]

    def strip(self, file: Path, result: Path) -> bool:
        """Write a file without its symbols; say whether it is smaller and loads the same.

        What is loaded into memory, the libraries that it needs, and the symbols and versions that
        others link with have to be equal. Where they are not, or the program does not know the
        file, nobody needs `result`. The program sees the folder of the two files and no more.
        """
        command = (self.path, "--strip-unneeded", "-o", result.name, file.name)
        environment = base_environment(self.ambient, home=file.parent)
        try:
            done = run_process(
                command,
                environment=environment,
                folder=file.parent,
                timeout=_TIMEOUT_SECONDS,
                most_output=_MOST_OUTPUT,
            )
        except ProcessError:
            return False
        if done.code != 0 or not result.is_file():
            return False
        return result.stat().st_size < file.stat().st_size and loads_the_same(file, result)


def find_stripper(ambient: Mapping[str, str], *, home: Path) -> Stripper | None:
    """Return what takes symbols out of ELF files here, None where nothing does."""
    for name in _PROGRAMS:
        found = shutil.which(name, path=ambient.get("PATH", ""))
        if found is None:
            continue
        try:
            answer = run_process(
                (found, "--version"),
                environment=base_environment(ambient, home=home),
                timeout=_TIMEOUT_SECONDS,
                most_output=_MOST_OUTPUT,
            )
        except ProcessError:
            continue
        told = answer.stdout.strip().splitlines()
        if answer.code == 0 and told and ("GNU" in answer.stdout or "LLVM" in answer.stdout):
            return Stripper(path=Path(found), label=" ".join(told[:2]), ambient=ambient)
    return None


def loads_the_same(one: Path, other: Path) -> bool:
    """Say whether the loader makes the same of two ELF files, and both end where ELF says."""
    try:
        with one.open("rb") as first, other.open("rb") as second:
            return _has_no_tail(first) and _image(first) == _image(second)
    except _BROKEN:
        return False


def _has_no_tail(file: IO[bytes]) -> bool:
    """Say whether nothing stands behind the ELF file: some programs carry their data there."""
    elf = ELFFile(file)
    ends = [elf["e_shoff"] + elf["e_shnum"] * elf["e_shentsize"]]
    ends += [segment["p_offset"] + segment["p_filesz"] for segment in elf.iter_segments()]
    ends += [
        section["sh_offset"] + section["sh_size"]
        for section in elf.iter_sections()
        if section["sh_type"] != "SHT_NOBITS"
    ]
    return bool(file.seek(0, 2) <= max(ends))


def _image(file: IO[bytes]) -> tuple[object, ...]:
    elf = ELFFile(file)
    return (
        [elf[key] for key in ("e_type", "e_machine", "e_entry", "e_flags")],
        list(_segments(elf, file)),
        list(_dynamic(elf)),
        list(_symbols(elf)),
        list(_versions(elf)),
    )


def _segments(elf: ELFFile, file: IO[bytes]) -> Iterator[tuple[object, ...]]:
    """Give each segment with its bytes; only the ELF header itself may differ."""
    for segment in elf.iter_segments():
        start, size = segment["p_offset"], segment["p_filesz"]
        skipped = max(0, min(size, elf["e_ehsize"] - start))
        file.seek(start + skipped)
        where = [segment[key] for key in ("p_type", "p_flags", "p_vaddr", "p_memsz", "p_align")]
        yield (*where, size, file.read(size - skipped))


def _dynamic(elf: ELFFile) -> Iterator[tuple[object, ...]]:
    for segment in elf.iter_segments("PT_DYNAMIC"):
        if isinstance(segment, DynamicSegment):
            for tag in segment.iter_tags():
                yield (tag.entry.d_tag, tag.entry.d_val, str(getattr(tag, "needed", "")))


def _symbols(elf: ELFFile) -> Iterator[tuple[object, ...]]:
    section = elf.get_section_by_name(".dynsym")
    if isinstance(section, SymbolTableSection):
        for symbol in section.iter_symbols():
            info = symbol["st_info"]
            yield (
                symbol.name,
                symbol["st_value"],
                symbol["st_size"],
                info["bind"],
                info["type"],
                symbol["st_shndx"] == "SHN_UNDEF",
            )


def _versions(elf: ELFFile) -> Iterator[tuple[object, ...]]:
    for section in elf.iter_sections():
        if isinstance(section, GNUVerNeedSection | GNUVerDefSection):
            for version, parts in section.iter_versions():
                yield (str(getattr(version, "name", "")), [str(part.name) for part in parts])
        elif isinstance(section, GNUVerSymSection):
            yield tuple(symbol["ndx"] for symbol in section.iter_symbols())
