"""What infra/ promises beyond its types: no keys, no passwords, no right that is not needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lading.core.hosting import FLEX_CONSUMPTION
from tests.infra.bicep import (
    Array,
    BicepFile,
    Call,
    Declaration,
    Entry,
    Expression,
    Literal,
    Member,
    Name,
    Object,
    Text,
    inside,
)

Files = Mapping[str, BicepFile]

# From Microsoft's list of built-in roles.
ROLES = {
    "Monitoring Metrics Publisher": "3913510d-42f4-4e42-8a64-420c390055eb",
    "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "Storage Blob Delegator": "db58b8e5-c6ad-4a2a-8342-4190687cbf4a",
    "Storage Queue Data Contributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    "Storage Table Data Contributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    "Website Contributor": "de139f84-1756-47ae-9be6-808fbbe84772",
}
# Whose identity (the file's) has which role on what. Whoever adds one says in the file what for.
RIGHTS = {
    ("modules/app.bicep", "Monitoring Metrics Publisher", "applicationInsights"),
    ("modules/app.bicep", "Storage Blob Data Owner", "storage"),
    ("modules/app.bicep", "Storage Queue Data Contributor", "storage"),
    ("modules/app.bicep", "Storage Table Data Contributor", "storage"),
    ("modules/deployer.bicep", "Storage Blob Data Contributor", "releaseContainer"),
    ("modules/deployer.bicep", "Storage Blob Delegator", "releaseAccount"),
    ("modules/deployer.bicep", "Website Contributor", "app"),
}
_SITE, _ACCOUNT = "Microsoft.Web/sites", "Microsoft.Storage/storageAccounts"
_PUBLISHING = f"{_SITE}/basicPublishingCredentialsPolicies"
_ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
_FEDERATION = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
_MUST: tuple[tuple[str, str, str | bool], ...] = (
    (_ACCOUNT, "properties.allowSharedKeyAccess", False),
    (_ACCOUNT, "properties.allowBlobPublicAccess", False),
    (_ACCOUNT, "properties.supportsHttpsTrafficOnly", True),
    (_ACCOUNT, "properties.minimumTlsVersion", "TLS1_2"),
    (f"{_ACCOUNT}/blobServices/containers", "properties.publicAccess", "None"),
    ("Microsoft.OperationalInsights/workspaces", "properties.features.disableLocalAuth", True),
    ("Microsoft.Insights/components", "properties.DisableLocalAuth", True),
    ("Microsoft.Web/serverfarms", "sku.name", "FC1"),
    ("Microsoft.Web/serverfarms", "sku.tier", "FlexConsumption"),
    (_SITE, "kind", "functionapp,linux"),
    (_SITE, "identity.type", "UserAssigned"),
    (_SITE, "properties.httpsOnly", True),
    (_SITE, "properties.siteConfig.minTlsVersion", "1.2"),
    (_SITE, "properties.siteConfig.scmMinTlsVersion", "1.2"),
    (_SITE, "properties.functionAppConfig.runtime.name", "python"),
    (_SITE, "properties.functionAppConfig.deployment.storage.type", "blobContainer"),
    (
        _SITE,
        "properties.functionAppConfig.deployment.storage.authentication.type",
        "UserAssignedIdentity",
    ),
    (_PUBLISHING, "properties.allow", False),
    (_ASSIGNMENT, "properties.principalType", "ServicePrincipal"),
)
# What Flex Consumption refuses or has no use for: the platform or functionAppConfig decides it.
_NOT_ON_FLEX = FLEX_CONSUMPTION.forbidden.keys() | {
    "alwaysOn",
    "containerSize",
    "ftpsState",
    "functionAppScaleLimit",
    "functionsRuntimeScaleMonitoringEnabled",
    "isReserved",
    "isXenon",
    "javaVersion",
    "linuxFxVersion",
    "netFrameworkVersion",
    "powerShellVersion",
    "preWarmedInstanceCount",
    "use32BitWorkerProcess",
    "windowsFxVersion",
}
# A connection string of storage has a key; settings within the site would replace all others.
_NEVER = re.compile("AzureWebJobsStorage|.*_CONNECTION_STRING_?|appSettings|connectionStrings")
_HARMLESS = "APPLICATIONINSIGHTS_CONNECTION_STRING"  # its key opens nothing: DisableLocalAuth
_SECRET = re.compile("password|secret|token|keys?$|connectionstring|sas$", re.IGNORECASE)
_LISTS = re.compile(r"(.*\.)?list\w*")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ROLE_TYPE = "Microsoft.Authorization/roleDefinitions"
_AUDIENCE = "api://AzureADTokenExchange"


def broken_rules(files: Files) -> list[str]:
    """Return what breaks a rule, each with its file."""
    rules = (_settled, _unpublished, _untold, _unforbidden, _rights, _guids, _federated)
    return [problem for rule in rules for problem in rule(files)]


def _resources(files: Files, kind: str) -> Iterator[tuple[BicepFile, Declaration]]:
    for file in files.values():
        for found in file.of("resource"):
            if found.says.partition("@")[0] == kind and not found.existing:
                yield file, found


def _settled(files: Files) -> Iterator[str]:
    for kind, path, wanted in _MUST:
        found = list(_resources(files, kind))
        if not found:
            yield f"there is no {kind}"
        for file, resource in found:
            value = resource.body.get(*path.split("."))
            if not isinstance(value, Text | Literal) or value.value != wanted:
                yield f"{file.name}: {path} of {resource.name} is not {wanted}"


def _unpublished(files: Files) -> Iterator[str]:
    for file, site in _resources(files, _SITE):
        closed = {
            getattr(policy.body.get("name"), "value", "")
            for other, policy in _resources({file.name: file}, _PUBLISHING)
            if _is_name(policy.body.get("parent"), site.name)
        }
        if closed != {"scm", "ftp"}:
            yield f"{file.name}: {site.name} takes passwords: closed are {sorted(closed)}"


def _untold(files: Files) -> Iterator[str]:
    for file in files.values():
        hidden = {found.name for found in file.of("parameter") if found.decorator("secure")}
        for parameter in file.of("parameter"):
            if _SECRET.search(parameter.name) and parameter.name not in hidden:
                yield f"{file.name}: the parameter {parameter.name} is not @secure()"
        for output in file.of("output"):
            names = {getattr(found, "name", "") for found in inside(output.value)} | {output.name}
            if any(_SECRET.search(name) for name in names) or names & hidden or _lists(output):
                yield f"{file.name}: the output {output.name} tells a secret"
        for declaration in file.declarations:
            if declaration.kind != "output" and _lists(declaration) > _lists_hidden(
                files, file, declaration
            ):
                yield f"{file.name}: {declaration.name} lists secrets into what is not @secure()"


def _lists(declaration: Declaration) -> int:
    found = (part for part in inside(declaration.value) if isinstance(part, Call))
    return sum(1 for call in found if _LISTS.fullmatch(call.function))


def _lists_hidden(files: Files, file: BicepFile, declaration: Declaration) -> int:
    """Return how many lists go into a module's parameter that is @secure()."""
    given = declaration.body.get("params") if declaration.kind == "module" else None
    folder = file.name.rpartition("/")[0]
    callee = files.get(f"{folder}/{declaration.says}".lstrip("/"))
    if not isinstance(given, Object) or callee is None:
        return 0
    hidden = {found.name for found in callee.of("parameter") if found.decorator("secure")}
    values = [entry.value for entry in given.entries if entry.key.value in hidden]
    calls = [part for value in values for part in inside(value) if isinstance(part, Call)]
    return sum(1 for call in calls if _LISTS.fullmatch(call.function))


