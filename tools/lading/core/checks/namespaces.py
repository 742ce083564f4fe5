"""Modules that several distributions have to share a namespace: they differ, and do the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable

from lading.core.bundle import Collision

_INIT = "/__init__.py"
_BYTECODE = re.compile(r"/__pycache__/__init__\.[^/]+\.pyc$")
# Every form in which people write it, with pkgutil and with pkg_resources, uses these alone.
_NAMES = frozenset(
    {
        *("__import__", "__name__", "__path__", "ImportError", "declare_namespace"),
        *("extend_path", "pkg_resources", "pkgutil"),
    }
)
_STATEMENTS = (ast.Assign, ast.Expr, ast.Import, ast.ImportFrom, ast.Try)


def without_namespaces(
    collisions: Iterable[Collision], contents: Callable[[Collision], Iterable[bytes]]
) -> tuple[Collision, ...]:
    """Return collisions but those of which any file will do: all open one namespace.

    In one folder they need not even do that. `contents` are what the owners have under the name.
    """
    found = tuple(collisions)
    shared = {
        one.name
        for one in found
        if one.name.endswith(_INIT) and not one.folder and all(map(is_namespace, contents(one)))
    }
    return tuple(one for one in found if _BYTECODE.sub(_INIT, one.name) not in shared)


def is_namespace(source: bytes) -> bool:
    """Say whether a module does nothing but open its package for further folders."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(
        set(_names(node)) <= _NAMES
        and (not isinstance(node, ast.stmt) or isinstance(node, _STATEMENTS))
        for node in ast.walk(tree)
    )


def _names(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.alias):
        yield node.name
