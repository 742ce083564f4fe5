"""One build, signed in to Entra ID in each of the ways: the same package, and no secret shown."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lading.core.identity import METHODS, Method
from local_azure import LocalAzure
from local_sources import GitCommit, LocalSources
from tests.small_project import BACK_END, small_project
from tests.support import make_project
from tests.user import Said, User

LEDGER = "/acme/platform/_git/ledger"
DYNAMIC = 'dynamic = ["dependencies"]'
# Seconds. The second one is how long a build takes whose token has the first one to live.
SHORT_LIFE = 10
LONG_BUILD = 11


@pytest.fixture
def project(sources: LocalSources, tmp_path: Path) -> Path:
    """Return a project with a private package from a feed and one from Git, both Azure DevOps'."""
    sources.add_wheel("acme-rates", "1.0", files={"acme_rates.py": "VERSION = 1\n"})
    return _project(sources, tmp_path / "project", back_end=BACK_END)


def _project(sources: LocalSources, folder: Path, *, back_end: str) -> Path:
    # Only the build tells that a package of the feed is needed.
    files = small_project("acme-ledger")
    files["pyproject.toml"] = files["pyproject.toml"].replace("dependencies = []", DYNAMIC)
    back_end = back_end.replace('project.get("dependencies", ())', '["acme-rates"]')
    sources.add_git_repository(LEDGER, GitCommit(files=files | {"back_end.py": back_end}))
    asked = [f"acme-ledger @ git+{sources.git.origin}{LEDGER}"]
    return make_project(folder, requirements=asked, configuration=tables(sources))


def tables(sources: LocalSources) -> str:
    """Return the tables of both sources."""
    lines = ["[tool.lading]", "", "[tool.lading.sources.acme]", f'index = "{sources.azure_url}"']
    lines += ['packages = ["acme-*"]', f'scope = "{sources.azure.origin}/acme/"']
    lines += ['credential = "azure-devops"', "", "[tool.lading.sources.acme-git]"]
    lines += [f'git = "{sources.git_url}"', 'credential = "azure-devops"']
    return "\n".join(lines) + "\n"


def declare(project: Path, before: str, after: str) -> None:
    """Change a line of the configuration."""
    path = project / "pyproject.toml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


Starts = Callable[..., User]


@pytest.fixture
def starts(
    sources: LocalSources, azure: LocalAzure, ambient: dict[str, str], tmp_path: Path
) -> Starts:
    """Return what gives a user who has nothing but an identity, and an empty store."""

    def user_of(method: Method, **variables: str) -> User:
        folder = tmp_path / f"run-{method}"
        environment = sources.environment(ambient, public=True)
        environment |= azure.variables(method, folder=folder)
        environment |= {"LADING_CACHE": str(tmp_path / f"store-{method}")}
        return User(environment=environment | variables)

    return user_of


def shown(said: Said) -> str:
    """Return what was said but for the commands that tell a CI system what to hide."""
    lines = said.text.splitlines()
    return "\n".join(line for line in lines if not line.startswith(("::add-mask::", "##vso[")))


def test_the_same_package_comes_out_whoever_signs_in(
    project: Path, starts: Starts, azure: LocalAzure, sources: LocalSources
) -> None:
    packages = set()
    written = 'credential = "azure-devops"'
    # The first one locks; each has an empty store, and fetches everything.
    for method in METHODS:
        declare(project, written, written := _with_identity(method))
        shutil.rmtree(project / "dist", ignore_errors=True)
        sources.log.clear()
        said = starts(method).builds(project)
        packages.add(hashlib.sha256((project / "dist/orders.zip").read_bytes()).hexdigest())
        for host in ("azure", "git"):
            assert sources.log(host=host, credential="entra"), method
        assert f"a token of Entra ID ({method}), because it is declared" in said.text
        for secret in (*azure.secrets(method), *azure.issued):
            assert secret not in shown(said)
    assert len(packages) == 1


def _with_identity(identity: str) -> str:
    return f'credential = "azure-devops"\nidentity = "{identity}"'


def test_who_was_chosen_is_told_once_and_signs_in_once(
    project: Path, starts: Starts, azure: LocalAzure
) -> None:
    said = starts("client-secret").builds(project)
    why = "AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET are set"
    assert said.stderr.count("opened with") == 1
    assert f"a token of Entra ID (client-secret), because {why}" in said.stderr
    assert len(azure.log(host="entra", credential="client-secret")) == 1


def test_the_job_s_own_token_comes_first_and_a_source_may_want_another(
    project: Path, starts: Starts, azure: LocalAzure, sources: LocalSources
) -> None:
    of_job = starts("azure-pipelines")
    said = of_job.types(project, "build")
    # The job's token opens nothing here, and is not replaced by another.
    assert said.code == 4, said.text
    assert "SYSTEM_ACCESSTOKEN" in said.stderr
    assert not azure.log(host="entra")
    declare(project, 'credential = "azure-devops"', _with_identity("azure-pipelines"))
    of_job.builds(project)
    assert sources.log(host="azure", credential="entra")


