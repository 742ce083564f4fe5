"""What Resource Manager's answers mean: how its errors are written, and what to do about them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lading.core.access.said import one_line
from lading.core.documents import Document, as_document, parse_json, table_of, text_of
from lading.core.errors import ConfigError, CredentialError, DeploymentFailed, LadingError

# The role that has every right a deployment uses, and none beyond the site.
ROLE = "Website Contributor"
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _TOO_MANY = 401, 403, 404, 409, 429
_SERVER = 500
# Of the whole site, and of its plan: https://github.com/microsoft/azure-pipelines-tasks/issues/11384
_BUSY_CODES = frozenset({"59203", "59205"})
_ACTION = re.compile(r"perform action '(?P<action>[^']{1,200})'")
_HOST_ERROR = re.compile(r"Encountered an error \((?P<status>\w{1,60})\) from host runtime")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAddress:
    """Where a Function App is found; `slot` is None for the app itself."""

    subscription: str
    resource_group: str
    name: str
    slot: str | None = None

    @property
    def resource_id(self) -> str:
        """Return the id by which Resource Manager knows it."""
        slot = f"/slots/{self.slot}" if self.slot else ""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.Web/sites/{self.name}{slot}"
        )

    def __str__(self) -> str:
        slot = f" (slot {self.slot})" if self.slot else ""
        return f"{self.name}{slot} in {self.resource_group}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementError:
    """A refusal of Resource Manager: `code` and `message` are "" where it gives none."""

    status: int
    code: str = ""
    message: str = ""
    extended: str = ""

    @property
    def is_busy(self) -> bool:
        """Say whether another operation is under way, after which the same may be asked again."""
        told = self.extended in _BUSY_CODES or "another operation is in progress" in self.message
        return self.status == _TOO_MANY or (self.status == _CONFLICT and told)

    @property
    def host_error(self) -> str:
        """Return what the Functions host was not able to do, "" where it is not about the host."""
        found = _HOST_ERROR.search(self.message)
        return found["status"] if found else ""


def parse_management_error(status: int, body: str) -> ManagementError:
    """Return what a refusal says, in either of the forms that Resource Manager writes."""
    document = as_document(parse_json(body))
    inner = table_of(document, "error")
    code, message = _texts(inner, "code", "message")
    if not (code or message):
        # Microsoft.Web and the host behind it write it in capitals, and without a frame.
        code, message = _texts(document, "Code", "Message")
    return ManagementError(
        status=status,
        code=code,
        message=one_line(message),
        extended=_extended(document),
    )


def refusal_of(error: ManagementError, address: SiteAddress, *, wanted: str) -> LadingError:
    """Return what a refusal means for people; `wanted` is what was asked for."""
    said = f": {error.message}" if error.message else ""
    told = f"Resource Manager answered {error.status} {error.code}".rstrip()
    about = f"{wanted} of {address}"
    match error.status:
        case 401:
            return CredentialError(
                f"Resource Manager does not take this identity's token for {about}{said}",
                remedy="Sign in again, in the tenant of the subscription; lading doctor shows who "
                "is signed in.",
            )
        case 403:
            return CredentialError(
                f"this identity may not read or change {about}{_action(error)}",
                remedy=f'Give it the role "{ROLE}" on the Function App: az role assignment create '
                f'--role "{ROLE}" --assignee CLIENT_ID --scope {address.resource_id}',
            )
        case 404:
            return ConfigError(
                (f"there is no {address} in subscription {address.subscription}: {told}{said}",),
                remedy="Correct subscription, resource-group, function-app or slot of the target. "
                "An identity without any right there is told the same.",
            )
        case _:
            return DeploymentFailed(
                f"{told} for {about}{said}",
                remedy=_remedy(error),
            )


def unreachable(address: SiteAddress, *, wanted: str, reason: str) -> DeploymentFailed:
    """Return the error of a Resource Manager that gave no whole answer."""
    return DeploymentFailed(
        f"{wanted} of {address} could not be asked for: {reason}",
        remedy="Try again; lading deploy goes on where it was.",
    )


def _remedy(error: ManagementError) -> str:
    if error.is_busy:
        return "Something else changes the app at this moment; try again when it is done."
    if error.status >= _SERVER or error.status == _TOO_MANY:
        return "Azure has trouble; try again in some minutes."
    return "The Function App is as it was; the portal's activity log says more."


def _action(error: ManagementError) -> str:
    found = _ACTION.search(error.message)
    return f": it lacks {found['action']}" if found else f" ({error.code})" if error.code else ""


def _texts(document: Document, *keys: str) -> tuple[str, ...]:
    return tuple(text_of(document, key) for key in keys)


def _extended(document: Document) -> str:
    """Return App Service's own number of an error, wherever it stands."""
    entity = table_of(document, "ErrorEntity")
    details = document.get("Details") or table_of(document, "error").get("details")
    rows = details if isinstance(details, list) else ()
    entities = (entity, *(table_of(as_document(row), "ErrorEntity") for row in rows))
    codes = (
        text_of(row, key)
        for row in (document, *entities)
        for key in ("ExtendedCode", "extendedCode")
    )
    return next(filter(None, codes), "")
