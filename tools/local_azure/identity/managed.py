"""Where a machine in Azure asks who it is: the metadata service, and App Service's endpoint.

https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
https://learn.microsoft.com/azure/app-service/overview-managed-identity
"""

from __future__ import annotations

import hmac
import secrets
import time
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from local_azure.answers import read_query, send_json
from local_azure.identity.directory import Principal
from local_azure.identity.entra import Entra
from local_azure.identity.entra_errors import RefusedError, render_refusal
from local_sources.faults import refuse
from local_sources.hosts import Footing, Host

HEADER = "HTTP_X_IDENTITY_HEADER"
_TOKEN_PATH = "/metadata/identity/oauth2/token"  # noqa: S105 - a path
_IDS = ("client_id", "object_id", "principal_id", "mi_res_id", "msi_res_id")


class Imds(Host):
    """The instance metadata service of a virtual machine, as far as it gives tokens."""

    def __init__(self, entra: Entra, footing: Footing) -> None:
        super().__init__("imds", self.answer, footing)
        self._entra = entra

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        query = read_query(environ)
        problem = _problem(environ, query)
        if environ["PATH_INFO"] != _TOKEN_PATH:
            return refuse("404", start_response)
        if problem:
            return _say("invalid_request", problem, start_response)
        principal = _find(self._entra, query)
        if principal is None:
            return _say("invalid_request", "Identity not found", start_response)
        try:
            token = self._entra.issue(principal, query["resource"])
        except RefusedError as refused:
            body = render_refusal(refused, str(uuid.uuid4()))
            description = str(body["error_description"])
            return _say(refused.kind.error, description, start_response)
        now, lifetime = int(time.time()), self._entra.lifetime
        # Numbers are text in this service's answers.
        times = {"expires_in": lifetime, "expires_on": now + lifetime, "not_before": now}
        times["ext_expires_in"] = lifetime
        answer = _token_answer(principal, query["resource"], token)
        return send_json(
            answer | {name: str(value) for name, value in times.items()}, start_response
        )


class AppService(Host):
    """The endpoint inside App Service and Functions; it wants the header that the app is given."""

    def __init__(self, entra: Entra, footing: Footing, *, header: str) -> None:
        super().__init__("app-service", self.answer, footing)
        self._entra = entra
        self.header = header

    @property
    def endpoint(self) -> str:
        """Return the value of IDENTITY_ENDPOINT."""
        return f"{self.origin}/msi/token"

    def shown(self, environ: WSGIEnvironment) -> str:
        """Return what a request shows: here a credential has a header of its own."""
        header = environ.get(HEADER)
        return f"Header {header}" if header else super().shown(environ)

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        query = read_query(environ)
        if environ["PATH_INFO"].rstrip("/") != "/msi/token":
            return refuse("404", start_response)
        shown = environ.get(HEADER, "")
        if not hmac.compare_digest(shown.encode(), self.header.encode()):
            return _complain(HTTPStatus.UNAUTHORIZED, "Unauthorized", start_response)
        if query.get("api-version") != "2019-08-01" or not query.get("resource"):
            return _complain(HTTPStatus.BAD_REQUEST, "Bad Request", start_response)
        principal = _find(self._entra, query)
        if principal is None:
            message = "Unable to load the proper Managed Identity."
            if any(name in query for name in _IDS):
                message = (
                    "No User Assigned or Delegated Managed Identity found for specified "
                    "ClientId/ResourceId/PrincipalId."
                )
            return _complain(HTTPStatus.BAD_REQUEST, message, start_response)
        try:
            token = self._entra.issue(principal, query["resource"])
        except RefusedError:
            message = "An unexpected error occured while fetching the AAD Token."
            return _complain(HTTPStatus.INTERNAL_SERVER_ERROR, message, start_response)
        expiry = int(time.time()) + self._entra.lifetime
        answer = _token_answer(principal, query["resource"], token)
        return send_json(answer | {"expires_on": str(expiry)}, start_response)


def new_header() -> str:
    """Return a value for IDENTITY_HEADER, as App Service makes them."""
    return secrets.token_hex(16).upper()


def _problem(environ: WSGIEnvironment, query: Mapping[str, str]) -> str:
    if "HTTP_X_FORWARDED_FOR" in environ:
        return "Requests with the header X-Forwarded-For are not served"
    if environ.get("HTTP_METADATA", "").lower() != "true":
        return "Required metadata header not specified"
    for name in ("api-version", "resource"):
        if not query.get(name):
            return f"Required query variable '{name}' is missing"
    return ""


def _find(entra: Entra, query: Mapping[str, str]) -> Principal | None:
    directory = entra.directory
    user = directory.user_assigned
    asked = [name for name in _IDS if name in query]
    if not asked:
        # A machine that has only one identity need not name it.
        return directory.system_assigned or user
    if user is None:
        return None
    known = {"client_id": user.client_id, "object_id": user.object_id}
    known["principal_id"] = user.object_id
    return user if all(query[name] == known.get(name) for name in asked) else None


def _token_answer(principal: Principal, resource: str, token: str) -> dict[str, object]:
    return {
        "access_token": token,
        "client_id": principal.client_id,
        "resource": resource,
        "token_type": "Bearer",
    }


def _say(error: str, description: str, start_response: StartResponse) -> Iterable[bytes]:
    body = {"error": error, "error_description": description}
    return send_json(body, start_response, status=HTTPStatus.BAD_REQUEST)


def _complain(status: HTTPStatus, message: str, start_response: StartResponse) -> Iterable[bytes]:
    body = {"statusCode": int(status), "message": message, "correlationId": str(uuid.uuid4())}
    return send_json(body, start_response, status=status)
