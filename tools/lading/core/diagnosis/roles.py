"""The least role that lets an identity do what it may not, and the line that grants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote
from urllib.parse import urlsplit

from lading.core.config import Target
from lading.core.hosting.address import SiteAddress

# Who knows no object id writes it there.
_NOBODY = "OBJECT_ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One of Azure's roles on one thing; `scope` stands in a line of a shell as it is."""

    name: str
    on: str
    scope: str


def role_on_app(target: Target) -> Role:
    """Return the role that deploys to an app, and to its slots: no smaller one of Azure's does."""
    return Role(
        name="Website Contributor",
        on=f"the Function App {target.function_app}",
        scope=quote(address_of(target).resource_id),
    )


def role_on_container(container: str) -> Role:
    """Return the role that keeps packages in a container, named by its URL."""
    account, name = _names_in(container)
    return Role(
        name="Storage Blob Data Contributor",
        on=f"the container {name}",
        scope=f'"{_account_id(account)}/blobServices/default/containers/{name}"',
    )


def role_on_account(container: str) -> Role:
    """Return the role that signs URLs of a container's packages."""
    account, _ = _names_in(container)
    return Role(
        name="Storage Blob Delegator",
        on=f"the storage account {account}",
        scope=f'"{_account_id(account)}"',
    )


def address_of(target: Target) -> SiteAddress:
    """Return where the app itself is, whichever of its slots a target has."""
    return SiteAddress(
        subscription=target.subscription,
        resource_group=target.resource_group,
        name=target.function_app,
    )


def tell_grant(role: Role, who: str, *, actions: Sequence[str] = ()) -> str:
    """Return what to grant to whom; `who` is an object id, "" where nobody knows it.

    `actions` are those that are missing, for whoever has roles of their own.
    """
    own = f" (a role of your own needs {', '.join(actions)})" if actions else ""
    return (
        f"Grant it the role {role.name} on {role.on}{own}:\n"
        f"  az role assignment create --assignee {who or _NOBODY} "
        f'--role "{role.name}" --scope {role.scope}'
    )


def _account_id(account: str) -> str:
    # In which group it is nobody says.
    return f"$(az storage account show --name {account} --query id --output tsv)"


def _names_in(container: str) -> tuple[str, str]:
    """Return an account and a container; an emulator has its account in the path."""
    url = urlsplit(container)
    *before, name = url.path.strip("/").split("/")
    return (before[-1] if before else url.netloc.partition(".")[0]), name
