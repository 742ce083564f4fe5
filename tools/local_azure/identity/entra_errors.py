"""How Entra ID says no: its codes, in its words, as it was seen in public error reports.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

_BAD_REQUEST, _UNAUTHORIZED, _UNAVAILABLE = 400, 401, 503
_FEDERATION = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
_CERTIFICATES = "https://learn.microsoft.com/entra/identity-platform/certificate-credentials"
_ELSEWHERE = (
    "This can happen if the application has not been installed by the administrator of the tenant "
    "or consented to by any user in the tenant. "
    "You {may} have sent your authentication request to the wrong tenant."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One way of saying no: OAuth's word for it, the HTTP status, and Entra ID's sentence."""

    error: str
    text: str
    status: int = _UNAUTHORIZED


_PROOF = "Check your federated identity credential Subject, Audience and Issuer against the "
_NO_MATCH = "No matching federated identity record found for presented assertion"
KINDS: Mapping[int, Kind] = {
    50027: Kind(error="invalid_request", text="JWT token is invalid or malformed.", status=400),
    53003: Kind(
        error="invalid_grant",
        text="Access has been blocked by Conditional Access policies. "
        "The access policy does not allow token issuance.",
        status=_BAD_REQUEST,
    ),
    70003: Kind(
        error="unsupported_grant_type",
        text="The app requested an unsupported grant type '{grant}'.",
        status=_BAD_REQUEST,
    ),
    70021: Kind(
        error="invalid_request",
        text=f"{_NO_MATCH}. Assertion Issuer: '{{issuer}}'. Assertion Subject: '{{subject}}'. "
        f"Assertion Audience: '{{audience}}'. {_FEDERATION}",
        status=_BAD_REQUEST,
    ),
    90002: Kind(
        error="invalid_request",
        text="Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and "
        "are signing into the correct cloud. Check with your subscription administrator, this may "
        "happen if there are no active subscriptions for the tenant.",
        status=_BAD_REQUEST,
    ),
    90033: Kind(
        error="temporarily_unavailable",
        text="A transient error has occurred. Please try again.",
        status=_UNAVAILABLE,
    ),
    500011: Kind(
        error="invalid_resource",
        text="The resource principal named {resource} was not found in the tenant named {tenant}. "
        + _ELSEWHERE.format(may="might"),
        status=_BAD_REQUEST,
    ),
    700016: Kind(
        error="unauthorized_client",
        text="Application with identifier '{client}' was not found in the directory '{tenant}'. "
        + _ELSEWHERE.format(may="may"),
        status=_BAD_REQUEST,
    ),
    700024: Kind(
        error="invalid_client",
        text="Client assertion is not within its valid time range. Current time: {now}, assertion "
        "valid from {start}, expiry time of assertion {end}. Review the documentation at "
        f"{_CERTIFICATES} .",
    ),
    700027: Kind(
        error="invalid_client",
        text="The certificate with identifier used to sign the client assertion is not registered "
        "on application. [Reason - The key was not found., Please visit the Azure Portal, Graph "
        "Explorer or directly use MS Graph to see configured keys for app Id '{client}'.]",
    ),
    700211: Kind(
        error="invalid_client", text=f"{_NO_MATCH} issuer '{{issuer}}'. {_PROOF}{_FEDERATION}"
    ),
    700212: Kind(
        error="invalid_client", text=f"{_NO_MATCH} audience '{{audience}}'. {_PROOF}{_FEDERATION}"
    ),
    700213: Kind(
        error="invalid_client", text=f"{_NO_MATCH} subject '{{subject}}'. {_PROOF}{_FEDERATION}"
    ),
    900144: Kind(
        error="invalid_request",
        text="The request body must contain the following parameter: '{missing}'.",
        status=_BAD_REQUEST,
    ),
    1002012: Kind(
        error="invalid_scope",
        text="The provided value for scope {scope} is not valid. Client credential flows must have "
        "a scope value with /.default suffixed to the resource identifier (application ID URI).",
        status=_BAD_REQUEST,
    ),
    7000112: Kind(
        error="unauthorized_client",
        text="Application '{client}'(lading) is disabled.",
        status=_BAD_REQUEST,
    ),
    7000215: Kind(
        error="invalid_client",
        text="Invalid client secret provided. Ensure the secret being sent in the request is the "
        "client secret value, not the client secret ID, for a secret added to app '{client}'.",
    ),
    7000218: Kind(
        error="invalid_client",
        text="The request body must contain the following parameter: "
        "'client_assertion' or 'client_secret'.",
    ),
    7000222: Kind(
        error="invalid_client",
        text="The provided client secret keys for app '{client}' are expired. Visit the Azure "
        "portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using "
        "certificate credentials for added security: https://aka.ms/certCreds.",
    ),
}


class RefusedError(Exception):
    """A request that Entra ID refuses, with its code and what its sentence names."""

    def __init__(self, code: int, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    @property
    def kind(self) -> Kind:
        """Return the way of saying no."""
        return KINDS[self.code]


def render_refusal(refused: RefusedError, correlation: str) -> dict[str, object]:
    """Return the body of a refusal."""
    stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
    trace = str(uuid.uuid4())
    text = refused.kind.text.format_map(_Facts(refused.facts))
    return {
        "error": refused.kind.error,
        "error_description": f"AADSTS{refused.code}: {text} Trace ID: {trace} "
        f"Correlation ID: {correlation} Timestamp: {stamp}",
        "error_codes": [refused.code],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={refused.code}",
    }


class _Facts(dict[str, object]):
    """What a sentence names; a test that asks for a refusal need not know it."""

    def __missing__(self, key: str) -> str:
        return key
