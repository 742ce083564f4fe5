"""What may be allowed, and what no reason lets pass."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

from lading.core.findings import CODES, NEVER_ALLOWED, Allowance, Finding, check_allowed_code, judge

TOOLKIT = Path(__file__).parents[2] / "tools" / "lading"
COLLISION = Finding(
    code="collision", severity="error", subject="Acme_Tax", evidence="two files", remedy="drop one"
)


def test_an_allowance_lets_an_error_pass_and_keeps_the_reason() -> None:
    allowance = Allowance(code="collision", package="acme-tax", reason="same code")
    (finding,) = judge([COLLISION], [allowance])
    assert finding == replace(COLLISION, allowed="same code")
    assert not finding.refuses


def test_an_allowance_for_another_distribution_or_code_changes_nothing() -> None:
    other = Allowance(code="collision", package="acme-core", reason="r")
    code = Allowance(code="end-of-support", package=None, reason="r")
    assert judge([COLLISION], [other, code]) == (COLLISION,)


def test_an_allowance_without_a_package_covers_every_subject() -> None:
    allowance = Allowance(code="collision", package=None, reason="known")
    assert not judge([COLLISION], [allowance])[0].refuses


def test_a_token_of_this_build_is_never_allowed() -> None:
    leak = replace(COLLISION, code="credential-of-this-build")
    allowance = Allowance(code="credential-of-this-build", package=None, reason="please")
    assert judge([leak], [allowance])[0].refuses


def test_a_warning_never_refuses() -> None:
    assert not replace(COLLISION, severity="warning").refuses


def test_a_code_that_nothing_has_is_answered_with_the_nearest() -> None:
    assert check_allowed_code("collision") is None
    assert check_allowed_code("colision") == (
        "no finding has the code colision; did you mean collision?"
    )
    every = ", ".join(sorted(CODES - NEVER_ALLOWED))
    assert check_allowed_code("x") == f"no finding has the code x; codes are: {every}"
    assert check_allowed_code("escaping-path") == "escaping-path is never allowed"


def test_every_code_that_a_finding_gets_is_known() -> None:
    given: set[str] = set()
    texts: set[str] = set()
    for path in TOOLKIT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and path.name != "findings.py":
                texts.add(str(node.value))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                codes = [word.value for word in node.keywords if word.arg == "code"]
                given |= {str(one.value) for one in codes if isinstance(one, ast.Constant)}
    assert "collision" in given
    assert given <= CODES
    # A code that is computed stands somewhere too.
    assert texts >= CODES - NEVER_ALLOWED
