"""Clouds that are known by the address of their Resource Manager, which says where to sign in."""

from __future__ import annotations

from lading.core.errors import CredentialError
from lading.core.identity.clouds import Cloud, parse_cloud
from lading.edges.http import Http, Request, TransferError

_PATH = "/metadata/endpoints?api-version=2022-09-01"
_LARGEST = 1024 * 1024  # bytes
_OK = 200


def read_cloud(url: str, *, http: Http) -> Cloud:
    """Ask a Resource Manager for its cloud; raises CredentialError where it does not tell."""
    arm = url.rstrip("/")
    try:
        with http.open(Request(url=arm + _PATH, confined_to=f"{arm}/")) as response:
            if response.status != _OK:
                raise _unknown(url, f"it answered {response.status}")
            return parse_cloud(response.read(limit=_LARGEST), arm=arm)
    except (TransferError, ValueError) as error:
        reason = error.reason if isinstance(error, TransferError) else str(error)
        raise _unknown(url, reason) from None


def _unknown(url: str, reason: str) -> CredentialError:
    return CredentialError(
        f"the cloud at {url} does not say where to sign in: {reason}",
        remedy="Correct cloud = … in [tool.lading]: it is the address of Resource Manager, as "
        "`az cloud show` tells it.",
    )
