"""What a user sees of findings: the refusal, what may pass with a reason, and the SARIF file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.edges.layers.test_examination import KEY
from tests.support import make_project
from tests.user import User

ALLOW = ("--allow", "private-key:keys/test.pem", "--reason", "signs nothing but tests")


def results(path: Path) -> list[dict[str, Any]]:
    (run,) = json.loads(path.read_text("utf-8"))["runs"]
    assert isinstance(run["results"], list)
    return run["results"]


def test_a_private_key_keeps_the_package_from_leaving(user: User, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", files={"functionapp/keys/test.pem": KEY})
    said = user.types(project, "build", "--sarif", "findings/lading.sarif")
    assert said.code == 6
    assert "error private-key: keys/test.pem:1: a private key" in said.text
    assert not list(project.glob("dist/*"))
    (result,) = [
        one for one in results(project / "findings/lading.sarif") if one["ruleId"] == "private-key"
    ]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == "functionapp/keys/test.pem"


def test_what_was_allowed_goes_along_with_its_reason(user: User, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", files={"functionapp/keys/test.pem": KEY})
    said = user.builds(project, *ALLOW, "--sarif", "lading.sarif")
    assert "allowed private-key: keys/test.pem" in said.text
    (result,) = [one for one in results(project / "lading.sarif") if "suppressions" in one]
    assert result["suppressions"][0]["justification"] == "signs nothing but tests"


def test_a_package_over_its_budget_is_told_and_made(user: User, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", configuration='size-budget = "10 kB"')
    said = user.builds(project)
    assert "warning: over-budget: package: the wheels alone are" in said.stderr
    assert "warning over-budget: package: the package is" in said.stdout
