"""The steps of azure-pipelines.yml, done as agents do them: from an empty folder to an app."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_azure import LocalAzure
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.support import leave_out, require
from tests.team_checkout import (
    ask_for_a_price,
    commit,
    create_app,
    let_deploy,
    write_team_checkout,
)
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
    """An agent in a folder of its own, empty at first: it does what a stage says, step by step.

    `token` is the job's. What a stage publishes is in `artifacts`.
    """

    folder: Path
    repository: Path
    artifacts: Path
    environment: dict[str, str]
    token: str

    @property
    def sources(self) -> Path:
        """Return where the repository is checked out."""
        return self.folder / "1/s"

    def runs(self, stage: str) -> str:
        """Do all steps, expect that each goes well, and return the log as people see it."""
        lines = [line for step in steps(stage) for line in self._does(step).splitlines()]
        # The agent takes the commands that name what it is to mask out of the log.
        return "\n".join(line for line in lines if not line.startswith("##vso[task.setsecret]"))

    def _does(self, step: dict[str, Any]) -> str:
        match step:
            case {"checkout": "self"}:
                # A new pipeline fetches one commit, unless it is told otherwise.
                depth = ["--depth=1"] * (step.get("fetchDepth") != 0)
                words = ["git", "clone", "-q", *depth, self.repository.as_uri(), str(self.sources)]
                return self._starts(words, self.folder.parent, self.environment)
            case {"publish": folder, "artifact": name}:
                shutil.copytree(self.sources / folder, self.artifacts / name)
            case {"download": "current", "artifact": name}:
                shutil.copytree(self.artifacts / name, self.folder / "1" / name)
            case {"bash": script}:
                return self._scripts(step, script)
            case {"task": "AzureCLI@2", "inputs": {"inlineScript": script}}:
                return self._scripts(step, script)
            case {"task": "UsePythonVersion@0"}:
                # That Python is first on the PATH of every script here.
                pass
            case _:
                pytest.fail(f"no agent here knows {step}")
        return ""

    def _scripts(self, step: dict[str, Any], script: str) -> str:
        values = {"System.AccessToken": self.token, "pythonVersion": "3.11"}
        given = {
            name: MACRO.sub(lambda match: values[match[1]], text)
            for name, text in step.get("env", {}).items()
        }
        kept = "azureSubscription" in step.get("inputs", {})
        usual = {
            name: value
            for name, value in self.environment.items()
            if kept or not name.startswith(OF_THE_TASK)
        }
        places = {
            "AGENT_TEMPDIRECTORY": str(self.folder / "_temp"),
            "BUILD_SOURCESDIRECTORY": str(self.sources),
            "PIPELINE_WORKSPACE": str(self.folder / "1"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{self.environment['PATH']}",
        }
        words = ["bash", "--noprofile", "--norc", "-c", script]
        return self._starts(words, self.sources, usual | places | given)

    def _starts(self, words: list[str], folder: Path, environment: dict[str, str]) -> str:
        finished = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        log = finished.stdout + finished.stderr
        assert finished.returncode == 0, log
        return log


@pytest.fixture
def repository(sources: LocalSources, user: User, azure: LocalAzure, tmp_path: Path) -> Path:
    """Return a team's repository whose feed the agent's one token opens, locked."""
    folder = write_team_checkout(sources, tmp_path / "repository", feed="azure-devops")
    let_deploy(folder, azure)
    said = user.types(folder, "lock", SYSTEM_ACCESSTOKEN=sources.token)
    assert said.code == 0, said.text
    commit(folder, user.environment)
    return folder


@pytest.fixture
def site(azure: LocalAzure, store: Path, ambient: dict[str, str]) -> Site:
    """Return the empty Function App to which the pipeline deploys."""
    return create_app(azure, store=store, ambient=ambient)


# Both stages install lading with all that it needs, as agents do.
@pytest.mark.timeout(1200)
def test_the_steps_lead_from_an_empty_folder_to_an_app_that_answers(
    user: User, sources: LocalSources, azure: LocalAzure, repository: Path, site: Site
) -> None:
    require("bash")
    home = repository.parent
    builder = Agent(
        folder=home / "builder",
        repository=repository,
        artifacts=home / "artifacts",
        environment=user.environment | {"TF_BUILD": "True"},
        token=sources.token,
    )
    log = builder.runs("build")
    assert "acme_tax/__init__.py" in "\n".join(members(home / "artifacts/package/orders.zip"))
    assert sources.token not in log
    assert "##[group]" in log

    # Nothing of the sources is known there; lading itself is, so that it is not fetched again.
    told = azure.variables("azure-pipelines", folder=home / "run")
    bare = {k: v for k, v in user.environment.items() if k not in sources.credentials}
    del told["AZURE_AUTHORITY_HOST"]
    deployer = replace(
        builder,
        folder=home / "deployer",
        token=told.pop("SYSTEM_ACCESSTOKEN"),
        environment=bare | told | {"LADING_CACHE": str(home / "empty")},
    )
    sources.log.clear()
    log = deployer.runs("deploy")
    assert "orders-prod runs" in log
    assert azure.log(host="azure-pipelines")
    assert ask_for_a_price(site, sources)["gross"] == "119.00"
    for secret in (deployer.token, azure.entra.client_secret, *azure.issued):
        assert secret not in log
    assert not sources.log(host="index") + sources.log(host="git")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("scriptType: bash", "scriptTyp: bash"),
        ("UsePythonVersion@0", "UsePythonVersion@7"),
        ("lockBehavior: runLatest", "lockBehavior: latest"),
    ],
)
def test_it_is_as_microsofts_schema_has_it_and_a_mistake_would_be_found(
    old: str, new: str, tmp_path: Path
) -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    if not program.exists():
        leave_out("check-jsonschema is not installed")
    text = (ROOT / "azure-pipelines.yml").read_text("utf-8")
    assert old in text
    # The service takes every scalar for text, and its schema says so.
    as_read = yaml.load(text.replace(old, new) if old else text, yaml.BaseLoader)  # noqa: S506
    path = tmp_path / "pipeline.json"
    path.write_text(json.dumps(as_read), "utf-8")
    flags = ["--builtin-schema=vendor.azure-pipelines", "--data-transform=azure-pipelines"]
    ended = subprocess.run(
        [program, *flags, "--regex-variant=nonunicode", path],
        env={"HOME": str(tmp_path), "PATH": str(program.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (ended.returncode == 0) == (not old), ended.stdout + ended.stderr


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
