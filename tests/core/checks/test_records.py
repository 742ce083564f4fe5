"""Distributions of other tools: those of which little is left are found, slimmed ones are not."""

from __future__ import annotations

from collections.abc import Iterable

from lading.core.checks.records import check_records
from lading.core.layer import SITE_PACKAGES
from tests.bundles import bundle_of_names

RECORD = f"{SITE_PACKAGES}demo-1.0.dist-info/RECORD"
PROMISED = "demo/__init__.py,,\ndemo/a.py,,\ndemo/b.py,,\ndemo/tests/c.py,,\n../../bin/tool.py,,\n"


def found(there: Iterable[str]) -> list[str]:
    bundle = bundle_of_names(SITE_PACKAGES + name for name in there)
    return [one.evidence for one in check_records(bundle, [(RECORD, PROMISED)])]


def test_a_slimmed_distribution_is_no_finding() -> None:
    assert found(["demo/__init__.py", "demo/a.py", "demo/b.py"]) == []


def test_one_of_which_little_is_left_is_found_with_a_name() -> None:
    (evidence,) = found(["demo/__init__.py"])
    assert evidence == "3 of its 4 modules are not there, among them demo/a.py"
