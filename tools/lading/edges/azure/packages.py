"""A container of Blob storage in which releases are kept, each package under a name of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob import (
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    StorageErrorCode,
    UserDelegationKey,
    generate_blob_sas,
)

from lading.core.access.asked import Answer
from lading.core.access.scope import Grant
from lading.core.deployment.reactions import NoAnswer
from lading.core.deployment.rollback import StoredPackage
from lading.core.secret import Secret
from lading.core.urls import parse_url
from lading.edges.http import Http, Request, TransferError
from lading.edges.http.azure_transport import AzureTransport

Reply = Answer | NoAnswer

# Bytes: what is sent at once, and lies in memory.
_BLOCK = 4 * 1024 * 1024
_CREATED, _OK = 201, 200
# Of Blob storage's API: a token needs one that is not older than 2017.
_VERSION = "2024-11-04"
_CLOCKS_DIFFER = dt.timedelta(minutes=5)


class StorageAccount(Protocol):
    """Who asks: gives a token for Blob storage."""

    def storage_grant(self, origin: str) -> Grant:
        """Return the token, for one account alone; raises CredentialError."""


class KeptPackages:
    """The packages in one container, named by its https URL. No key of the account is used.

    Methods return the answer, good or bad, or why there was none.
    """

    def __init__(
        self,
        container: str,
        account: StorageAccount,
        *,
        http: Http,
        keep: Callable[[Secret], None],
    ) -> None:
        self._url = container.rstrip("/")
        url = parse_url(self._url)
        self._origin = f"{url.origin}/"
        self._account = account
        self._http = http
        self._keep = keep
        self._transport = AzureTransport(http, keep=keep, grant=self._grant)

    def store(self, name: str, package: Path, tell: Callable[[int], None]) -> Reply:
        """Put a package there, block by block; one that is there already stays, and is good.

        `tell` is told how many bytes are there, each time.
        """
        seen = 0

        def progressed(done: int, _whole: int | None) -> None:
            nonlocal seen
            tell(done - seen)
            seen = done

        blob = self._client().get_blob_client(name)
        with package.open("rb") as file:
            try:
                blob.upload_blob(
                    file,
                    length=package.stat().st_size,
                    overwrite=False,
                    max_concurrency=1,
                    progress_hook=progressed,
                )
            except (AzureError, TransferError) as error:
                return Answer(status=_OK) if _is_there(error) else _reply_of(error)
        return Answer(status=_CREATED)

    def list_names(self) -> tuple[str, ...] | Answer | NoAnswer:
        """Return the names of what is kept, in alphabetical order, or why they cannot be told."""
        try:
            return tuple(self._client().list_blob_names())
        except (AzureError, TransferError) as error:
            return _reply_of(error)

    def list_kept(self) -> tuple[StoredPackage, ...] | Answer | NoAnswer:
        """Return what is kept, with its size and since when, or why that cannot be told."""
        try:
            return tuple(
                StoredPackage(name=blob.name, size=blob.size or 0, stored=blob.creation_time)
                for blob in self._client().list_blobs()
            )
        except (AzureError, TransferError) as error:
            return _reply_of(error)

    def fetch(self, name: str, path: Path) -> Reply:
        """Write what is kept under a name into a file, as it comes."""
        request = Request(
            url=self._client().get_blob_client(name).url,
            grant=self._grant(),
            confined_to=self._origin,
            headers={"x-ms-version": _VERSION},
        )
        try:
            with self._http.open(request) as response:
                if response.status != _OK:
                    body = response.read_beginning(_BLOCK).decode("utf-8", "replace")
                    return Answer(status=response.status, body=body, reason=response.reason)
                with path.open("wb") as file:
                    for block in response.blocks():
                        file.write(block)
        except TransferError as error:
            return NoAnswer(reason=error.reason)
        return Answer(status=_OK)

    def sign(self, name: str, *, lasting: dt.timedelta) -> Secret | Answer | NoAnswer:
        """Return a URL by which anybody may read one package for a while, signed for this identity.

        Raises nothing where the identity may not sign: the answer says so.
        """
        now = dt.datetime.now(dt.UTC)
        client = self._client()
        try:
            key = self._delegation_key(now - _CLOCKS_DIFFER, now + lasting)
        except (AzureError, TransferError) as error:
            return _reply_of(error)
        signature = generate_blob_sas(
            client.account_name,
            client.container_name,
            name,
            user_delegation_key=key,
            permission=BlobSasPermissions(read=True),
            start=now - _CLOCKS_DIFFER,
            expiry=now + lasting,
        )
        secret = Secret(f"{client.get_blob_client(name).url}?{signature}")
        self._keep(secret)
        return secret

    def _delegation_key(self, start: dt.datetime, expiry: dt.datetime) -> UserDelegationKey:
        service = BlobServiceClient(
            self._url.rpartition("/")[0], transport=self._transport, retry_total=0
        )
        return service.get_user_delegation_key(start, expiry)

    def _client(self) -> ContainerClient:
        return ContainerClient.from_container_url(
            self._url,
            transport=self._transport,
            # The transport tries again where that can help.
            retry_total=0,
            max_single_put_size=_BLOCK,
            max_block_size=_BLOCK,
        )

    def _grant(self) -> Grant:
        return self._account.storage_grant(self._origin)


def _is_there(error: AzureError | TransferError) -> bool:
    # A 409 is also told of a container that is being deleted, or whose policy lets nothing in.
    return getattr(error, "error_code", None) == StorageErrorCode.BLOB_ALREADY_EXISTS


def _reply_of(error: AzureError | TransferError) -> Reply:
    if isinstance(error, TransferError):
        return NoAnswer(reason=error.reason)
    if isinstance(error, HttpResponseError) and error.status_code:
        return Answer(
            status=error.status_code,
            body=error.message or "",
            reason=str(getattr(error, "error_code", "") or error.reason or ""),
        )
    return NoAnswer(reason=type(error).__name__)
