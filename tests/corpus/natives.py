"""Real native modules for Linux on x86-64, with one thing changed in them."""

from __future__ import annotations

import io
import platform
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from tests.support import leave_out

# xor eax, eax; mov dword ptr [rax], eax
_WRITE_TO_NOWHERE = b"\x31\xc0\x89\x00"


RUST = "cryptography.hazmat.bindings._rust"
# It needs libstdc++ too.
C_PLUS_PLUS = "ada_url._ada_wrapper"


@cache
def native(module: str = RUST) -> bytes:
    """Return a module that this Python has."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        leave_out("needs a native module for Linux on x86-64 among this Python's own packages")
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_bytes()


def asking(old: str, new: str, *, module: str = RUST) -> Callable[[], bytes]:
    """Return how to read one with a library's or a version's name replaced; `new` is no longer."""

    def changed() -> bytes:
        before = f"{old}\0".encode()
        assert before in native(module)
        return native(module).replace(before, f"{new}\0".encode().ljust(len(before), b"\0"))

    return changed


def crashing() -> bytes:
    """Return `_rust` so that the interpreter that imports it ends with SIGSEGV."""
    data = native()
    elf = ELFFile(io.BytesIO(data))
    symbols = elf.get_section_by_name(".dynsym")
    assert isinstance(symbols, SymbolTableSection)
    (start,) = (
        symbol["st_value"] for symbol in symbols.iter_symbols() if symbol.name == "PyInit__rust"
    )
    (offset,) = elf.address_offsets(start)
    return data[:offset] + _WRITE_TO_NOWHERE + data[offset + len(_WRITE_TO_NOWHERE) :]
