"""The scripts of azure-pipelines.yml, run as the agent runs them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_sources import LocalSources
from tests.support import require
from tests.team_checkout import write_team_checkout
from tests.user import User, members

ROOT = Path(__file__).parents[2]
MACRO = re.compile(r"\$\(([A-Za-z.]+)\)")


def steps() -> list[dict[str, Any]]:
    pipeline = yaml.safe_load((ROOT / "azure-pipelines.yml").read_text("utf-8"))
    (job,) = pipeline["stages"][0]["jobs"]
    found: list[dict[str, Any]] = job["steps"]
    return found


@pytest.fixture
def checkout(sources: LocalSources, user: User, tmp_path: Path) -> Path:
    """Return a team's checkout whose feed the agent's one token opens, locked."""
    folder = write_team_checkout(sources, tmp_path / "checkout", feed="azure-devops")
    said = user.types(folder, "lock", SYSTEM_ACCESSTOKEN=sources.token)
    assert said.code == 0, said.text
    return folder


def test_the_scripts_make_the_package_and_only_one_step_sees_the_token(
    user: User, sources: LocalSources, checkout: Path, tmp_path: Path
) -> None:
    require("bash")
    agent = {
        "TF_BUILD": "True",
        "AGENT_TEMPDIRECTORY": str(tmp_path / "agent"),
        "BUILD_SOURCESDIRECTORY": str(checkout),
    }
    values = {"System.AccessToken": sources.token, "pythonVersion": "3.11"}
    output = ""
    scripts = [step for step in steps() if "bash" in step]
    for step in scripts:
        given = {
            name: MACRO.sub(lambda match: values[match[1]], text)
            for name, text in step.get("env", {}).items()
        }
        finished = subprocess.run(
            ["bash", "--noprofile", "--norc", "-c", step["bash"]],
            cwd=checkout,
            env={**user.environment, **agent, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        output += finished.stdout + finished.stderr
        assert finished.returncode == 0, output
    assert "acme_tax/__init__.py" in "\n".join(members(checkout / "dist/orders.zip"))
    # The agent takes the commands that name what it is to mask out of the log.
    log = [line for line in output.splitlines() if not line.startswith("##vso[task.setsecret]")]
    assert sources.token not in "\n".join(log)
    assert [step.get("env") for step in scripts].count(
        {"SYSTEM_ACCESSTOKEN": "$(System.AccessToken)"}
    ) == 1
    assert "##[group]" in output


def test_the_package_is_published_as_one_file_in_a_folder_without_dots() -> None:
    (published,) = [step for step in steps() if "publish" in step]
    assert published["publish"] == "dist"


def test_nothing_persists_the_token() -> None:
    (checkout,) = [step for step in steps() if "checkout" in step]
    assert checkout["persistCredentials"] is False
    text = (ROOT / "azure-pipelines.yml").read_text("utf-8")
    assert text.count("System.AccessToken") == 1
    assert "setvariable" not in text
