"""Which modules of several distributions mean the same, though their bytes differ."""

from __future__ import annotations

import pytest

from lading.core.bundle import Collision
from lading.core.checks.namespaces import is_namespace, without_namespaces

PKGUTIL = b"__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
PKG_RESOURCES = b"__import__('pkg_resources').declare_namespace(__name__)\n"
BOTH = b"""\
# Licensed to whomever.
try:
    import pkg_resources
    pkg_resources.declare_namespace(__name__)
except ImportError:
    import pkgutil
    __path__ = pkgutil.extend_path(__path__, __name__)
"""
IMPORTED = b"from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)  # mypy\n"
MORE = PKGUTIL + b"VERSION = 1\n"


@pytest.mark.parametrize(
    "source", [b"", b'"""All of acme."""\n', PKGUTIL, PKG_RESOURCES, BOTH, IMPORTED]
)
def test_a_namespace_is_one_in_every_form(source: bytes) -> None:
    assert is_namespace(source)


@pytest.mark.parametrize(
    "source",
    [
        MORE,
        b"from .core import price\n",
        b"import os\n",
        b"def __path__(): pass\n",
        b"__path__ = [\n",
        b"\0",
    ],
)
def test_a_module_that_does_anything_else_is_none(source: bytes) -> None:
    assert not is_namespace(source)


def test_no_collision_is_left_of_modules_that_share_a_namespace() -> None:
    texts = {
        "acme/__init__.py": (PKGUTIL, PKGUTIL.rstrip()),
        "more/__init__.py": (PKGUTIL, MORE),
        "acme/tax.py": (b"", b" "),
    }
    bytecode = ("acme/__pycache__/__init__.cpython-313.pyc", "more/__pycache__/__init__.c.pyc")
    collisions = [Collision(name=name, owners=("a", "b")) for name in (*texts, *bytecode)]
    left = without_namespaces(collisions, lambda one: texts[one.name])
    assert [one.name for one in left] == ["more/__init__.py", "acme/tax.py", bytecode[1]]
