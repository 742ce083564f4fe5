"""infra/ keeps its rules, and each broken rule is told."""

from __future__ import annotations

import re

import pytest

from lading.core.hosting import FLEX_CONSUMPTION
from lading.core.secret import Secret
from lading.core.settings import AppSettings, DesiredSettings
from lading.core.settings.change import Ownership, SettingsChange, plan_change
from lading.core.settings.plan_rules import check_after
from local_azure import LocalAzure
from tests.infra.bicep import BicepFile, Object, Text
from tests.infra.changes import Change, read_changes
from tests.infra.conftest import INFRA
from tests.infra.rules import broken_rules

APP, DEPLOYER = "modules/app.bicep", "modules/deployer.bicep"
GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ISSUER = re.compile(rf"https://login\.microsoftonline\.com/{GUID}/v2\.0")
SUBJECT = re.compile(rf"/eid1/c/pub/t/[\w-]{{22}}/a/[\w-]{{22}}/sc/{GUID}/{GUID}")
REPOSITORY = re.compile(r"[\w.-]+@\d+/[\w.-]+@\d+")


def test_no_rule_is_broken(files: dict[str, BicepFile]) -> None:
    assert broken_rules(files) == []


@pytest.mark.parametrize("change", read_changes("offences.toml"), ids=str)
def test_each_broken_rule_is_told(files: dict[str, BicepFile], change: Change) -> None:
    problems = broken_rules(change.made_in(files, INFRA))
    assert any(change.said in problem for problem in problems), problems


def test_lading_finds_nothing_to_change_in_the_settings_of_the_infrastructure(
    files: dict[str, BicepFile],
) -> None:
    settings = files[APP].find("settings")
    assert settings
    own = settings.body.get("params", "own")
    assert isinstance(own, Object)
    values = {entry.key.value: Secret("as the deployment says") for entry in own.entries}
    actual = AppSettings(values=values)
    assert list(check_after(actual, FLEX_CONSUMPTION)) == []
    change = plan_change(DesiredSettings(), FLEX_CONSUMPTION, actual, Ownership(prune=True))
    assert change == SettingsChange()


def test_the_example_has_issuers_and_subjects_as_the_services_give_them() -> None:
    text = (INFRA / "main.bicepparam").read_text("utf-8")
    example = dict(re.findall(r"^param (\w+) = '(.*)'$", text, re.MULTILINE))
    assert ISSUER.fullmatch(example["azureDevOpsIssuer"])
    assert SUBJECT.fullmatch(example["azureDevOpsSubject"])
    assert REPOSITORY.fullmatch(example["githubRepository"])


def test_the_trusted_subject_is_that_of_a_job_in_the_environment(
    files: dict[str, BicepFile], azure: LocalAzure
) -> None:
    trust = files[DEPLOYER].find("github")
    assert trust
    subject = trust.body.get("properties", "subject")
    assert isinstance(subject, Text)
    azure.github_actions.environment = "production"
    repository = azure.github_actions.subject.split(":")[1]
    trusted = subject.value.replace("…", "{}").format(repository, "production")
    assert trusted == azure.github_actions.subject
    assert SUBJECT.fullmatch(azure.azure_pipelines.connection.subject)
