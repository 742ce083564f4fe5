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
from tests.infra.bicep import BicepFile, Object, Text, parse_bicep
from tests.infra.conftest import INFRA
from tests.infra.rules import broken_rules

APP, STORAGE = "modules/app.bicep", "modules/storage.bicep"
DEPLOYER, MONITORING = "modules/deployer.bicep", "modules/monitoring.bicep"
SETTINGS = "modules/settings.bicep"
GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ISSUER = re.compile(rf"https://login\.microsoftonline\.com/{GUID}/v2\.0")
SUBJECT = re.compile(rf"/eid1/c/pub/t/[\w-]{{22}}/a/[\w-]{{22}}/sc/{GUID}/{GUID}")
REPOSITORY = re.compile(r"[\w.-]+@\d+/[\w.-]+@\d+")

# The file, what is changed in it, and what must be said of that.
OFFENCES = {
    "shared keys": (STORAGE, "SharedKeyAccess: false", "SharedKeyAccess: true", "allowSharedKey"),
    "shared keys by default": (STORAGE, "    allowSharedKeyAccess: false\n", "", "allowSharedKey"),
    "open blobs": (STORAGE, "'None'", "'Blob'", "publicAccess"),
    "old TLS of storage": (STORAGE, "TLS1_2", "TLS1_0", "minimumTlsVersion"),
    "old TLS of the app": (APP, "    minTlsVersion: '1.2'", "    minTlsVersion: '1.0'", "minTls"),
    "plain http": (APP, "httpsOnly: true", "httpsOnly: false", "httpsOnly"),
    "keys of the logs": (MONITORING, "disableLocalAuth: true", "disableLocalAuth: false", "Local"),
    "keys of the metrics": (MONITORING, "DisableLocalAuth: true", "DisableLocalAuth: false", "Loc"),
    "a key for the package": (
        APP,
        "type: 'UserAssignedIdentity'",
        "type: 'StorageAccountConnectionString'",
        "authentication.type",
    ),
    "another plan": (APP, "name: 'FC1'", "name: 'EP1'", "sku.name"),
    "a password for publishing": (APP, "allow: false", "allow: true", "properties.allow"),
    "no word on passwords": (APP, "name: 'ftp'", "name: 'scm'", "takes passwords"),
    "a setting that Flex Consumption refuses": (
        APP,
        "AzureWebJobsStorage__credential:",
        "WEBSITE_RUN_FROM_PACKAGE: '1'\n      AzureWebJobsStorage__credential:",
        "WEBSITE_RUN_FROM_PACKAGE may not be set",
    ),
    "a property that Flex Consumption refuses": (
        APP,
        "    minTlsVersion: '1.2'",
        "    ftpsState: 'Disabled'\n      minTlsVersion: '1.2'",
        "ftpsState may not be set",
    ),
    "storage by a connection string": (
        APP,
        "AzureWebJobsStorage__accountName:",
        "AzureWebJobsStorage:",
        "AzureWebJobsStorage may not be set",
    ),
    "settings that replace all others": (
        APP,
        "    minTlsVersion: '1.2'",
        "    appSettings: []\n      minTlsVersion: '1.2'",
        "appSettings may not be set",
    ),
    "settings that are told": (SETTINGS, "@secure()\n", "", "into what is not @secure()"),
    "a key in an output": (
        STORAGE,
        "output name string = account.name",
        "output name string = account.listKeys().keys",
        "the output name tells a secret",
    ),
    "a key as an output": (
        MONITORING,
        "applicationInsights.name\n",
        "applicationInsights.properties.InstrumentationKey\n",
        "tells a secret",
    ),
    "a password as a parameter": (STORAGE, "param tags object", "param password string", "@secure"),
    "a role more": (
        DEPLOYER,
        "var releaseRoles = {",
        "var releaseRoles = {\n  Contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c'",
        "Contributor on releaseContainer is given, or agreed on, but not both",
    ),
    "a role of another id": (DEPLOYER, "ba92f5b4", "b24988ac", "not the id of Storage Blob Data C"),
    "a role missing": (
        APP,
        "  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'\n",
        "",
        "Storage Queue Data Contributor on storage",
    ),
    "a role on more": (DEPLOYER, "scope: releaseContainer", "scope: releaseAccount", "given, or"),
    "a role on everything": (DEPLOYER, "    scope: app\n", "", "for the whole resource group"),
    "a role for another": (
        DEPLOYER,
        "principalId: identity.properties.principalId",
        "principalId: app.properties.principalId",
        "is not named by scope, identity and role",
    ),
    "an assignment that is new each time": (
        APP,
        "guid(storage.id, identity.id, role.value)",
        "newGuid()",
        "is not named by scope, identity and role",
    ),
    "a role without its name": (
        APP,
        "'Microsoft.Authorization/roleDefinitions', role.value",
        "'x', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'",
        "is no role that is agreed on",
    ),
    "trust in every branch": (DEPLOYER, ":environment:", ":ref:", "trusts more than one"),
    "trust in every environment": (DEPLOYER, "${githubEnvironment}", "*", "trusts more than one"),
    "trust unasked": (DEPLOYER, "= if (!empty(githubRepository))", "=", "without being asked"),
    "trust for another audience": (DEPLOYER, "AzureADTokenExchange", "All", "is for"),
    "two trusts at once": (DEPLOYER, "    azureDevOps\n  ]", "    app\n  ]", "at the same time"),
}


def test_no_rule_is_broken(files: dict[str, BicepFile]) -> None:
    assert broken_rules(files) == []


@pytest.mark.parametrize(("name", "old", "new", "said"), OFFENCES.values(), ids=list(OFFENCES))
def test_each_broken_rule_is_told(
    files: dict[str, BicepFile], name: str, old: str, new: str, said: str
) -> None:
    text = (INFRA / name).read_text("utf-8")
    assert old in text
    broken = parse_bicep(text.replace(old, new, 1), name)
    problems = broken_rules({**files, name: broken})
    assert any(said in problem for problem in problems), problems


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
