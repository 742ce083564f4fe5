from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.core.slimming.references import (
    Certainty,
    may_refer,
    parse_native_references,
    parse_references,
)


def found(source: str, origin: str = "pkg/sub/mod.py") -> list[tuple[str, Certainty]]:
    references = parse_references(origin, source.encode())
    return sorted({(one.target, one.certainty) for one in references})


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("import pkg.tests", "pkg/tests"),
        ("import os, pkg.sub.tests.util as u", "pkg/sub/tests"),
        ("from pkg import tests", "pkg/tests"),
        ("from pkg.tests.util import helper", "pkg/tests"),
        ("from . import tests", "pkg/sub/tests"),
        ("from .tests import helper", "pkg/sub/tests"),
        ("from .. import (\n    a,\n    tests as t,  # why\n)", "pkg/tests"),
        ("from ..tests.x import *", "pkg/tests"),
        ("from other import \\\n    tests", "other/tests"),
        ("if True: from pkg import tests", "pkg/tests"),
        ("x = 1; import pkg.tests", "pkg/tests"),
        ("def f():\n    from pkg._tests import x", "pkg/_tests"),
        ("import tests.util", "tests"),
    ],
)
def test_every_form_of_import_is_seen(source: str, target: str) -> None:
    assert found(source) == [(target, "import")]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("x = 'pkg.tests.data'", ("pkg/tests", "path")),
        ('x = "sub/tests/data.json"', ("sub/tests", "path")),
        ("x = r'sub\\tests\\data'", ("sub/tests", "path")),
        ('x = join(here, "tests", "data")', ("tests", "word")),
        ("__all__ = ['a', 'tests']", ("tests", "word")),
        ("x = import_module('.tests', __package__)", ("tests", "word")),
        ("x = f'{name}.tests'", ("tests", "pattern")),
        ("x = f'{root}/sub/tests'", ("tests", "pattern")),
        ("x = '%s.tests' % name", ("tests", "pattern")),
        ("run('python -m pkg.tests --all')", ("pkg/tests", "path")),
        ("x = ('a/'\n    'tests/b')", ("tests", "word")),
        ("x = \\\n'tests'", ("tests", "word")),
        ('x = """\npkg.tests\n"""', ("pkg/tests", "path")),
        ("x = b'tests'", ("tests", "word")),
    ],
)
def test_every_form_of_string_is_seen(source: str, told: tuple[str, Certainty]) -> None:
    assert found(source) == [told]


@pytest.mark.parametrize(
    "source",
    [
        '"""See pkg.tests."""',
        "def f():\n    r'''Run pkg.tests.'''\n    return 1",
        "class A:\n    'pkg.tests'\n\n    x = 1",
        "# from pkg import tests",
        "x = 1  # 'pkg.tests'",
        "tests = [1]\nfor one in tests: print(one)",
        "raise ValueError('run the tests first')",
        "import unittest, pytests",
        "x = 'latest'",
        "from pkg.attests import x",
        "x = 'tests.py'",
    ],
)
def test_what_refers_to_no_folder_is_passed_over(source: str) -> None:
    assert found(source) == []


def test_the_line_of_a_string_is_told() -> None:
    (one,) = parse_references("pkg/a.py", b"import os\n    HERE = join(here, 'tests')  # x\n")
    assert one.line == "HERE = join(here, 'tests')  # x"


def test_syntax_of_any_python_is_cut_alike() -> None:
    source = 'type X = int\nx = f"{d["a"]}"\nprint "old"\nfrom pkg import tests\n'
    assert ("pkg/tests", "import") in found(source)


def test_a_native_file_refers_by_the_names_in_it() -> None:
    content = b"\0\xffpkg.sub.tests\0x\0no.testsuite\0a.tests_b\0.tests\0"
    assert [one.target for one in parse_native_references("pkg/x.so", content)] == ["pkg/sub/tests"]


@given(st.text(alphabet="'\"\\#\n()[]{}:;. \trfbatests/from import", max_size=120))
def test_whatever_stands_in_a_file_is_cut_without_an_error(source: str) -> None:
    parse_references("pkg/a.py", source.encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_looked_through(content: bytes) -> None:
    may_refer(content)
    parse_references("pkg/a.py", content)
    parse_native_references("pkg/a.so", content)


def test_long_text_without_an_end_takes_no_long_time() -> None:
    for piece in (b"'''", b'"', b"(", b"tests.", b"a\\", b"from . import ("):
        parse_references("pkg/a.py", piece * 20_000 + b" tests")