def test_a_source_overrides_the_project(
    project: Path, starts: Starts, azure: LocalAzure, sources: LocalSources
) -> None:
    declare(project, "[tool.lading]\n", '[tool.lading]\nidentity = "managed-identity"\n')
    declare(project, 'packages = ["acme-*"]', 'packages = ["acme-*"]\nidentity = "client-secret"')
    machine = azure.variables("managed-identity", folder=project.parent / "machine")
    said = starts("client-secret", **machine).builds(project)
    assert "acme: opened with a token of Entra ID (client-secret)" in said.stderr
    assert "acme-git: opened with a token of Entra ID (managed-identity)" in said.stderr
    assert azure.log(host="imds")
    assert sources.log(host="git", credential="entra")


def test_a_build_that_outlives_its_token_is_given_the_next_one(
    starts: Starts, sources: LocalSources, azure: LocalAzure, tmp_path: Path
) -> None:
    sources.add_wheel("acme-rates", "1.0", files={"acme_rates.py": "VERSION = 1\n"})
    slow = f"    __import__('time').sleep({LONG_BUILD})\n    project = "
    project = _project(
        sources, tmp_path / "slow", back_end=BACK_END.replace("    project = ", slow, 1)
    )
    azure.entra.lifetime = SHORT_LIFE
    starts("client-secret").builds(project)
    assert len(azure.log(host="entra", credential="client-secret")) > 1
    asked = [*sources.log(host="azure"), *sources.log(host="git")]
    # An expired one would be nobody's, and a 401.
    assert {request.credential for request in asked} == {"entra"}
    assert {request.status for request in asked} <= {200, 206, 303}


def test_a_wrong_secret_ends_the_run_in_words(
    project: Path, starts: Starts, sources: LocalSources
) -> None:
    said = starts("client-secret", AZURE_CLIENT_SECRET="n0t-the-s3cr3t").types(project, "build")
    assert said.code == 3
    assert "the client secret is wrong (AADSTS7000215)" in said.stderr
    assert "→ Use the secret's value" in said.stderr
    assert "n0t-the-s3cr3t" not in said.text
    assert "Traceback" not in said.text
    assert not sources.log(host="azure")


def test_a_refused_identity_is_not_replaced_by_a_pat(
    project: Path, starts: Starts, sources: LocalSources, azure: LocalAzure
) -> None:
    azure.entra.refuse(7000222)
    said = starts("client-secret", AZURE_DEVOPS_EXT_PAT=sources.token).types(project, "build")
    assert said.code == 3
    assert "the client secret has expired" in said.stderr


def test_where_nobody_is_signed_in_a_pat_is_used_and_the_run_says_why(
    project: Path, starts: Starts, sources: LocalSources, azure: LocalAzure, tmp_path: Path
) -> None:
    user = starts("azure-cli")
    azure.sign_out(tmp_path / "run-azure-cli")
    said = user.types(project, "build")
    assert said.code == 3
    assert "az is not signed in" in said.stderr
    assert "az login" in said.stderr
    sources.trust(lambda token: token == "a-pat-of-mine", name="pat")
    said = user.builds(project, AZURE_DEVOPS_EXT_PAT="a-pat-of-mine")
    assert "opened with the variable AZURE_DEVOPS_EXT_PAT, because" in said.stderr
    assert said.stderr.count("az is not signed in") == 1


def test_a_program_that_signs_in_sees_no_secret_of_the_run(
    project: Path, starts: Starts, azure: LocalAzure, tmp_path: Path
) -> None:
    secrets = {"ACTIONS_RUNTIME_TOKEN": "s3cr3t-1", "SYSTEM_OIDCTOKEN": "s3cr3t-2"}
    secrets |= {"AZURE_CLIENT_SECRET": "s3cr3t-3", "DATABASE_PASSWORD": "s3cr3t-4"}
    declare(project, 'credential = "azure-devops"', _with_identity("azure-cli"))
    starts("azure-cli", **secrets).builds(project)
    calls = azure.calls(tmp_path / "run-azure-cli")
    assert calls
    assert "s3cr3t" not in str(calls)


@pytest.mark.parametrize(
    ("method", "variable"),
    [
        ("github-actions", "ACTIONS_ID_TOKEN_REQUEST_URL"),
        ("azure-pipelines", "SYSTEM_OIDCREQUESTURI"),
        ("client-secret", "AZURE_AUTHORITY_HOST"),
    ],
)
def test_nothing_is_shown_to_an_address_in_the_clear(
    method: Method, variable: str, project: Path, starts: Starts, azure: LocalAzure
) -> None:
    declare(project, 'credential = "azure-devops"', _with_identity(method))
    user = starts(method)
    address = user.environment[variable].split("/", 3)[-1] if method != "client-secret" else ""
    said = user.types(project, "build", **{variable: f"{azure.plain.origin}/{address}"})
    assert said.code == (2 if method == "client-secret" else 3), said.text
    assert "not https" in said.stderr
    assert not azure.log()


def test_who_needs_no_token_of_entra_waits_for_no_library(
    sources: LocalSources, user: User, tmp_path: Path
) -> None:
    sources.add_wheel("acme-rates", "1.0", files={"acme_rates.py": "VERSION = 1\n"})
    project = make_project(
        tmp_path / "p", requirements=["acme-rates"], configuration=tables(sources)
    )
    patient = User(
        environment=user.environment, program=[sys.executable, "-X", "importtime", "-m", "lading"]
    )
    said = patient.builds(project, SYSTEM_ACCESSTOKEN=sources.token)
    assert "lading.edges.tokens.entra" in said.stderr
    assert "azure.identity" not in said.stderr
    assert "msal" not in said.stderr
