"""The workflow of GitHub Actions, executed by act on this machine and read by its linters."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lading.core.secret import encodings
from local_azure import LocalAzure
from local_azure.sites.site import Site
from local_sources import LocalSources
from tests.support import leave_out
from tests.team_checkout import (
    ask_for_a_price,
    commit,
    create_app,
    let_deploy,
    write_team_checkout,
)
from tests.user import User, members

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github/workflows/package.yml"
PROGRAMS = Path(sys.executable).parent
# Each job installs lading with all that it needs, as runners do.
pytestmark = pytest.mark.timeout(1200)
_SECONDS = 900
# What GitHub's own actions do that a build here needs; act knows actions/checkout itself.
STAND_INS = {
    "actions/setup-python": """\
inputs: {python-version: {required: true}}
runs:
  using: composite
  steps: [{shell: bash, run: python --version}]
""",
    "actions/upload-artifact": """\
inputs: {name: {required: true}, path: {required: true}, if-no-files-found: {}}
runs:
  using: composite
  steps:
    - {shell: bash, run: 'cp -r "${{ inputs.path }}" "$UPLOADS/${{ inputs.name }}"'}
""",
    "actions/download-artifact": """\
inputs: {name: {required: true}, path: {required: true}}
runs:
  using: composite
  steps:
    # What the job before has built there would be no artifact.
    - {shell: bash, run: 'test ! -e "${{ inputs.path }}"'}
    - {shell: bash, run: 'cp -r "$UPLOADS/${{ inputs.name }}" "${{ inputs.path }}"'}
