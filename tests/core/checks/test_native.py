"""Native files: what Azure's image cannot load is found, and what works is left in peace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lading.core.checks.native import check_native
from lading.core.findings import Finding
from lading.core.layer import Layer, Member
from lading.core.native import MACHINE, NativeFile
from lading.core.runtimes import runtime_for

TAG = "cpython-313-x86_64-linux-gnu"
LAYER = Layer(
    key="k",
    name="demo",
    version="1",
    wheel_sha256="0",
    blob_sha256="0",
    members=(),
    tags=("cp313-cp313-manylinux_2_28_x86_64",),
)
MODULE = NativeFile(
    name=f"demo/_x.{TAG}.so",
    kind="elf",
    machine=MACHINE,
    asks=(("GLIBC", (2, 28)),),
    needed=("libc.so.6", "libstdc++.so.6", "libpython3.13.so.1.0"),
)


def found(*files: NativeFile, python: str = "3.13", layer: Layer = LAYER) -> list[Finding]:
    return list(check_native([replace(layer, native=files)], runtime_for(python)))


def codes(findings: list[Finding]) -> list[str]:
    return [f"{finding.severity} {finding.code}" for finding in findings]


def member(name: str) -> Member:
    return Member(
        name=name, mode=0o644, size=0, sha256="", crc=0, method=0, compressed_size=0, offset=0
    )


def test_a_module_for_the_target_is_no_finding() -> None:
    assert found(MODULE) == []
    assert found(replace(MODULE, name="demo/_x.abi3.so"), python="3.12") == []
    assert found(replace(MODULE, name="demo/_x.so"), python="3.11") == []


def test_a_module_of_another_python_is_an_error_with_both_named() -> None:
    (finding,) = found(replace(MODULE, name="demo/_x.cpython-311-x86_64-linux-gnu.so"))
    assert codes([finding]) == ["error wrong-abi"]
    assert "cp311" in finding.evidence
    assert "Python 3.13 imports only cp313 and abi3" in finding.evidence


def test_modules_of_several_pythons_are_fine_if_one_of_them_fits() -> None:
    assert found(MODULE, replace(MODULE, name="demo/_x.cpython-311-x86_64-linux-gnu.so")) == []


def test_a_module_that_only_makes_python_quicker_is_no_finding() -> None:
    layer = replace(LAYER, members=(member("demo/_x.py"),))
    stray = replace(MODULE, name="demo/_x.cpython-38-x86_64-linux-gnu.so")
    assert found(stray, layer=layer) == []


@pytest.mark.parametrize(
    ("file", "made_for"),
    [
        (NativeFile(name="demo/_x.cp313-win_amd64.pyd", kind="pe"), "Windows"),
        (NativeFile(name="demo/_x.cpython-313-darwin.so", kind="mach-o"), "macOS"),
        (replace(MODULE, machine="EM_AARCH64"), "AARCH64"),
        (replace(MODULE, name="demo/_x.cpython-313-x86_64-linux-musl.so"), "x86_64-linux-musl"),
    ],
)
def test_a_module_for_another_platform_is_an_error(file: NativeFile, made_for: str) -> None:
    (finding,) = found(file)
    assert codes([finding]) == ["error wrong-platform"]
    assert f"made for {made_for}" in finding.evidence


def test_a_wheel_for_all_platforms_may_have_files_for_each() -> None:
    others = (
        NativeFile(name="demo/attach.dylib", kind="mach-o"),
        NativeFile(name="demo/_x.cp39-win_amd64.pyd", kind="pe"),
        NativeFile(name="demo/launcher.exe", kind="pe"),
    )
    assert found(MODULE, *others) == []
    assert found(others[2]) == []


@pytest.mark.parametrize(
    ("asks", "python", "expected"),
    [
        (("GLIBC", (2, 34)), "3.11", ["error glibc-too-new"]),
        (("GLIBC", (2, 34)), "3.12", []),
        (("GLIBC", (2, 38)), "3.13", ["error glibc-too-new"]),
        (("GLIBCXX", (3, 4, 29)), "3.11", ["error libstdcxx-too-new"]),
        (("GLIBCXX", (3, 4, 30)), "3.13", []),
        (("CXXABI", (1, 3, 14)), "3.13", ["error libstdcxx-too-new"]),
    ],
)
def test_symbols_are_held_against_the_image(
    asks: tuple[str, tuple[int, ...]], python: str, expected: list[str]
) -> None:
    file = replace(MODULE, name="demo/_x.abi3.so", asks=(asks,))
    assert codes(found(file, python=python)) == expected


def test_the_file_and_the_symbol_are_named() -> None:
    (finding,) = found(
        replace(MODULE, name="demo/_x.abi3.so", asks=(("GLIBC", (2, 33)),)), python="3.10"
    )
    assert "demo/_x.abi3.so asks for GLIBC_2.33, and Debian 11" in finding.evidence


def test_a_package_may_bring_its_own_libstdcxx() -> None:
    own = NativeFile(name="demo/libstdc++.so.6", kind="elf", machine=MACHINE)
    assert found(replace(MODULE, asks=(("GLIBCXX", (3, 4, 33)),)), own) == []


def test_a_library_of_nobody_is_an_error_with_a_hint() -> None:
    (finding,) = found(replace(MODULE, needed=("libpq.so.5", "libc.so.6")))
    assert codes([finding]) == ["error missing-library"]
    assert "needs libpq.so.5, neither on Debian 12 nor in the package" in finding.evidence
    assert "psycopg2-binary" in finding.remedy


def test_a_library_of_another_distribution_is_there() -> None:
    blas = NativeFile(
        name="other.libs/libblas-12.so", kind="elf", machine=MACHINE, soname="libblas.so.3"
    )
    layers = [
        replace(LAYER, native=(replace(MODULE, needed=("libblas.so.3",)),)),
        replace(LAYER, name="other", native=(blas,)),
    ]
    assert check_native(layers, runtime_for("3.13")) == ()


def test_what_needs_a_display_is_a_warning_with_a_hint() -> None:
    (finding,) = found(replace(MODULE, needed=("libGL.so.1",)))
    assert codes([finding]) == ["warning missing-library"]
    assert "opencv-python-headless" in finding.remedy


def test_a_plugin_that_no_import_loads_is_a_warning() -> None:
    plugin = NativeFile(
        name="demo/plugins/libodd.so", kind="elf", machine=MACHINE, needed=("libodd.so.9",)
    )
    assert codes(found(MODULE, plugin)) == ["warning missing-library"]


def test_what_a_module_needs_is_followed_to_its_libraries() -> None:
    library = NativeFile(
        name="demo.libs/libmid-1.so", kind="elf", machine=MACHINE, needed=("libodd.so.9",)
    )
    module = replace(MODULE, needed=("libmid-1.so",))
    assert codes(found(module, library)) == ["error missing-library"]


def test_one_of_many_modules_may_lack_what_is_not_there() -> None:
    for_tbb = replace(MODULE, name=f"demo/tbbpool.{TAG}.so", needed=("libtbb.so.12",))
    others = [replace(MODULE, name=f"demo/_x{number}.{TAG}.so") for number in range(2)]
    assert codes(found(for_tbb, *others)) == ["warning missing-library"]


def test_a_graphics_driver_is_never_asked_for() -> None:
    assert found(replace(MODULE, needed=("libcuda.so.1",))) == []


def test_a_file_that_cannot_be_read_is_no_finding() -> None:
    assert found(NativeFile(name="demo/testdata/broken.so", kind="elf")) == []