def _unforbidden(files: Files) -> Iterator[str]:
    for file in files.values():
        for entry in _entries(file):
            key = entry.key.value
            is_never = _NEVER.fullmatch(key) and key != _HARMLESS
            if is_never or key in _NOT_ON_FLEX:
                yield f"{file.name}:{entry.line}: {key} may not be set"


def _entries(file: BicepFile) -> Iterator[Entry]:
    for declaration in file.declarations:
        for found in inside(declaration.value):
            if isinstance(found, Object):
                yield from found.entries


def _rights(files: Files) -> Iterator[str]:
    given = set()
    for file, assignment in _resources(files, _ASSIGNMENT):
        scope = assignment.body.get("scope")
        if not isinstance(scope, Name):
            yield f"{file.name}: {assignment.name} is for the whole resource group"
            continue
        if not _is_the_assignment(assignment, scope.name):
            yield f"{file.name}: {assignment.name} is not named by scope, identity and role"
        for role in _roles_of(file, assignment):
            given.add((file.name, role.key.value, scope.name))
            if getattr(role.value, "value", "") != ROLES.get(role.key.value):
                yield f"{file.name}:{role.line}: that is not the id of {role.key.value}"
    for file_name, role_name, scope_name in sorted(given ^ RIGHTS):
        yield f"{file_name}: {role_name} on {scope_name} is given, or agreed on, but not both"


