"""Targets are looked at beside sources, or alone, as the words of the command say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local_azure import LocalAzure
from local_azure.sites.hosting import SiteSpec
from local_sources import LocalSources
from tests.acceptance.doctor.told import checks, examined
from tests.deployments import STORAGE
from tests.support import make_project
from tests.user import User

PLACES = {"eu-flex": "orders-eu", "us-flex": "orders-us"}


@pytest.fixture
def operator(careful: User, azure: LocalAzure, tmp_path: Path) -> User:
    """Return a user who may deploy, to apps that are there."""
    for name in PLACES.values():
        azure.cloud.create(SiteSpec(name=name, hosting="flex", python="3.11", settings={**STORAGE}))
    told = azure.variables("client-secret", folder=tmp_path / "run")
    del told["AZURE_AUTHORITY_HOST"]
    careful.environment |= told
    return careful


@pytest.fixture
def project(tmp_path: Path, sources: LocalSources, azure: LocalAzure) -> Path:
    """Return a project with a source and two targets."""
    tables = [
        f'[tool.lading.targets.{target}]\napp = "orders"\nsubscription = "{azure.subscription}"\n'
        f'resource-group = "orders"\nfunction-app = "{name}"\n'
        for target, name in PLACES.items()
    ]
    folder = make_project(
        tmp_path / "p",
        requirements=["acme-pricing"],
        sources=sources,
        configuration="\n".join(tables),
    )
    configuration = folder / "pyproject.toml"
    cloud = f'[tool.lading]\ncloud = "{azure.cloud.resource_manager.origin}"\n'
    configuration.write_text(cloud + configuration.read_text())
    return folder


def asked_of_azure(azure: LocalAzure) -> set[str]:
    """Return the Function Apps of which Resource Manager was asked."""
    paths = (request.path for request in azure.log() if request.host == "resource-manager")
    return {found[1] for path in paths if (found := re.search(r"/sites/([^/]+)", path))}


def test_without_words_sources_and_targets_are_looked_at(
    operator: User, azure: LocalAzure, project: Path
) -> None:
    said = examined(operator, project)
    assert "FAIL" not in said.stdout
    assert "Source acme  " in said.stdout
    assert "Target eu-flex  orders-eu\n" in said.stdout
    assert re.search(r"ok +app +Flex Consumption, Running; localhost:\d+, \d+ ms\n", said.stdout)
    assert "2 targets (eu-flex, us-flex)" in said.stdout
    for secret in (azure.entra.client_secret, *azure.issued):
        assert secret not in said.text


def test_a_pattern_looks_at_those_targets_alone(
    operator: User, azure: LocalAzure, sources: LocalSources, project: Path
) -> None:
    said = examined(operator, project, "--target", "eu-*", "--json")
    document = said.document()
    assert [one["name"] for one in document["targets"]] == ["eu-flex"]
    assert (document["sources"], document["machine"], document["risks"]) == ([], [], [])
    assert asked_of_azure(azure) == {"orders-eu"}
    assert not sources.log()


def test_a_source_alone_asks_nothing_of_azure(
    operator: User, azure: LocalAzure, project: Path
) -> None:
    said = examined(operator, project, "--source", "acme")
    assert "Target" not in said.stdout
    assert asked_of_azure(azure) == set()


def test_a_source_and_a_target_are_asked_where_both_are_named(
    operator: User, azure: LocalAzure, project: Path
) -> None:
    said = examined(operator, project, "--source", "acme", "--target", "us-flex", "--json")
    assert checks(said, "sources", name="acme")
    assert asked_of_azure(azure) == {"orders-us"}


def test_offline_names_the_targets_and_asks_none(
    operator: User, azure: LocalAzure, project: Path
) -> None:
    said = examined(operator, project, "--offline")
    assert "not asked (--offline): eu-flex, us-flex" in said.stdout
    assert asked_of_azure(azure) == set()


@pytest.mark.parametrize("words", ["eu-flx", "de-*"])
def test_a_target_that_is_not_declared_is_answered_with_those_that_are(
    operator: User, project: Path, words: str
) -> None:
    said = examined(operator, project, "--target", words, code=2)
    assert "Declared: eu-flex, us-flex." in said.stderr


def test_a_project_without_targets_is_told_so(careful: User, tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", requirements=["idna"])
    said = examined(careful, project)
    assert "none is declared: there is nowhere to deploy to" in said.stdout


def test_a_failure_of_one_target_is_the_exit_code_and_a_warning_beside_the_run(
    operator: User, azure: LocalAzure, project: Path
) -> None:
    azure.cloud.faults.switch_on("reader", site="orders-us")
    said = examined(operator, project, "--target", "*", code=7, GITHUB_ACTIONS="true")
    assert "::warning title=lading::us-flex, publish: the identity may not send" in said.stderr
    assert "eu-flex, " not in said.stderr
    assert "az role assignment create --assignee" in said.stdout


def test_who_is_nobody_is_told_for_targets_and_sources_are_asked(
    operator: User, sources: LocalSources, project: Path
) -> None:
    nobody = {name: None for name in operator.environment if name.startswith("AZURE_")}
    (project / "bin").mkdir()
    said = examined(operator, project, code=3, PATH=str(project / "bin"), **nobody)
    assert "nobody is signed in to Microsoft Entra ID here" in said.stdout
    assert sources.log()


def test_the_least_exit_code_is_that_of_what_to_mend_first(
    operator: User, azure: LocalAzure, sources: LocalSources, project: Path
) -> None:
    azure.cloud.faults.switch_on("no-role")
    sources.index.fail("500")
    said = examined(operator, project, "--json", code=4)
    codes = {check["exit_code"] for one in said.document()["targets"] for check in one["checks"]}
    assert codes == {0, 7}