""",
}


def jobs() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    return found


def steps(job: str = "package") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = jobs()[job]["steps"]
    return found


def program(name: str) -> Path:
    found = PROGRAMS / name
    if not found.exists():
        leave_out(f"{name} is not installed")
    return found


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A runner of GitHub Actions: act, with stand-ins for the actions that it would fetch."""

    checkout: Path
    folder: Path
    environment: dict[str, str]

    @property
    def uploads(self) -> Path:
        """Return the folder of uploaded artifacts."""
        return self.folder / "uploads"

    def pushes(
        self, job: str, *, variables: dict[str, str], secrets: dict[str, str]
    ) -> tuple[int, str]:
        """Run a job, and those before it, as a push to main does; return the end and the log."""
        self.uploads.mkdir(parents=True, exist_ok=True)
        told = self._write("environment", {**self.environment, "UPLOADS": str(self.uploads)})
        hidden = self._write("secrets", secrets)
        words: list[str | Path] = [
            program("act"),
            "push",
            "--workflows",
            ".github/workflows/package.yml",
            f"--job={job}",
        ]
        words += ["--platform", "ubuntu-24.04=-self-hosted", "--pull=false"]
        words += ["--env-file", told, "--secret-file", hidden]
        # It would ask its makers whether there is a newer one.
        quiet = {"ACT_DISABLE_VERSION_CHECK": "1"}
        words += [f"--local-repository={used}={path}" for used, path in self._actions()]
        words += [f"--var={name}={value}" for name, value in variables.items()]
        ended = subprocess.run(
            words,
            cwd=self.checkout,
            env=self.environment | quiet,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        return ended.returncode, ended.stdout + ended.stderr

    def _actions(self) -> list[tuple[str, Path]]:
        found = []
        for used in {step["uses"] for job in jobs() for step in steps(job) if "uses" in step}:
            name = used.partition("@")[0]
            if name in STAND_INS:
                place = self.folder / name
                place.mkdir(parents=True, exist_ok=True)
                (place / "action.yml").write_text(f"name: {name}\n{STAND_INS[name]}")
                found.append((used, place))
        return found

    def _write(self, name: str, values: dict[str, str]) -> Path:
        path = self.folder / name
        path.write_text("".join(f"{key}='{value}'\n" for key, value in values.items()))
        return path


@pytest.fixture
def runner(user: User, sources: LocalSources, azure: LocalAzure, tmp_path: Path) -> Runner:
    checkout = write_team_checkout(
        sources, tmp_path / "checkout", feed="azure-devops", git="azure-devops"
    )
    let_deploy(checkout, azure)
    folder = tmp_path / "runner"
    said = user.types(checkout, "lock", **azure.variables("client-secret", folder=folder))
    assert said.code == 0, said.text
    commit(checkout, user.environment)
    environment = {k: v for k, v in user.environment.items() if k not in sources.credentials}
    environment |= {
        "PATH": f"{PROGRAMS}:{environment['PATH']}",
        "LADING_CACHE": str(tmp_path / "store"),
        "AZURE_AUTHORITY_HOST": azure.entra.origin,
    }
    sources.log.clear()
    azure.log.clear()
    return Runner(checkout=checkout, folder=folder, environment=environment)


@pytest.fixture
def site(azure: LocalAzure, store: Path, ambient: dict[str, str]) -> Site:
    """Return the empty Function App to which the workflow deploys."""
    return create_app(azure, store=store, ambient=ambient)


def is_built(log: str, runner: Runner, sources: LocalSources, azure: LocalAzure) -> None:
    assert "acme_tax/__init__.py" in "\n".join(members(runner.uploads / "package/orders.zip"))
    assert (runner.uploads / "package/orders.json").is_file()
    assert {request.credential for request in sources.log(host="index")} == {"entra"}
    assert {request.credential for request in sources.log(host="git")} == {"entra"}
    for secret in (azure.entra.client_secret, azure.github_actions.request_token, *azure.issued):
        assert not any(form in log for form in encodings(secret))


def how_it_signed_in(log: str) -> list[str]:
    ran = [line for line in log.splitlines() if "Run Main lading build --frozen" in line]
    return [line.rpartition("signed in ")[2] for line in ran]


def test_a_push_leads_to_an_app_that_answers_and_the_log_shows_no_credential(
    runner: Runner, sources: LocalSources, azure: LocalAzure, site: Site
) -> None:
    # What GitHub gives to a job that may ask for a proof, and the repository's variables.
    told = azure.variables("github-actions", folder=runner.folder)
    variables = {name: told.pop(name) for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID")}
    runner.environment.update(told)
    code, log = runner.pushes("deploy", variables=variables, secrets={})
    assert code == 0, log
    is_built(log, runner, sources, azure)
    assert how_it_signed_in(log) == ["by OpenID Connect"]
    assert "orders-prod runs" in log
    assert ask_for_a_price(site, sources)["gross"] == "119.00"


def test_a_service_principal_makes_the_artifact_and_the_log_shows_no_credential(
    runner: Runner, sources: LocalSources, azure: LocalAzure
) -> None:
    secrets = {"AZURE_CREDENTIALS": azure.credentials_json}
    code, log = runner.pushes("package", variables={}, secrets=secrets)
    assert code == 0, log
    is_built(log, runner, sources, azure)
    assert how_it_signed_in(log) == ["as a service principal"]


@pytest.mark.parametrize(
    ("words", "old", "new"),
    [
        (
            "zizmor --offline --no-progress --persona=pedantic",
            "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
            "actions/checkout@main",
        ),
        ("act --validate --strict --workflows", "runs-on: ubuntu-24.04", "run-on: ubuntu-24.04"),
        (
            "check-jsonschema --builtin-schema=vendor.github-workflows",
            "id-token: write",
            "id-token: always",
        ),
    ],
)
def test_each_linter_finds_nothing_and_would_find_a_mistake(
    words: str, old: str, new: str, tmp_path: Path
) -> None:
    text = WORKFLOW.read_text("utf-8")
    assert old in text
    wrong = tmp_path / ".github/workflows/wrong.yml"
    wrong.parent.mkdir(parents=True)
    wrong.write_text(text.replace(old, new), "utf-8")
    name, *flags = words.split()
    for path, is_good in ((WORKFLOW, True), (wrong, False)):
        ended = subprocess.run(
            [program(name), *flags, path],
            env={"HOME": str(tmp_path), "PATH": str(PROGRAMS), "ACT_DISABLE_VERSION_CHECK": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert (ended.returncode == 0) == is_good, ended.stdout + ended.stderr


def test_a_credential_is_in_the_environment_of_one_step_and_written_nowhere() -> None:
    text = WORKFLOW.read_text("utf-8")
    workflow = yaml.safe_load(text)
    assert "env" not in workflow
    assert workflow["permissions"] == {}
    for job in jobs().values():
        assert "env" not in job
        assert job["permissions"] == {"contents": "read", "id-token": "write"}
    # The comment names it once, to say that nothing is written there.
    assert text.count("GITHUB_ENV") == 1
    told = [list(step["env"]) for job in jobs() for step in steps(job) if "env" in step]
    federated = ["AZURE_CLIENT_ID", "AZURE_TENANT_ID"]
    assert told == [federated, ["AZURE_CREDENTIALS"], federated]
    assert text.count("secrets.") == 1
    for job in jobs():
        (checkout,) = [step for step in steps(job) if "checkout" in step.get("uses", "")]
        assert checkout["with"]["persist-credentials"] is False


def test_only_main_is_deployed_in_an_environment_and_never_cut_off() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    job = jobs()["deploy"]
    assert (job["needs"], job["environment"]) == ("package", "production")
    assert job["if"] == "github.ref == 'refs/heads/main'"
    ends = workflow["concurrency"]["cancel-in-progress"]
    assert ends == "${{ github.ref != 'refs/heads/main' }}"


def test_its_commands_are_those_of_the_azure_pipeline() -> None:
    pipeline = (ROOT / "azure-pipelines.yml").read_text("utf-8")
    theirs = {
        line.strip().replace("AGENT_TEMPDIRECTORY", "RUNNER_TEMP") for line in pipeline.splitlines()
    }
    for job in jobs():
        ours = [line for step in steps(job) for line in step.get("run", "").splitlines()]
        assert len(ours) > 2
        assert set(ours) <= theirs
