"""What is noted of a wheel while its files are looked through, until it is a survey."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from lading.core.slimming.references import (
    TEST_WORDS,
    Reference,
    cut_source,
    may_refer,
    parse_native_references,
    parse_references,
)
from lading.core.slimming.survey import Suite, Survey

_STUB = ".pyi"
_HEADERS = (".h", ".hh", ".hpp", ".hxx", ".cuh")
_ARCHIVES = (".a", ".lib")
_ARCHIVE_MAGIC = (b"!<arch>\n", b"!<thin>\n")
_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|define|include|pragma)\b", re.MULTILINE)
_TEST_MODULE = re.compile(r"test_.*\.py|.*_test\.py|tests?\.py")
# Beside test modules in a folder that is called as a command is, `test`.
_BESIDE_TESTS = frozenset({"__init__.py", "__main__.py", "conftest.py"})
_CONFTEST = "conftest.py"
# What names modules as code does: entry points, and settings that a library reads itself.
_DATA = (".json", ".yaml", ".yml", ".toml", ".cfg", ".ini")
_ENTRY_POINTS = ".dist-info/entry_points.txt"
# For whoever builds, tests or lists the distribution.
_FOR_DEVELOPERS = frozenset({"pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini"})
_STUB_WORDS = re.compile(rb"attach_stub|(?<![A-Za-z0-9])pyi(?![A-Za-z0-9])")
_STUB_IN_STRING = re.compile(r"(?<![A-Za-z0-9])pyi(?![A-Za-z0-9])")
_HEADER_IN_STRING = re.compile(r"([\w.*+/-]*\.(?:h|hh|hpp|hxx|cuh))(?![\w.])", re.ASCII)
_ARCHIVE_IN_STRING = re.compile(r"\blib[\w.+*-]*\.a(?![\w.])|\*\.(?:a|lib)\b", re.ASCII)
_NATIVE_WORDS = re.compile(rb"""\.(?:h|hh|hpp|hxx|cuh|a|lib)["'>\\*,\n]|get_include""")
_GET_INCLUDE = re.compile(r"\b(\w+)\.get_include\s*\(", re.ASCII)
_TOP_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_IMPORT_STATEMENT = re.compile(
    rb"^[ \t]*(?:from[ \t]+[.\w]+[ \t]+import[ \t]*(?:\([^)]*\)|[^\n]*)|import[ \t]+[^\n]+)",
    re.MULTILINE,
)


def find_suites(names: Iterable[str]) -> tuple[Suite, ...]:
    """Return the folders that hold a test suite, by what they and their modules are called.

    Of nested ones the outermost. `test` is also what libraries call their help for others' tests:
    such a folder counts only where it has nothing but tests.
    """
    below: dict[str, list[str]] = {}
    for name in names:
        parts = name.split("/")[:-1]
        place = next((at for at, part in enumerate(parts) if part in TEST_WORDS), None)
        if place is not None and not parts[0].endswith(".dist-info"):
            below.setdefault("/".join(parts[: place + 1]), []).append(name)
    return tuple(
        Suite(folder=folder, files=tuple(sorted(files)))
        for folder, files in sorted(below.items())
        if _is_suite(folder, files)
    )


def _is_suite(folder: str, files: Iterable[str]) -> bool:
    modules = {name.rpartition("/")[2] for name in files if name.endswith(".py")}
    tests = {name for name in modules if _TEST_MODULE.fullmatch(name)}
    if folder.rpartition("/")[2] == "test":
        return bool(tests) and modules <= tests | _BESIDE_TESTS
    return bool(tests)


