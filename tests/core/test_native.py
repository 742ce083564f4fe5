"""What the name and the first bytes of a native file tell."""

from __future__ import annotations

import pytest

from lading.core.native import Kind, NativeFile, native_kind, parse_symbol_version, read_tag


@pytest.mark.parametrize(
    ("base", "tag"),
    [
        ("_x.cpython-313-x86_64-linux-gnu.so", ("cp313", "x86_64-linux-gnu")),
        ("_x.cpython-37m-x86_64-linux-gnu.so", ("cp37m", "x86_64-linux-gnu")),
        ("_x.cpython-313t-x86_64-linux-musl.so", ("cp313t", "x86_64-linux-musl")),
        ("_x.cpython-312-darwin.so", ("cp312", "darwin")),
        ("_x.cp311-win_amd64.pyd", ("cp311", "win_amd64")),
        ("_x.pypy310-pp73-x86_64-linux-gnu.so", ("pypy310", "pp73-x86_64-linux-gnu")),
        ("_x.abi3.so", ("", "")),
        ("_x.so", ("", "")),
        ("libx.so.6", ("", "")),
    ],
)
def test_a_module_tells_its_abi_and_its_platform(base: str, tag: tuple[str, str]) -> None:
    assert read_tag(base) == tag


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("GLIBC_2.34", ("GLIBC", (2, 34))),
        ("GLIBCXX_3.4.29", ("GLIBCXX", (3, 4, 29))),
        ("CXXABI_1.3.13", ("CXXABI", (1, 3, 13))),
        ("GLIBC_ABI_DT_RELR", ("GLIBC", (2, 36))),
        ("GLIBC_PRIVATE", None),
        ("CXXABI_FLOAT128", None),
        ("GCC_3.0", None),
        ("OPENSSL_3.0.0", None),
    ],
)
def test_versions_are_read_where_they_have_a_number(
    text: str, version: tuple[str, tuple[int, ...]] | None
) -> None:
    assert parse_symbol_version(text) == version


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"\x7fELF\x02\x01\x01\x00", "data", "elf"),
        (b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01", "x.so", "mach-o"),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x02", "x.so", "mach-o"),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x34", "Main.class", None),
        (b"MZ\x90\x00\x03\x00\x00\x00", "x.pyd", "pe"),
        (b"MZ is how this text begins", "notes.txt", None),
        (b"", "empty", None),
    ],
)
def test_the_first_bytes_tell_the_kind(head: bytes, name: str, kind: Kind | None) -> None:
    assert native_kind(head, name) == kind


def test_a_library_is_no_module() -> None:
    module = NativeFile(name="demo/_x.abi3.so", kind="elf")
    library = NativeFile(name="demo.libs/libz-1234.so.1", kind="elf")
    program = NativeFile(name="demo/bin/tool", kind="elf")
    assert [one.is_extension for one in (module, library, program)] == [True, False, False]
    assert [one.is_library for one in (module, library, program)] == [True, True, False]
    assert module.module == "demo/_x"
