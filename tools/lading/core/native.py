"""What a native file says of itself: its machine, what it needs, how new that has to be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lading.core.images import ABI_VERSIONS, Version

Kind = Literal["elf", "mach-o", "pe"]
# The machine of Azure's images, as pyelftools calls it.
MACHINE = "EM_X86_64"
# `name.cpython-313-x86_64-linux-gnu.so`, `name.cp313-win_amd64.pyd`, `name.pypy310-pp73-….so`
_TAGGED = re.compile(
    r"(?P<implementation>cpython|cp|pypy|graalpy)-?(?P<minor>\d+)(?P<flags>[a-z]*)-(?P<platform>.+)"
)
_ELF = b"\x7fELF"
# Thin ones of both widths and byte orders, and the fat one. A Java class begins as a fat file does;
# there the next number is its format's version, 45 or more, and here how many machines it is for.
_MACH_O = (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")
_FAT = b"\xca\xfe\xba\xbe"
_MOST_MACHINES = 20
_PE = b"MZ"
# How many first bytes `native_kind` wants.
HEAD = 8
_SHARED = re.compile(r"\.so(\.\d+)*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeFile:
    """One native file of a layer; `name` is the member's.

    `machine` is pyelftools' word for an ELF file, "" where it has none or cannot be read. `asks`
    holds the newest version that it asks for of each of GLIBC, GLIBCXX and CXXABI; `needed` are the
    libraries that the loader looks for before the file can be used.
    """

    name: str
    kind: Kind
    machine: str = ""
    asks: tuple[tuple[str, Version], ...] = ()
    needed: tuple[str, ...] = ()
    soname: str = ""

    @property
    def fits_machine(self) -> bool:
        """Say whether Azure's machines can load or run it."""
        return self.kind == "elf" and self.machine in {MACHINE, ""}

    @property
    def base(self) -> str:
        """Return the file's name without its folders."""
        return self.name.rpartition("/")[2]

    @property
    def is_extension(self) -> bool:
        """Say whether an import looks for it, as far as its name tells."""
        base = self.base
        return base.endswith(".pyd") or (base.endswith(".so") and not base.startswith("lib"))

    @property
    def is_library(self) -> bool:
        """Say whether it is loaded into a process, and is no program of its own."""
        return self.is_extension or bool(_SHARED.search(self.base)) or self.base.endswith(".dylib")

    @property
    def module(self) -> str:
        """Return what is imported with it: its name without tag and suffix."""
        folder, slash, base = self.name.rpartition("/")
        return f"{folder}{slash}{base.partition('.')[0]}"


def native_kind(head: bytes, name: str) -> Kind | None:
    """Return what kind of native file begins so, None for any other file."""
    if head.startswith(_ELF):
        return "elf"
    if head.startswith(_MACH_O):
        return "mach-o"
    if head.startswith(_FAT) and int.from_bytes(head[4:HEAD]) < _MOST_MACHINES:
        return "mach-o"
    # Two letters prove nothing of a file that is not called like one.
    if head.startswith(_PE) and name.endswith((".pyd", ".dll", ".exe")):
        return "pe"
    return None


def read_tag(base: str) -> tuple[str, str]:
    """Return the ABI and the platform in an extension module's file name, "" where it has none.

    `_x.cpython-313-x86_64-linux-gnu.so` gives ("cp313", "x86_64-linux-gnu"), `_x.abi3.so` and
    `_x.so` are for any CPython: ("", "").
    """
    inner = base.partition(".")[2].rpartition(".")[0]
    found = _TAGGED.fullmatch(inner)
    if found is None:
        return "", ""
    short = "cp" if found["implementation"] in {"cpython", "cp"} else found["implementation"]
    return f"{short}{found['minor']}{found['flags']}", found["platform"]


def parse_symbol_version(text: str) -> tuple[str, Version] | None:
    """Return the library's word and the number of `GLIBC_2.34`, None for what has no number."""
    # Asked for by files with packed relocations; glibc has it since 2.36.
    if text == "GLIBC_ABI_DT_RELR":
        return "GLIBC", (2, 36)
    word, _, number = text.partition("_")
    parts = number.split(".")
    if word not in ABI_VERSIONS or not all(part.isdecimal() for part in parts):
        return None
    return word, tuple(int(part) for part in parts)
