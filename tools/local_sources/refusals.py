"""Hosts that refuse in the words of the real ones: a name each, as their users report them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIEnvironment

_ACTIVITY = "8d41b3a3-e551-4f6c-befa-10c758ea8093"
_USER = "89e4e6df-0ac0-471f-ba63-0270050c3b79"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A whole answer: a WSGI application that gives it to everybody."""

    status: str
    kind: str
    body: str
    headers: tuple[tuple[str, str], ...] = ()

    def __call__(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        body = self.body.encode()
        about = [("Content-Type", self.kind), ("Content-Length", str(len(body)))]
        start_response(self.status, [*about, *self.headers])
        return [body]


def _azure(status: str, message: str, type_key: str) -> Refusal:
    name = f"Microsoft.VisualStudio.Services.{type_key}, Microsoft.VisualStudio.Services"
    told = {"$id": "1", "innerException": None, "message": message, "typeName": name}
    return Refusal(
        status=status,
        kind="application/json; charset=utf-8",
        body=json.dumps({**told, "typeKey": type_key, "errorCode": 0, "eventId": 3000}),
        headers=(("X-TFS-Session", _ACTIVITY), ("ActivityId", _ACTIVITY)),
    )


def _page(status: str, title: str) -> Refusal:
    style = "<style>html { height: 100% }</style><script>window.sharedData = {};</script>"
    return Refusal(
        status=status,
        kind="text/html; charset=utf-8",
        body=f"<!DOCTYPE html>\r\n<html><head><title>{title}</title>{style}</head><body></body>",
        headers=(("X-TFS-Session", _ACTIVITY),),
    )


def _github(status: str, body: str) -> Refusal:
    headers = (("X-GitHub-Request-Id", "B0A1:2C3D:4E5F"),)
    return Refusal(status=status, kind="text/plain; charset=UTF-8", body=body, headers=headers)


REFUSALS = {
    "azure-pat-expired": _page(
        "401 Unauthorized", "Access Denied: The Personal Access Token used has expired."
    ),
    "azure-sign-in": _page("203 Non-Authoritative Information", "Azure DevOps Services | Sign In"),
    "azure-no-reader": _azure(
        "403 Forbidden",
        f"User '{_USER}' lacks permission to complete this action. You need to have "
        "'ReadPackages'.",
        "FeedNeedsPermissionsException",
    ),
    "azure-no-feed": _azure(
        "404 Not Found", "The feed with ID 'internal' doesn't exist.", "FeedIdNotFoundException"
    ),
    "azure-no-repository": _azure(
        "404 Not Found",
        "TF401019: The Git repository with name or identifier tax does not exist or you do not "
        "have permissions for the operation you are attempting.",
        "GitRepositoryNotFoundException",
    ),
    "github-no-repository": _github("404 Not Found", "Repository not found."),
    "github-saml": _github(
        "403 Forbidden",
        "The `acme' organization has enabled or enforced SAML SSO.\nTo access this repository, "
        "you must use the HTTPS remote with a personal access token or SSH with an SSH key.",
    ),
    "jfrog-expired": Refusal(
        status="401 Unauthorized",
        kind="application/json",
        body='{"errors":[{"status":401,"message":"Token failed verification: expired"}]}',
        headers=(("X-JFrog-Version", "Artifactory/7.111.4 81104900"),),
    ),
}
