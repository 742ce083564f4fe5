"""An import that fails for a cause that has its own finding is told once."""

from __future__ import annotations

import pytest

from lading.core.checks.consequences import without_consequences
from lading.core.findings import Finding
from lading.core.functions import ImportProblem, Indexed, Raised

SITE = "/unpacked/.python_packages/lib/site-packages/"
MISSING = ("builtins.ModuleNotFoundError", "builtins.ImportError", "builtins.Exception")


def finding(code: str, subject: str, evidence: str = "", allowed: str | None = None) -> Finding:
    return Finding(
        code=code, severity="error", subject=subject, evidence=evidence, remedy="", allowed=allowed
    )


def failed(module: str = "", *frames: str, types: tuple[str, ...] = MISSING) -> Indexed:
    raised = Raised(types=types, message="", frames=frames)
    return Indexed(
        model="v2",
        python="3.13.0",
        runtime="1",
        sdk="2",
        sdk_from="engine",
        functions=(),
        problem=ImportProblem(error="E", message="", module=module, chain=(raised,)),
        output="",
        seconds=1,
    )


IMPORT = finding("import-error", "function_app.py")
NUMPY = finding("wrong-abi", "numpy", "numpy/core/_umath.cpython-311-x86_64-linux-gnu.so: cp311")
NOTHING = finding("nothing-vendored", "requirements.txt", "it asks for requests")


@pytest.mark.parametrize(
    ("cause", "verdict"),
    [
        (NOTHING, failed("requests")),
        (NUMPY, failed("numpy.core._umath")),
        (NUMPY, failed("", f"{SITE}pandas/__init__.py:1 <module>", f"{SITE}numpy/core.py:9 f")),
        (finding("missing-library", "psycopg", "_psycopg.so: needs x"), failed("_psycopg")),
        (finding("editable-install", "__editable__.shared-1.0.pth"), failed("shared")),
    ],
)
def test_what_a_finding_explains_is_not_told_again(cause: Finding, verdict: Indexed) -> None:
    assert without_consequences((cause, IMPORT), verdict) == (cause,)


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (NUMPY, failed("requests", f"{SITE}requests/__init__.py:1 <module>")),
        (NOTHING, failed(types=("builtins.ValueError",))),
        (finding("private-key", "server.pem"), failed("requests")),
        (finding("wrong-abi", "numpy", NUMPY.evidence, "it is never imported"), failed("numpy")),
    ],
)
def test_what_nothing_explains_is_told(other: Finding, verdict: Indexed) -> None:
    assert without_consequences((other, IMPORT), verdict) == (other, IMPORT)
