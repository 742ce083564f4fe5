"""infra/ against Microsoft's resource types, and that each kind of mistake in it is found."""

from __future__ import annotations

import re

import pytest

from tests.infra.bicep import BicepFile, BicepSyntaxError, parse_bicep
from tests.infra.checker import check_bicep
from tests.infra.conftest import INFRA
from tests.infra.library import TypeLibrary

MAIN, APP, STORAGE = "main.bicep", "modules/app.bicep", "modules/storage.bicep"
DEPLOYER, MONITORING = "modules/deployer.bicep", "modules/monitoring.bicep"
SETTINGS = "modules/settings.bicep"

# The file, what is changed in it, and what must be said of that.
MISTAKES = {
    "a string for a flag": (APP, "httpsOnly: true", "httpsOnly: 'yes'", "httpsOnly must be bool"),
    "a flag for a string": (APP, "name: 'FC1'", "name: true", "name must be string"),
    "a string for a number": (MONITORING, "InDays: 30", "InDays: '30'", "retentionInDays must be"),
    "a parameter of another type": (
        APP,
        "version: pythonVersion",
        "version: maximumInstanceCount",
        "version must be string, and is int",
    ),
    "a property of another type": (
        APP,
        "keyVaultReferenceIdentity: identity.id",
        "keyVaultReferenceIdentity: plan.properties.reserved",
        "keyVaultReferenceIdentity must be string, and is bool",
    ),
    "one thing for a list": (
        DEPLOYER,
        "audiences: [\n      audience\n    ]",
        "audiences: audience",
        "[]",
    ),
    "a value that is none of the choices": (
        STORAGE,
        "publicAccess: 'None'",
        "publicAccess: 'Nobody'",
        "publicAccess must be Container | Blob | None",
    ),
    "a number out of bounds": (STORAGE, "days: 7", "days: 400", "days must be 1 to 365"),
    "a name against the rule": (DEPLOYER, "name: 'azure-devops'", "name: '-'", "name must match"),
    "an unknown property": (APP, "httpsOnly:", "httpOnly:", "SiteProperties has no property http"),
    "an unknown property deep inside": (
        APP,
        "maximumInstanceCount: max",
        "maxInstanceCount: max",
        "FunctionsScaleAndConcurrency has no property maxInstanceCount",
    ),
    "a property in the wrong place": (APP, "kind: 'functionapp'\n  sku: {", "sku2: {", "sku2"),
    "a missing property": (DEPLOYER, "    issuer: githubIssuer\n", "", "lacks issuer"),
    "a missing sku": (STORAGE, "sku: {\n    name: 'Standard_LRS'\n  }\n", "", "lacks sku"),
    "a property given twice": (
        APP,
        "httpsOnly: true",
        "httpsOnly: true\n    httpsOnly: true",
        "twice",
    ),
    "what can only be read": (
        APP,
        "httpsOnly: true",
        "httpsOnly: true\n    defaultHostName: name",
        "defaultHostName can only be read",
    ),
    "reading what can only be written": (
        APP,
        "app.properties.defaultHostName",
        "app.properties.siteConfig.minTlsVersion",
        "siteConfig can only be written",
    ),
    "reading what is not there": (
        APP,
        "identity.properties.clientId\n",
        "identity.properties.client\n",
        "has no property client",
    ),
    "another version": (APP, "sites@2024-11-01' =", "sites@2018-11-30' =", "is not known"),
    "another resource type": (APP, "Microsoft.Web/serverfarms@", "Microsoft.Web/farms@", "farms"),
    "another name of a child": (APP, "name: 'ftp'", "name: 'sftp'", "has none of this name"),
    "a setting that is no text": (SETTINGS, "union(current, own)", "{ a: 1 }", "a must be string"),
    "an unknown symbol": (APP, "serverFarmId: plan.id", "serverFarmId: farm.id", "called farm"),
    "an unknown symbol in a text": (
        MAIN,
        "'${name}-app'",
        "'${nam}-app'",
        "nothing here is called",
    ),
    "an unknown function": (MAIN, "uniqueString(", "uniqString(", "uniqString is not among"),
    "an unused parameter": (STORAGE, "location: location\n", "location: 'x'\n", "location is not"),
    "a symbol declared twice": (STORAGE, "param container string", "param name string", "twice"),
    "an unknown decorator": (MAIN, "@minLength(2)", "@leastLength(2)", "no decorator leastLength"),
    "a default that is not allowed": (MAIN, "MB int = 2048", "MB int = 1024", "is not allowed"),
    "a default of another type": (MAIN, "MB int = 2048", "MB int = '2048'", "must be int"),
    "a parameter that a module has not": (
        MAIN,
        "    container: 'rel",
        "    box: 'rel",
        "parameter box",
    ),
    "a parameter that a module lacks": (
        MAIN,
        "    container: 'releases'\n",
        "",
        "modules/storage.bicep is not given container",
    ),
    "a module's parameter of another type": (
        MAIN,
        "container: 'releases'",
        "container: 7",
        "container must be string, and is int",
    ),
    "an output that a module has not": (
        MAIN,
        "deployer.outputs.clientId",
        "deployer.outputs.id",
        "no output",
    ),
    "an output of another type": (
        MAIN,
        "output clientId string",
        "output clientId int",
        "clientId must",
    ),
    "a module that is not there": (
        MAIN,
        "modules/app.bicep",
        "modules/web.bicep",
        "there is no file",
    ),
    "two that wait for each other": (
        APP,
        "  properties: {\n    reserved: true\n  }",
        "  dependsOn: [app]\n  properties: {\n    reserved: true\n  }",
        "wait for each other",
    ),
    "a name that is not known in time": (
        DEPLOYER,
        "guid(app.id, identity.id, role.value)",
        "guid(app.id, identity.properties.principalId, role.value)",
        "not known before the deployment begins",
    ),
    "a condition that is no condition": (
        DEPLOYER,
        "(!empty(githubRepository))",
        "(githubRepository)",
        "the condition must be bool",
    ),
    "more said of what exists": (
        SETTINGS,
        "name: functionAppName",
        "name: functionAppName\n  kind: 'app'",
        "an existing resource is not given kind",
    ),
}


def test_every_file_is_as_microsofts_resource_types_have_it(
    files: dict[str, BicepFile], library: TypeLibrary
) -> None:
    assert check_bicep(files, library) == ()


@pytest.mark.parametrize(("name", "old", "new", "said"), MISTAKES.values(), ids=list(MISTAKES))
def test_each_kind_of_mistake_is_found_in_its_file(
    files: dict[str, BicepFile],
    library: TypeLibrary,
    name: str,
    old: str,
    new: str,
    said: str,
) -> None:
    text = (INFRA / name).read_text("utf-8")
    assert old in text
    broken = parse_bicep(text.replace(old, new, 1), name)
    problems = check_bicep({**files, name: broken}, library)
    place = re.compile(rf"{re.escape(name)}:\d+: ")
    assert any(said in problem and place.match(problem) for problem in problems), problems


def test_an_unclosed_brace_is_no_bicep() -> None:
    text = (INFRA / APP).read_text("utf-8").replace("reserved: true\n  }\n", "reserved: true\n", 1)
    with pytest.raises(BicepSyntaxError, match=r"modules/app\.bicep:\d+"):
        parse_bicep(text, APP)
