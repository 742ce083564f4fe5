"""Where a wheel's files go, and what is said about those that go nowhere."""

from __future__ import annotations

import pytest

from lading.core.errors import BuildError
from lading.core.layer.bytecode import bytecode_name, check_bytecode, is_compiled
from lading.core.wheel import WheelMember, effective_pth_lines, plan_placement
from lading.core.wheel.member_names import alike_names, member_name_problem

DIST_INFO = "demo-1.0.dist-info"


def member(name: str) -> WheelMember:
    return WheelMember(name=name, size=1, compressed_size=1, crc=0, method=0, offset=0)


@pytest.mark.parametrize(
    ("name", "final"),
    [
        ("demo/a.py", "demo/a.py"),
        ("demo-1.0.data/purelib/demo/a.py", "demo/a.py"),
        ("demo-1.0.data/platlib/demo/a.so", "demo/a.so"),
        ("demo-1.0.data/data/share/a", "share/a"),
        ("demo-1.0.data/data/bin/a", "bin/a"),
        ("demo-1.0.data/data/lib/python/a.py", "a.py"),
        ("demo-1.0.data/data/library/a", "library/a"),
        ("demo/sub.data/scripts/a", "demo/sub.data/scripts/a"),
        (f"{DIST_INFO}/entry_points.txt", f"{DIST_INFO}/entry_points.txt"),
        ("vendored-2.dist-info-not/x", "vendored-2.dist-info-not/x"),
        ("demo/_vendor/x-1.dist-info/INSTALLER", "demo/_vendor/x-1.dist-info/INSTALLER"),
    ],
)
def test_a_file_goes_where_pip_puts_it(name: str, final: str) -> None:
    placement = plan_placement([member(name)], dist_info=DIST_INFO)
    assert [placed.name for placed in placement.placed] == [final]
    assert (placement.left_out, placement.problems) == ((), ())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("demo-1.0.data/scripts/demo", "scripts are for a shell"),
        ("demo-1.0.data/headers/demo.h", "headers are for compilers"),
        ("demo-1.0.data/data/lib/x", "pip install --target leaves out"),
        ("demo/__pycache__/a.cpython-313.pyc", "bytecode is made anew"),
        ("demo-1.0.data/purelib/demo/__pycache__/a.pyc", "bytecode is made anew"),
        (f"{DIST_INFO}/direct_url.json", "installed elsewhere"),
        (f"{DIST_INFO}/REQUESTED", "installed elsewhere"),
        (f"{DIST_INFO}/RECORD.jws", "signs a RECORD"),
    ],
)
def test_what_goes_nowhere_is_listed_with_the_reason(name: str, reason: str) -> None:
    placement = plan_placement([member(name)], dist_info=DIST_INFO)
    assert placement.placed == ()
    assert [one.name for one in placement.left_out] == [name]
    assert reason in placement.left_out[0].reason


@pytest.mark.parametrize("base", ["RECORD", "INSTALLER"])
def test_what_is_written_anew_is_not_worth_a_line(base: str) -> None:
    placement = plan_placement([member(f"{DIST_INFO}/{base}")], dist_info=DIST_INFO)
    assert (placement.placed, placement.left_out, placement.problems) == ((), (), ())


def test_data_files_are_named() -> None:
    names = ("demo-1.0.data/data/share/a", "demo-1.0.data/purelib/b.py")
    placement = plan_placement([member(name) for name in names], dist_info=DIST_INFO)
    assert placement.data_files == ("share/a",)


@pytest.mark.parametrize(
    "name",
    ["", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "C:a", "c:/a", "a\\b", "a\0", "a\tb"],
)
def test_names_that_no_archive_may_have(name: str) -> None:
    assert member_name_problem(name)


@pytest.mark.parametrize("name", ["a", "a/b.py", "ä/日本.txt", "...", "a b", "~", "-x", "a\u200db"])
def test_names_that_an_archive_may_have(name: str) -> None:
    assert member_name_problem(name) is None


def test_names_are_alike_where_case_or_composition_does_not_count() -> None:
    assert alike_names(["b", "a", "A", "B/c"]) == ("A and a are one file on Windows and macOS",)
    assert len(alike_names(["\u00e4", "a\u0308"])) == 1
    assert alike_names(["a", "b"]) == ()


def test_only_lines_that_do_something_count_in_a_pth_file() -> None:
    assert effective_pth_lines("# x\n\n  \nimport a\n  ./lib \n") == ("import a", "./lib")


def test_bytecode_lies_in_a_folder_beside() -> None:
    assert bytecode_name("a/b.py", "cpython-313") == "a/__pycache__/b.cpython-313.pyc"
    assert bytecode_name("b.py", "cpython-313") == "__pycache__/b.cpython-313.pyc"


def test_only_python_of_a_human_size_is_compiled() -> None:
    assert is_compiled("a/b.py", 1000)
    assert not is_compiled("a/b.pyi", 1000)
    assert not is_compiled("a/b.py", 17 << 20)


def test_a_missing_interpreter_is_a_warning_or_an_error_as_configured() -> None:
    assert check_bytecode("auto", python="3.13", found=True) == ()
    assert check_bytecode("required", python="3.13", found=True) == ()
    assert check_bytecode("off", python="3.13", found=False) == ()
    (warning,) = check_bytecode("auto", python="3.13", found=False)
    assert (warning.code, warning.severity) == ("no-bytecode", "warning")
    assert "uv python install 3.13" in warning.remedy
    with pytest.raises(BuildError, match=r"no Python 3\.13") as caught:
        check_bytecode("required", python="3.13", found=False)
    assert "uv python install 3.13" in caught.value.remedy
