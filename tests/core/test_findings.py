"""What may be allowed, and what no reason lets pass."""

from __future__ import annotations

from dataclasses import replace

from lading.core.config import Allowance
from lading.core.findings import Finding, judge

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