class Notes:
    """Collects what a wheel's files say; `names` are their final names."""

    def __init__(self, distribution: str, names: Collection[str]) -> None:
        self._distribution = distribution
        self._suites = find_suites(names)
        self._in_suite = {name: suite.folder for suite in self._suites for name in suite.files}
        self._modules = {name.split("/")[0].partition(".")[0] for name in names}
        self._stubs = sorted(
            name for name in names if name.endswith(_STUB) and name not in self._in_suite
        )
        self._imports: set[str] = set()
        self._references: set[Reference] = set()
        self._readers: dict[str, str] = {}
        self._headers_named: set[str] = set()
        self._includes_of: set[str] = set()
        self._headers: list[str] = []
        self._archives: list[str] = []
        self._size = self._for_compilers = 0

    def wants(self, name: str, size: int) -> bool:
        """Say whether the content of a file would tell anything; `size` in bytes."""
        self._size += size
        if name in self._in_suite:
            return name.endswith(".py")
        if ".dist-info/" in name:
            return name.endswith(_ENTRY_POINTS)
        return name.endswith((".py", ".so", *_HEADERS, *_ARCHIVES, *_DATA)) or ".so." in name

    def note(self, name: str, content: bytes) -> None:
        """Take note of what a file says."""
        base = name.rpartition("/")[2]
        if name in self._in_suite:
            self._note_test(name, content)
        elif base.endswith(".py"):
            # Only a test runner loads that one.
            if base != _CONFTEST:
                self._note_source(name, content)
        elif base.endswith(_HEADERS):
            if _DIRECTIVE.search(content):
                self._headers.append(name)
                self._for_compilers += len(content)
        elif base.endswith(_ARCHIVES):
            if content.startswith(_ARCHIVE_MAGIC):
                self._archives.append(name)
                self._for_compilers += len(content)
        elif name.endswith((*_DATA, _ENTRY_POINTS)):
            if base not in _FOR_DEVELOPERS:
                self._note_data(name, content)
        else:
            self._references |= set(parse_native_references(name, content))

    def close(self) -> Survey:
        """Return the survey; the order in which files were noted does not matter."""
        return Survey(
            name=self._distribution,
            suites=self._suites,
            stubs=tuple(self._stubs),
            headers=tuple(sorted(self._headers)),
            archives=tuple(sorted(self._archives)),
            modules=tuple(sorted(self._modules)),
            imports=tuple(sorted(self._imports)),
            references=tuple(
                sorted(
                    self._references,
                    key=lambda one: (one.origin, one.target, one.certainty, one.line),
                )
            ),
            reads_stubs=self._readers.get("stubs", ""),
            reads_headers=self._readers.get("headers", ""),
            reads_archives=self._readers.get("archives", ""),
            headers_named=tuple(sorted(self._headers_named)),
            includes_of=tuple(sorted(self._includes_of)),
            for_compilers=2 * self._for_compilers > self._size,
        )

    def _note_test(self, name: str, content: bytes) -> None:
        """Note which other suites a test imports, in case that its own one stays."""
        if may_refer(content):
            statements = b"\n".join(_IMPORT_STATEMENT.findall(content))
            found = parse_references(name, statements)
            self._references |= {one for one in found if one.target != self._in_suite[name]}

    def _note_source(self, name: str, content: bytes) -> None:
        self._imports |= {top.decode() for top in _TOP_IMPORT.findall(content)}
        if may_refer(content):
            self._references |= set(parse_references(name, content))
        if not (_STUB_WORDS.search(content) or _NATIVE_WORDS.search(content)):
            return
        code, strings = cut_source(content.decode("latin-1"))
        self._includes_of |= set(_GET_INCLUDE.findall(code))
        if "attach_stub" in code:
            self._is_read("stubs", name)
        for text, _ in strings:
            if _STUB_IN_STRING.search(text):
                self._is_read("stubs", name)
            if headers := _HEADER_IN_STRING.findall(text):
                self._is_read("headers", name)
                self._headers_named |= set(headers)
            if _ARCHIVE_IN_STRING.search(text):
                self._is_read("archives", name)

    def _note_data(self, name: str, content: bytes) -> None:
        if may_refer(content):
            # As if it were one string of a program; a bare word in it is any word.
            text = b"x = " + ascii(content.decode("latin-1")).encode()
            found = parse_references(name, text)
            self._references |= {
                Reference(origin=name, target=one.target, certainty="path")
                for one in found
                if one.certainty == "path"
            }

    def _is_read(self, kind: str, name: str) -> None:
        self._readers[kind] = min(name, self._readers.get(kind, name))
