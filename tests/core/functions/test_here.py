"""An import that only this machine fails is no fault of the package."""

from __future__ import annotations

import pytest

from lading.core.functions import ImportProblem, Raised
from lading.core.functions.here import lacking_here
from lading.core.images import image_of

IMAGE = image_of("Debian 12")


def problem(message: str, kind: str = "builtins.ImportError") -> ImportProblem:
    raised = Raised(types=(kind,), message=message)
    return ImportProblem(error="ImportError", message=message, chain=(raised,))


@pytest.mark.parametrize(
    ("message", "what"),
    [
        (
            "libodbc.so.2: cannot open shared object file: No such file or directory",
            "this machine has no libodbc.so.2, which Debian 12 has",
        ),
        (
            "libGL.so.1: cannot open shared object file: No such file or directory",
            "this machine has no libGL.so.1, which Debian 12 has",
        ),
        (
            "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.36' not found (required by x.so)",
            "this machine is older than Debian 12: it has no GLIBC_2.36",
        ),
    ],
)
def test_what_the_image_has_is_lacking_here(message: str, what: str) -> None:
    assert lacking_here(problem(message), IMAGE) == what


@pytest.mark.parametrize(
    "message",
    [
        "libpq.so.5: cannot open shared object file: No such file or directory",
        "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.39' not found (required by x.so)",
        "No module named 'requests'",
    ],
)
def test_what_the_image_lacks_is_the_packages_fault(message: str) -> None:
    assert lacking_here(problem(message), IMAGE) is None


def test_another_error_that_says_so_is_the_apps() -> None:
    said = "libodbc.so.2: cannot open shared object file"
    assert lacking_here(problem(said, "builtins.RuntimeError"), IMAGE) is None
    assert lacking_here(None, IMAGE) is None
