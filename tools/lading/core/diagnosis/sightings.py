"""What Resource Manager's answer to the first question means: is the app there, may one see it."""

from __future__ import annotations

from shlex import quote

from lading.core.access.asked import Answer
from lading.core.config import Target
from lading.core.deployment.arm_replies import parse_arm_error
from lading.core.deployment.reactions import Accepted, Again, Look, NoAnswer, Refused
from lading.core.deployment.rights import (
    PUBLISH,
    READ,
    READ_SETTINGS,
    WRITE_CONFIG,
    actions_of,
)
from lading.core.diagnosis import Check
from lading.core.diagnosis.roles import role_on_app, tell_grant
from lading.core.errors import CredentialError, DeploymentFailed

_FORBIDDEN = 403
_NO_GROUP = "ResourceGroupNotFound"
_NO_SUBSCRIPTION = frozenset({"SubscriptionNotFound", "InvalidSubscriptionId"})
_OTHER_TENANT = "InvalidAuthenticationTokenTenant"
_NO_APP = frozenset({"ResourceNotFound", "NotFound"})
_NOT_SIGNED_IN = "arm-unauthorized"


def judge_sighting(
    target: Target, reply: Answer | NoAnswer, reaction: Accepted | Look | Again | Refused, who: str
) -> Check | None:
    """Return why an app cannot be seen, None where it can; `who` is the identity's object id."""
    if isinstance(reaction, Accepted):
        return None
    answer = reply if isinstance(reply, Answer) else None
    missing = _missing(target, parse_arm_error(answer.body).code) if answer else None
    if missing is not None:
        return missing
    if answer is not None and answer.status == _FORBIDDEN:
        return _wrong(
            "no-right",
            f"the identity may not see {target.function_app} in {target.resource_group}: whether "
            "it is there Azure does not say",
            tell_grant(role_on_app(target), who, actions=_needed(target)),
        )
    if isinstance(reaction, Look):
        return _wrong("", reaction.text, "")
    is_identity = reaction.code == _NOT_SIGNED_IN
    exit_code = (CredentialError if is_identity else DeploymentFailed).exit_code
    return _wrong(reaction.code, reaction.text, reaction.remedy, exit_code=exit_code)


def _needed(target: Target) -> tuple[str, ...]:
    """Return what a deployment does, for whoever has no right at all."""
    deploying = (READ, READ_SETTINGS, WRITE_CONFIG, PUBLISH)
    if target.slot is None:
        return actions_of(deploying, slot=False)
    return (*actions_of([READ], slot=False), *actions_of(deploying, slot=True))


def _missing(target: Target, code: str) -> Check | None:
    """Return which part of an address is not there, None where Azure says something else."""
    key = f"[tool.lading.targets.{target.name}]"
    group, subscription = target.resource_group, target.subscription
    if code in _NO_SUBSCRIPTION:
        return _wrong(
            "no-subscription",
            f"there is no subscription {subscription}, as far as this identity sees",
            f"Correct subscription = … of {key} (az account list shows yours), or sign in to the "
            "tenant that has it.",
        )
    if code == _OTHER_TENANT:
        text = f"the subscription {subscription} belongs to another tenant"
        remedy = "Sign in to that one: az login --tenant TENANT, or AZURE_TENANT_ID."
        return _wrong("other-tenant", text, remedy, exit_code=CredentialError.exit_code)
    if code == _NO_GROUP:
        text = f"the subscription {subscription} has no resource group {group}"
        remedy = f"Correct resource-group = … of {key}, or subscription."
        return _wrong("no-resource-group", text, remedy)
    if code in _NO_APP:
        return _wrong(
            "no-app",
            f"the resource group {group} has no Function App {target.function_app}",
            f"Correct function-app = … of {key}. It has:\n  az functionapp list --subscription "
            f"{quote(subscription)} --resource-group {quote(group)} --query [].name",
        )
    return None


def _wrong(
    code: str, text: str, remedy: str, *, exit_code: int = DeploymentFailed.exit_code
) -> Check:
    return Check(
        subject="app", verdict="wrong", text=text, remedy=remedy, code=code, exit_code=exit_code
    )
