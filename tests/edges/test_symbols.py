"""A stripped file is smaller and loads as it did, or the original stays."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from lading.edges.symbols import Stripper, find_stripper, loads_the_same
from tests.support import require

SOURCE = """
#include <math.h>
#include <stdio.h>
static double hidden(double x) { return cos(x) + 1; }
double shown(double x) { printf("%f", x); return hidden(x); }
"""


@pytest.fixture
def stripper(tmp_path: Path, machine: dict[str, str]) -> Stripper:
    require("strip")
    found = find_stripper(machine, home=tmp_path / "home")
    assert found is not None
    return found


@pytest.fixture
def library(tmp_path: Path) -> Path:
    require("gcc")
    source, target = tmp_path / "x.c", tmp_path / "whole.so"
    source.write_text(SOURCE)
    words = ["gcc", "-g", "-shared", "-fPIC", "-o", str(target), str(source), "-lm"]
    subprocess.run(words, check=True, env=dict(os.environ))
    return target


def test_symbols_go_and_what_is_loaded_stays(
    stripper: Stripper, library: Path, tmp_path: Path
) -> None:
    result = tmp_path / "stripped"
    assert stripper.strip(library, result)
    assert b"shown" in result.read_bytes()
    assert b"hidden" in library.read_bytes()
    assert b"hidden" not in result.read_bytes()
    again = tmp_path / "again"
    assert stripper.strip(library, again)
    assert again.read_bytes() == result.read_bytes()
    # There is nothing left to take.
    assert not stripper.strip(result, tmp_path / "third")


def test_what_stands_behind_a_file_is_not_cut_off(
    stripper: Stripper, library: Path, tmp_path: Path
) -> None:
    with library.open("ab") as file:
        file.write(b"the program's own data" * 99)
    assert not stripper.strip(library, tmp_path / "stripped")


def test_another_byte_in_memory_is_noticed(library: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.so"
    shutil.copy(library, other)
    assert loads_the_same(library, other)
    content = library.read_bytes()
    other.write_bytes(content.replace(b"shown", b"shewn", 1))
    assert not loads_the_same(library, other)
    other.write_bytes(content.replace(b"libc.so.6", b"libx.so.6"))
    assert not loads_the_same(library, other)


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"\x7fELF" + b"\x02\x01\x01" * 400, b"text"])
def test_what_is_no_elf_file_stays(stripper: Stripper, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert not stripper.strip(file, tmp_path / "stripped")


def test_a_tool_that_breaks_files_is_not_believed(
    library: Path, tmp_path: Path, machine: dict[str, str]
) -> None:
    tool = tmp_path / "strip"
    tool.write_text('#!/bin/sh\nhead -c 4000 "$4" > "$3"\n')
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    bad = Stripper(path=tool, label="bad", ambient=machine)
    assert not bad.strip(library, tmp_path / "stripped")
    assert (tmp_path / "stripped").stat().st_size == 4000


def test_a_strip_that_knows_nothing_of_elf_is_passed_over(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    tool = tmp_path / "bin" / "strip"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho 'strip: unknown option' >&2\nexit 1\n")
    tool.chmod(0o755)
    ambient = machine | {"PATH": str(tool.parent)}
    assert find_stripper(ambient, home=tmp_path / "home") is None
