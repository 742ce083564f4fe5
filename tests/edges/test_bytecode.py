"""The target's interpreter compiles, and whatever it is given, it neither runs nor breaks."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.core.runtimes import RUNTIMES
from lading.edges.bytecode import BytecodeCompiler, PythonSource
from lading.edges.interpreters import find_interpreter
from tests.support import leave_out

RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def compiler(machine: dict[str, str]) -> Iterator[BytecodeCompiler]:
    interpreter = find_interpreter(RUNNING, ambient=machine)
    assert interpreter is not None
    with BytecodeCompiler(interpreter, ambient=machine, jobs=2) as pool:
        yield pool


def source(folder: Path, name: str, text: bytes, *, deflated: bool = False) -> PythonSource:
    data = text
    if deflated:
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        data = deflate.compress(text) + deflate.flush()
    path = folder / f"{name}.source"
    path.write_bytes(b"before" + data + b"after")
    return PythonSource(
        path=path,
        offset=6,
        compressed_size=len(data),
        deflated=deflated,
        size=len(text),
        filename=f"/home/site/wwwroot/{name}",
    )


@pytest.mark.parametrize("deflated", [False, True])
def test_bytecode_is_what_the_import_system_accepts(
    tmp_path: Path, compiler: BytecodeCompiler, *, deflated: bool
) -> None:
    text = b"answer = 42\n"
    one = source(tmp_path, "demo.py", text, deflated=deflated)
    (compiled,) = compiler.compile([one], scratch=tmp_path)
    assert compiled.problem is None
    assert compiled.crc == zlib.crc32(text)
    # A module without its source, made of the bytecode alone.
    path = tmp_path / "demo.pyc"
    path.write_bytes(compiled.read_bytes())
    from importlib.machinery import SourcelessFileLoader  # noqa: PLC0415

    code = SourcelessFileLoader("demo", str(path)).get_code("demo")
    assert code is not None
    assert code.co_filename == "/home/site/wwwroot/demo.py"


def test_files_that_are_no_python_cost_only_themselves(
    tmp_path: Path, compiler: BytecodeCompiler
) -> None:
    texts = {
        "good.py": b"x = 1\n",
        "py2.py": b"print 'x'\n",
        "nul.py": b"x = '\0'\n",
        "encoding.py": b"# coding: no-such-encoding\n",
        "latin.py": b"x = '\xe4'\n",
        "deep.py": b"x = " + b"(" * 5000 + b")" * 5000 + b"\n",
        "last.py": b"y = 2\n",
    }
    sources = [source(tmp_path, name, text) for name, text in texts.items()]
    compiled = compiler.compile(sources, scratch=tmp_path)
    good = [name for name, one in zip(texts, compiled, strict=True) if one.problem is None]
    assert good == ["good.py", "last.py"]
    assert all(one.size for one in compiled if one.problem is None)


def test_a_compiler_that_dies_costs_only_the_file_that_killed_it(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    interpreter = find_interpreter(RUNNING, ambient=machine)
    assert interpreter is not None
    texts = {f"m{number}.py": f"x = {number}\n".encode() for number in range(9)}
    sources = [source(tmp_path, name, text) for name, text in texts.items()]
    # A range behind the end of a file that is not there: the child ends with a traceback.
    lost = PythonSource(
        path=tmp_path / "lost",
        offset=0,
        compressed_size=1,
        deflated=False,
        size=1,
        filename="lost.py",
    )
    with BytecodeCompiler(interpreter, ambient=machine, jobs=1) as compiler:
        compiled = compiler.compile([*sources[:4], lost, *sources[4:]], scratch=tmp_path)
    assert [number for number, one in enumerate(compiled) if one.problem] == [4]
    assert "No such file" in (compiled[4].problem or "")


# CI's machines come with the older ones, and nothing there could install it.
NOT_TO_BE_HAD = "3.14"
SETS = b"""
def f(x): return x in {'spam_eggs', 'ham'}
class C:
    s = {'spam_eggs', 'ham', 'hovercraft'}
class D:
    s = {'spam_eggs', 'ham', 'hovercraft'}
decimal = digit = 'letter'
"""
# What changes the state of the process that compiles: strings interned, modules imported.
BEFORE = (
    b"spam_eggs = ham = 'spam_eggs'\nlist(map(str, ('ham', 'spam_eggs', 'hovercraft')))\n",
    SETS,
    b"x = '\\N{SNOWMAN}'\n",
    b"# coding: koi8-r\nx = 'a'\n",
    b"print 'x'\n",
)


@pytest.mark.parametrize("python", [runtime.python for runtime in RUNTIMES])
def test_bytecode_does_not_depend_on_what_was_compiled_before(
    tmp_path: Path, machine: dict[str, str], python: str
) -> None:
    ambient = machine | {"HOME": str(Path.home())}
    interpreter = find_interpreter(python, ambient=ambient)
    if interpreter is None and python == NOT_TO_BE_HAD:
        pytest.skip(f"Python {python} is not to be had from any registry of CI's machines")
    if interpreter is None:
        leave_out(f"Python {python} is not on this machine")
    others = [source(tmp_path, f"o{number}.py", text) for number, text in enumerate(BEFORE)]
    sets = source(tmp_path, "sets.py", SETS)
    with BytecodeCompiler(interpreter, ambient=ambient, jobs=1) as compiler:
        alone = compiler.compile([sets], scratch=tmp_path)[0].read_bytes()
        again = compiler.compile([*others, sets], scratch=tmp_path)[-1].read_bytes()
    assert again == alone
    assert len(alone) > 16


def test_python_3_10_leaves_out_what_it_cannot_compile_twice_alike(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    ambient = machine | {"HOME": str(Path.home())}
    interpreter = find_interpreter("3.10", ambient=ambient)
    if interpreter is None:
        leave_out("Python 3.10 is not on this machine")
    sources = [source(tmp_path, "none.py", b"def f(x): return x in {None, '', 'a'}\n")]
    with BytecodeCompiler(interpreter, ambient=ambient, jobs=1) as compiler:
        (compiled,) = compiler.compile(sources, scratch=tmp_path)
    assert "differs from run to run" in (compiled.problem or "")
