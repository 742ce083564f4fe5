"""Native files, read: a real one, and what only looks like one."""

from __future__ import annotations

import io
import platform
import sys
import zlib
from importlib.util import find_spec
from pathlib import Path

import pytest

from lading.core.native import MACHINE, NativeFile
from lading.edges.native import read_native

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64",
    reason="reads a native file of this Python's own packages",
)


@pytest.fixture
def real() -> bytes:
    spec = find_spec("cryptography.hazmat.bindings._rust")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_bytes()


def test_a_real_module_tells_what_it_needs(real: bytes) -> None:
    native = read_native(io.BytesIO(real), name="_rust.abi3.so")
    assert native.machine == MACHINE
    assert "libc.so.6" in native.needed
    assert (2, 17) <= dict(native.asks)["GLIBC"] < (3, 0)


def test_another_machine_is_told(real: bytes) -> None:
    arm = real[:18] + (183).to_bytes(2, "little") + real[20:]
    assert read_native(io.BytesIO(arm), name="x.so").machine == "EM_AARCH64"


def test_broken_files_are_facts_without_a_machine_and_never_an_error(real: bytes) -> None:
    for size in (0, 4, 16, 63, 64, 512, 4096, len(real) // 2):
        native = read_native(io.BytesIO(real[:size]), name="x.so")
        assert native.name == "x.so"
    assert read_native(io.BytesIO(b"\x7fELF" + b"\xff" * 64), name="x") == NativeFile(
        name="x", kind="elf"
    )


def test_headers_that_promise_too_much_end_soon(real: bytes) -> None:
    """Every byte of the header, damaged in turn, must neither raise nor hang."""
    for position in range(4, 64):
        value = zlib.crc32(bytes([position])) & 0xFF
        damaged = real[:position] + bytes([value]) + real[position + 1 :]
        assert read_native(io.BytesIO(damaged), name="x.so").kind == "elf"
