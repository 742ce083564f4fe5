"""Who may ask Resource Manager for what, and in which version of its API."""

from __future__ import annotations

import re
from datetime import date

from local_azure.answers import Answer, RefusedAnswer, json_answer
from local_azure.asked import Asked
from local_azure.identity.directory import ARM_AUDIENCES
from local_azure.identity.entra import Entra
from local_azure.identity.mint import read_unverified
from local_azure.resource_manager.errors import refuse

# The versions of Microsoft.Web that the clients of this world ask for.
WEB_VERSIONS = (
    *("2015-08-01", "2016-03-01", "2016-08-01", "2018-02-01", "2018-11-01", "2019-08-01"),
    *("2020-06-01", "2020-09-01", "2020-10-01", "2020-12-01", "2021-01-01", "2021-01-15"),
    *("2021-02-01", "2021-03-01", "2022-03-01", "2022-09-01", "2023-01-01", "2023-12-01"),
    *("2024-04-01", "2024-11-01", "2025-03-01", "2025-05-01"),
)
_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})(-preview|-privatepreview)?$")


def check_token(asked: Asked, entra: Entra) -> None:
    """Let through whoever shows a token for Resource Manager; raises RefusedAnswer."""
    scheme, _, token = asked.header("Authorization").partition(" ")
    if scheme.lower() != "bearer":
        message = "Authentication failed. The 'Authorization' header is missing."
        raise _unauthorised("AuthenticationFailed", message, entra)
    if any(entra.recognises(token, audience) for audience in (*ARM_AUDIENCES, asked.origin)):
        return
    claims = read_unverified(token) or {}
    if not entra.signed(token):
        message = "The access token is invalid."
        raise _unauthorised("InvalidAuthenticationToken", message, entra)
    if entra.recognises(token, str(claims.get("aud"))):
        allowed = ",".join(f"'{audience}/'" for audience in ARM_AUDIENCES)
        message = (
            "The access token has been obtained for wrong audience or resource "
            f"'{claims.get('aud')}'. It should exactly match with one of the allowed audiences "
            f"{allowed}."
        )
        raise _unauthorised("InvalidAuthenticationTokenAudience", message, entra)
    message = "The access token expiry UTC time is earlier than current UTC time."
    raise _unauthorised("ExpiredAuthenticationToken", message, entra)


def check_version(asked: Asked, *, web: bool) -> None:
    """Demand a version of the API, for Microsoft.Web one that it has; raises RefusedAnswer."""
    version = asked.query.get("api-version", "")
    if not version:
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise refuse(400, "MissingApiVersionParameter", message)
    if not _is_date(version):
        message = f"The api-version '{version}' is invalid."
        raise refuse(400, "InvalidApiVersionParameter", message)
    if web and version not in WEB_VERSIONS:
        message = (
            "No registered resource provider found for location 'westeurope' and API version "
            f"'{version}' for type 'sites'. The supported api-versions are "
            f"'{', '.join(WEB_VERSIONS)}'."
        )
        raise refuse(400, "NoRegisteredProviderFound", message)


def permissions(*, writes: bool, reads: bool) -> Answer:
    """Return which actions a client may do to a resource."""
    actions = ["*"] if writes else ["*/read"] if reads else []
    granted = {"actions": actions, "notActions": [], "dataActions": [], "notDataActions": []}
    return json_answer({"value": [granted] if actions else []})


def check_right(asked: Asked, *, reads: bool, is_granted: bool) -> None:
    """Raise RefusedAnswer, with the action that was missing, where a right is not granted."""
    if is_granted:
        return
    parts = [part.lower() for part in asked.segments]
    below = parts[parts.index("sites") + 2 :] if "sites" in parts else []
    verb = "read" if reads else "list/action" if parts[-1].startswith("list") else "write"
    kept = [part for part in below if not part.startswith("list")]
    action = "/".join(("Microsoft.Web/sites", *kept, verb))
    claims = read_unverified(asked.header("Authorization").partition(" ")[2]) or {}
    message = (
        f"The client '{claims.get('appid')}' with object id '{claims.get('oid')}' does not have "
        f"authorization to perform action '{action}' over scope '{asked.path}' or the scope is "
        "invalid. If access was recently granted, please refresh your credentials."
    )
    raise refuse(403, "AuthorizationFailed", message)


def _is_date(version: str) -> bool:
    match = _VERSION.match(version)
    try:
        return match is not None and bool(date.fromisoformat(match[1]))
    except ValueError:
        return False


def _unauthorised(code: str, message: str, entra: Entra) -> RefusedAnswer:
    """Return a refusal that says where to get a token."""
    where = f'Bearer authorization_uri="{entra.origin}/{entra.tenant}"'
    challenge = f'{where}, error="invalid_token", error_description="{message}"'
    document = {"error": {"code": code, "message": message}}
    headers = (("WWW-Authenticate", challenge),)
    answer: Answer = json_answer(document, 401, headers=headers)
    return RefusedAnswer(answer)
