"""What `doctor` writes on terminals, and beside a run of a CI system."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.acceptance.doctor.told import examined
from tests.user import User


@pytest.mark.parametrize(
    ("variables", "opening", "warning"),
    [
        ({"TF_BUILD": "True"}, "##[group]", "##vso[task.logissue type=warning]acme-pricing: "),
        ({"GITHUB_ACTIONS": "true"}, "::group::", "::warning title=lading::acme-pricing: "),
    ],
)
def test_in_ci_what_is_wrong_is_a_warning_beside_the_run(
    careful: User,
    sources: LocalSources,
    project: Path,
    variables: dict[str, str],
    opening: str,
    warning: str,
) -> None:
    sources.index.fail("500")
    careful.environment |= variables
    said = examined(careful, project, code=4)
    assert f"{opening}Examining the sources" in said.stderr
    assert warning in said.stderr


def test_colours_are_for_terminals_and_for_those_who_ask(careful: User, project: Path) -> None:
    assert "\x1b" not in examined(careful, project, "--offline").stdout
    said = examined(careful, project, "--offline", FORCE_COLOR="1", TERM="xterm", COLUMNS="80")
    assert "\x1b[32mok" in said.stdout
    lines = re.sub(r"\x1b\[[0-9;]*m", "", said.stdout).splitlines()
    # A path is not broken.
    assert [line for line in lines if len(line) > 80 and str(project) not in line] == []
