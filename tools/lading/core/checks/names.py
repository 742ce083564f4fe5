"""What the app's module names are checked for: who else has them, and whom an import would meet.

The order of sys.path decides, and it differs. Python 3.13 and newer: dependencies, the worker's own
packages, the standard library, the app. Up to 3.12 the app is first on Dedicated and Premium plans,
before the standard library; on the others it is last there too.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from lading.core.bundle import Bundle
from lading.core.findings import Finding
from lading.core.layer import SITE_PACKAGES
from lading.core.runtimes import Runtime

# A folder of `namespace` modules has no __init__.py; of several with one name each has its part.
Form = Literal["module", "package", "namespace"]
# Which file of the app imports which top-level name; asked only where a name is in doubt.
Imports = Callable[[], Iterable[tuple[str, str]]]

_ISOLATES_SINCE = (3, 13)
# Modules that one minor had and this lading's Python need not have, or the other way round.
_GONE_SINCE = {
    (3, 12): {"asynchat", "asyncore", "distutils", "imp", "smtpd"},
    (3, 13): {
        *("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap"),
        *("nis", "nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau"),
        *("telnetlib", "uu", "xdrlib"),
    },
}
_NEW_SINCE = {(3, 11): {"tomllib"}, (3, 14): {"annotationlib", "compression"}}
# Theirs alone, on Windows or in a terminal: nothing of a Function App asks for them.
_NOT_HERE = frozenset(
    {
        *("antigravity", "idlelib", "msilib", "msvcrt", "nt", "ntpath", "this", "turtle"),
        *("turtledemo", "winreg", "winsound"),
    }
)
# Top-level packages beside the app's on sys.path: the worker's, and what it depends on. `tests` is
# in azure-functions-runtime-v1.
_WORKERS = frozenset({"azure_functions_worker", "dateutil", "grpc", "grpc_tools", "six"})
_ISOLATING_WORKERS = _WORKERS | {
    *("azure_functions_runtime", "azure_functions_runtime_v1", "proxy_worker", "tests", "uvloop"),
}
# Folders that are there for developers; many distributions ship theirs by mistake.
_FOR_DEVELOPERS = frozenset(
    {
        *("benchmark", "benchmarks", "doc", "docs", "example", "examples", "sample", "samples"),
        *("scripts", "src", "test", "testing", "tests", "tools"),
    }
)


def check_names(bundle: Bundle, runtime: Runtime, imports: Imports) -> tuple[Finding, ...]:
    """Find modules of the app that hide others, or that no import reaches."""
    app = top_names(_app_files(bundle))
    site = top_names(_vendored_files(bundle))
    backports = tuple(_backport(name) for name in _shadowed_by(site, runtime))
    doubtful = [name for name in app if name in site or name in _taken(runtime)]
    if not doubtful:
        return backports
    imported = {
        name for file, name in imports() if file.partition("/")[0] not in {name, f"{name}.py"}
    }
    found = (
        _check_name(name, app[name], site.get(name), runtime=runtime, imported=name in imported)
        for name in sorted(doubtful)
    )
    return (*backports, *(finding for finding in found if finding is not None))


def top_names(files: Iterable[str]) -> dict[str, Form]:
    """Return what can be imported from a folder of these files, by the first part of its name."""
    found: dict[str, Form] = {}
    for file in files:
        top, slash, rest = file.partition("/")
        base = file.rpartition("/")[2]
        if not base.endswith((".py", ".so")) or not top.partition(".")[0].isidentifier():
            continue
        name = top.partition(".")[0]
        if not slash:
            found[name] = found.get(name, "module") if found.get(name) == "package" else "module"
        elif "." not in top and rest.partition(".")[0] == "__init__":
            found[name] = "package"
        elif "." not in top:
            found.setdefault(name, "namespace")
    return found


def imported_names(source: bytes) -> frozenset[str]:
    """Return the top-level names that a file imports; none where it is no valid Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return frozenset(names)


def standard_library(runtime: Runtime) -> frozenset[str]:
    """Return the names of a minor's standard library that an app could hide."""
    names = set(sys.stdlib_module_names)
    for since, gone in _GONE_SINCE.items():
        names = names - gone if runtime.minor >= since else names | gone
    for since, new in _NEW_SINCE.items():
        names = names | new if runtime.minor >= since else names - new
    return frozenset(name for name in names if not name.startswith("_")) - _NOT_HERE


def _taken(runtime: Runtime) -> frozenset[str]:
    workers = _ISOLATING_WORKERS if runtime.minor >= _ISOLATES_SINCE else _WORKERS
    return standard_library(runtime) | workers


def _check_name(
    name: str, form: Form, vendored: Form | None, *, runtime: Runtime, imported: bool
) -> Finding | None:
    isolates = runtime.minor >= _ISOLATES_SINCE
    if name in standard_library(runtime):
        if isolates or form == "namespace":
            return _hidden(name, "the standard library", certain=True) if imported else None
        return _shadowing(name, runtime)
    if vendored is not None:
        return _check_vendored(name, form, vendored, isolates=isolates, imported=imported)
    return _hidden(name, "the Functions worker", certain=isolates) if imported else None


def _check_vendored(
    name: str, form: Form, vendored: Form, *, isolates: bool, imported: bool
) -> Finding | None:
    if form == "namespace":
        both = vendored == "namespace"
        return None if both or not imported else _hidden(name, "a dependency", certain=True)
    if vendored == "namespace":
        return Finding(
            code="module-hidden",
            severity="error",
            subject=name,
            evidence=f"the app's {name} hides what dependencies have below {name}",
            remedy=f"Rename it: no import finds {name}.… of a dependency beside it.",
        )
    if name in _FOR_DEVELOPERS and not imported:
        return None
    return _hidden(name, "a dependency", certain=isolates)


def _hidden(name: str, owner: str, *, certain: bool) -> Finding:
    who = f"the app's {name} has the name of a module of {owner}"
    differs = "which of them is imported differs from one hosting plan to another"
    return Finding(
        code="module-hidden",
        severity="error",
        subject=name,
        evidence=f"{who}, which is imported in its place" if certain else f"{who}; {differs}",
        remedy="Rename the app's.",
    )


def _shadowed_by(site: Mapping[str, Form], runtime: Runtime) -> Iterable[str]:
    known = standard_library(runtime)
    return sorted(name for name, form in site.items() if form != "namespace" and name in known)


def _backport(name: str) -> Finding:
    return Finding(
        code="stdlib-shadowed",
        severity="error",
        subject=name,
        evidence=f"a dependency's {name} is imported in place of the standard library's: on Azure"
        " dependencies come first, elsewhere the standard library does",
        remedy="Find who asks for it with `lading explain`, and do without: it is a backport for"
        " an older Python.",
    )


def _shadowing(name: str, runtime: Runtime) -> Finding:
    return Finding(
        code="stdlib-shadowed",
        severity="error",
        subject=name,
        evidence=f"the app's {name} is imported in place of the standard library's by everything,"
        f" the worker too, on Premium and Dedicated plans with Python {runtime.python}",
        remedy="Rename the app's.",
    )


def _app_files(bundle: Bundle) -> Iterator[str]:
    return (
        entry.name for entry in bundle.entries if not entry.name.startswith(".python_packages/")
    )


def _vendored_files(bundle: Bundle) -> Iterator[str]:
    for entry in bundle.entries:
        if entry.name.startswith(SITE_PACKAGES):
            yield entry.name.removeprefix(SITE_PACKAGES)
