"""The scripts of azure-pipelines.yml, run as agents run them: from a checkout to an app."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_azure import LocalAzure
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.support import require
from tests.team_checkout import ask_for_a_price, create_app, let_deploy, write_team_checkout
from tests.user import User, members

ROOT = Path(__file__).parents[2]
MACRO = re.compile(r"\$\(([A-Za-z.]+)\)")
# What the task gives to its script of the service connection that it names.
OF_THE_TASK = "AZURESUBSCRIPTION_"


def stages() -> dict[str, dict[str, Any]]:
    pipeline = yaml.safe_load((ROOT / "azure-pipelines.yml").read_text("utf-8"))
    return {stage["stage"]: stage for stage in pipeline["stages"]}


def steps(stage: str) -> list[dict[str, Any]]:
    (job,) = stages()[stage]["jobs"]
    found: list[dict[str, Any]] = (
        job["strategy"]["runOnce"]["deploy"]["steps"] if "deployment" in job else job["steps"]
    )
    return found


def script_of(step: dict[str, Any]) -> str:
    """Return the script of a step, "" where a task has none."""
    return str(step.get("bash") or step.get("inputs", {}).get("inlineScript", ""))


@dataclass(frozen=True, kw_only=True)
class Agent:
    """An agent that runs the scripts of a job in a checkout; `token` is the job's."""

    checkout: Path
    environment: dict[str, str]
    token: str

    def runs(self, stage: str) -> str:
        """Run them, expect that each goes well, and return the log as people see it."""
        values = {"System.AccessToken": self.token, "pythonVersion": "3.11"}
        log = ""
        for step in filter(script_of, steps(stage)):
            given = {
                name: MACRO.sub(lambda match: values[match[1]], text)
                for name, text in step.get("env", {}).items()
            }
            kept = "azureSubscription" in step.get("inputs", {})
            environment = {
                name: value
                for name, value in self.environment.items()
                if kept or not name.startswith(OF_THE_TASK)
            }
            finished = subprocess.run(
                ["bash", "--noprofile", "--norc", "-c", script_of(step)],
                cwd=self.checkout,
                env=environment | given,
                capture_output=True,
                text=True,
                check=False,
            )
            log += finished.stdout + finished.stderr
            assert finished.returncode == 0, log
        lines = log.splitlines()
        # The agent takes the commands that name what it is to mask out of the log.
        return "\n".join(line for line in lines if not line.startswith("##vso[task.setsecret]"))


@pytest.fixture
def checkout(sources: LocalSources, user: User, azure: LocalAzure, tmp_path: Path) -> Path:
    """Return a team's checkout whose feed the agent's one token opens, locked."""
    folder = write_team_checkout(sources, tmp_path / "checkout", feed="azure-devops")
    let_deploy(folder, azure)
    said = user.types(folder, "lock", SYSTEM_ACCESSTOKEN=sources.token)
    assert said.code == 0, said.text
    return folder


@pytest.fixture
def site(azure: LocalAzure, store: Path, ambient: dict[str, str]) -> Site:
    """Return the empty Function App to which the pipeline deploys."""
    return create_app(azure, store=store, ambient=ambient)


def test_the_scripts_lead_from_a_checkout_to_an_app_that_answers(
    user: User, sources: LocalSources, azure: LocalAzure, checkout: Path, site: Site, tmp_path: Path
) -> None:
    require("bash")
    temporary = {"AGENT_TEMPDIRECTORY": str(tmp_path / "agent")}
    second = shutil.copytree(checkout, tmp_path / "second")
    system = {"TF_BUILD": "True", "BUILD_SOURCESDIRECTORY": str(checkout)}
    builder = Agent(
        checkout=checkout,
        environment=user.environment | temporary | system,
        token=sources.token,
    )
    log = builder.runs("build")
    assert "acme_tax/__init__.py" in "\n".join(members(checkout / "dist/orders.zip"))
    assert sources.token not in log
    assert "##[group]" in log

    (published,) = [step for step in steps("build") if "publish" in step]
    (downloaded,) = [step for step in steps("deploy") if "download" in step]
    workspace = tmp_path / "workspace"
    shutil.copytree(checkout / published["publish"], workspace / downloaded["artifact"])

    # Nothing of the sources is known there; lading itself is, so that it is not fetched again.
    told = azure.variables("azure-pipelines", folder=tmp_path / "run")
    bare = {k: v for k, v in user.environment.items() if k not in sources.credentials}
    system = {
        "BUILD_SOURCESDIRECTORY": str(second),
        "PIPELINE_WORKSPACE": str(workspace),
        "LADING_CACHE": str(tmp_path / "empty"),
    }
    token = told.pop("SYSTEM_ACCESSTOKEN")
    del told["AZURE_AUTHORITY_HOST"]
    sources.log.clear()
    deployer = Agent(checkout=second, environment=bare | temporary | told | system, token=token)
    log = deployer.runs("deploy")
    assert "orders-prod runs" in log
    assert azure.log(host="azure-pipelines")
    assert ask_for_a_price(site, sources)["gross"] == "119.00"
    for secret in (token, azure.entra.client_secret, *azure.issued):
        assert secret not in log
    assert not sources.log(host="index") + sources.log(host="git")


def test_one_step_of_a_stage_sees_the_token() -> None:
    for name in ("build", "deploy"):
        told = [step["env"] for step in steps(name) if "env" in step]
        assert told == [{"SYSTEM_ACCESSTOKEN": "$(System.AccessToken)"}]


def test_the_package_is_published_as_one_file_in_a_folder_without_dots() -> None:
    (published,) = [step for step in steps("build") if "publish" in step]
    assert published["publish"] == "dist"


def test_nothing_persists_the_token() -> None:
    for name in ("build", "deploy"):
        (checkout,) = [step for step in steps(name) if "checkout" in step]
        assert checkout["persistCredentials"] is False
    text = (ROOT / "azure-pipelines.yml").read_text("utf-8")
    assert text.count("System.AccessToken") == 2
    assert "setvariable" not in text


def test_only_main_is_deployed_in_an_environment_by_a_connection_that_the_stage_names() -> None:
    stage = stages()["deploy"]
    assert "eq(variables['Build.SourceBranch'], 'refs/heads/main')" in stage["condition"]
    assert stage["condition"].startswith("and(succeeded(), ")
    (job,) = stage["jobs"]
    assert job["environment"] == "production"
    tasks = [step for step in steps("deploy") if "azureSubscription" in step.get("inputs", {})]
    assert [step["task"] for step in tasks] == ["AzureCLI@2"]
    assert 'lading" deploy --target prod --yes' in script_of(tasks[0])
    values = json.dumps(yaml.safe_load((ROOT / "azure-pipelines.yml").read_text("utf-8")))
    assert "secret" not in values.lower()
