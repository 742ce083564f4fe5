"""Each broken app of the corpus gets its finding and nothing else, by the real commands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lading.core.findings import CODES
from tests.corpus.broken import BROKEN
from tests.corpus.case import Broken, Refusal
from tests.corpus.judgement import complaints
from tests.corpus.workbench import Workbench

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it loads what Linux loads")

# Those of the list of what users suffer that can be seen in a package, or before there is one.
SEEN = {
    *range(1, 5),
    *(10, 11, 14, 15, 18, *range(20, 27), 30, 31, 34, 36, 37, 41, 42, 43, 44, 47, 48, 52, 56, 58),
}
# A zip with such a name is refused as a whole, before there is anything to find.
NEVER_FOUND = {"escaping-path"}


def _name(case: Broken) -> str:
    return f"{case.number or 'none'}-{case.what.replace(' ', '-')}"


@pytest.mark.parametrize("case", BROKEN, ids=_name)
def test_a_broken_app_gets_its_finding_and_nothing_else(
    workbench: Workbench, tmp_path: Path, case: Broken
) -> None:
    outcome = workbench.examine(case, tmp_path / "project")
    assert complaints(case, outcome) == [], outcome.told


def test_every_case_that_can_be_seen_has_an_app() -> None:
    assert {case.number for case in BROKEN} - {None} == SEEN


def test_every_code_of_a_finding_has_an_app() -> None:
    given = {
        one.partition(" ")[2]
        for case in BROKEN
        if not isinstance(case.gives, Refusal)
        for one in case.gives
    }
    assert given == CODES - NEVER_FOUND