def _is_the_assignment(assignment: Declaration, scope: str) -> bool:
    """Tell whether it is the same each time, and for the identity that its file makes."""
    name, body = assignment.body.get("name"), assignment.body.get("properties")
    role = body.get("roleDefinitionId") if isinstance(body, Object) else None
    who = body.get("principalId") if isinstance(body, Object) else None
    return (
        _spelt(name) == f"guid({scope}.id, identity.id, role.value)"
        and _spelt(role) == f"subscriptionResourceId('{_ROLE_TYPE}', role.value)"
        and _spelt(who) == "identity.properties.principalId"
    )


def _spelt(value: Expression | None) -> str:
    match value:
        case Name(name=name):
            return name
        case Member(of=of, name=name):
            return f"{_spelt(of)}.{name}"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(_spelt, arguments))})"
        case Text(value=text):
            return f"'{text}'"
        case _:
            return "…"


def _roles_of(file: BicepFile, assignment: Declaration) -> tuple[Entry, ...]:
    over = assignment.loop[1] if assignment.loop else None
    if not isinstance(over, Call) or over.function != "items":
        return ()
    roles = file.find(_spelt(over.arguments[0]))
    return roles.body.entries if roles and roles.kind == "variable" else ()


def _guids(files: Files) -> Iterator[str]:
    for file in files.values():
        for declaration in file.declarations:
            for found in inside(declaration.value):
                text = found.value if isinstance(found, Text) else ""
                if _GUID.search(text) and text not in ROLES.values():
                    yield f"{file.name}:{found.line}: {text} is no role that is agreed on"


def _federated(files: Files) -> Iterator[str]:
    earlier: list[str] = []
    for file, trust in _resources(files, _FEDERATION):
        where = f"{file.name}: {trust.name}"
        if not re.fullmatch(r"!\(empty\(\w+\)\)", _spelt(trust.condition)):
            yield f"{where} is trusted without being asked for"
        audiences = trust.body.get("properties", "audiences")
        said = (
            [_text(file, item) for item in audiences.items] if isinstance(audiences, Array) else []
        )
        if said != [_AUDIENCE]:
            yield f"{where} is for {said}"
        subject = trust.body.get("properties", "subject")
        if not isinstance(subject, Name) and _text(file, subject) != "repo:…:environment:…":
            yield f"{where} trusts more than one environment of a repository"
        waits = {_spelt(item) for item in _items(trust.body.get("dependsOn"))}
        if not set(earlier[-1:]) <= waits:
            yield f"{where} is written at the same time as {earlier[-1]}"
        earlier.append(trust.name)


def _text(file: BicepFile, value: Expression | None) -> str:
    if isinstance(value, Name):
        found = file.find(value.name)
        return _text(file, found.value) if found and found.kind == "variable" else ""
    return value.value if isinstance(value, Text) else ""


def _items(value: Expression | None) -> tuple[Expression, ...]:
    return value.items if isinstance(value, Array) else ()


def _is_name(value: Expression | None, name: str) -> bool:
    return isinstance(value, Name) and value.name == name
