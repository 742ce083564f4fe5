"""azure-identity: signing in with a secret, a certificate, a proof of identity, or as this machine.

Importing it takes a third of a second: only who signs in does. Always one class, the one that was
chosen, never DefaultAzureCredential; and always a new object, because their caches give the token
that they have to its last second.
"""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypedDict

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, DecodeError
from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    CredentialUnavailableError,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from lading.core.access.said import one_line
from lading.core.errors import CredentialError, LadingError
from lading.core.identity import Choice
from lading.core.identity.refusals import refused, shortened, unavailable
from lading.core.identity.variables import (
    CERTIFICATE,
    CERTIFICATE_PASSWORD,
    CLIENT,
    TENANT,
    TOKEN_FILE,
    read_principal,
    value_of,
)
from lading.core.secret import Secret
from lading.edges.http import LeftScopeError, TransferError
from lading.edges.http.azure_transport import AzureTransport
from lading.edges.tokens.lent_environment import lend_environment
from lading.edges.tokens.oidc import read_azure_pipelines_token, read_github_token
from lading.edges.tokens.service_connections import find_connection
from lading.edges.tokens.surroundings import Surroundings

_EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*-----", re.DOTALL)
_SEND_CHAIN = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"
# What says where a machine gets its identity from, and what it has to show there.
_MACHINE_VARIABLES = (
    *("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IMDS_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST"),
    *("MSI_ENDPOINT", "MSI_SECRET", "PROGRAMDATA"),
)
_MACHINE_SECRETS = ("IDENTITY_HEADER", "MSI_SECRET")
# What the libraries raise at an answer in JSON that has not the form of one.
_STRANGE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError)
# Azure's metadata service asks to be tried again for more than a minute: a build has no such time.
_MACHINE_TRIES = 3
# Seconds: between two tries, and all in all.
_MACHINE_PAUSE = 4
_MACHINE_LIMIT = 30


class _Credential(Protocol):
    def get_token(self, *scopes: str) -> AccessToken: ...


class _Options(TypedDict):
    authority: str
    disable_instance_discovery: bool | None
    transport: AzureTransport
    retry_total: int


def sign_in(choice: Choice, audience: str, surroundings: Surroundings) -> AccessToken:
    """Return a token of an audience (with its `/.default`) for a chosen identity.

    Raises CredentialError where it is refused, UnavailableError where there is no such identity.
    """
    # They tell failures as well, in words that are not ours, and quote what was answered.
    for library in ("azure.identity", "msal"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    return _SignIn(choice, surroundings).token(audience)


class _SignIn:
    """One attempt to sign in."""

    def __init__(self, choice: Choice, surroundings: Surroundings) -> None:
        self._choice = choice
        self._surroundings = surroundings
        self._ambient = surroundings.ambient
        self._presented = ""

    def token(self, audience: str) -> AccessToken:
        if self._choice.identity.method == "managed-identity":
            return self._as_machine(audience)
        with self._told():
            return _checked(self._credential().get_token(audience))

    def _credential(self) -> _Credential:
        match self._choice.identity.method:
            case "client-secret":
                return self._with_secret()
            case "client-certificate":
                return self._with_certificate()
            case "workload-identity":
                return self._with_token_file()
            case "azure-pipelines":
                return self._as_connection()
            case "github-actions":
                return self._with_proof(
                    self._value(TENANT),
                    self._value(CLIENT),
                    lambda: read_github_token(self._surroundings, _EXCHANGE_AUDIENCE),
                )
            case method:
                message = f"{method} signs in elsewhere"
                raise AssertionError(message)

    def _with_secret(self) -> _Credential:
        principal = read_principal(self._ambient)
        self._surroundings.keep(principal.secret)
        return ClientSecretCredential(
            principal.tenant, principal.client, principal.secret.reveal(), **self._options()
        )

    def _with_certificate(self) -> _Credential:
        password = self._value(CERTIFICATE_PASSWORD)
        if password:
            self._surroundings.keep(Secret(password))
        path = self._value(CERTIFICATE)
        try:
            content = Path(path).read_bytes()
            for key in _PRIVATE_KEY.findall(content.decode("ascii", "replace")):
                self._surroundings.keep(Secret(key))
            return CertificateCredential(
                self._value(TENANT),
                self._value(CLIENT),
                certificate_data=content,
                password=password or None,
                send_certificate_chain=self._value(_SEND_CHAIN).lower() in {"1", "true"},
                **self._options(),
            )
        except OSError as error:
            raise _unreadable(CERTIFICATE, path, error.strerror or "it cannot be opened") from None
        except (TypeError, ValueError):
            # The library's words may quote the file.
            raise CredentialError(
                f"{path} ({CERTIFICATE}) is no certificate with a key that can be read",
                remedy="It must be a PEM or PFX file with the certificate and its RSA key; where "
                f"the key is encrypted, set {CERTIFICATE_PASSWORD}.",
            ) from None

    def _with_token_file(self) -> _Credential:
        path = self._value(TOKEN_FILE)
        try:
            token = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise _unreadable(TOKEN_FILE, path, why) from None
        self._present(Secret(token.strip()))
        return WorkloadIdentityCredential(
            tenant_id=self._value(TENANT),
            client_id=self._value(CLIENT),
            token_file_path=path,
            **self._options(),
        )

    def _as_connection(self) -> _Credential:
        """Sign in as a service connection does.

        AzurePipelinesCredential would show the job's token to whatever SYSTEM_OIDCREQUESTURI
        says, http:// too.
        """
        found = find_connection(self._choice.identity.argument, self._surroundings)
        return self._with_proof(
            found.tenant,
            found.client,
            lambda: read_azure_pipelines_token(self._surroundings, found.id),
        )

    def _with_proof(self, tenant: str, client: str, ask: Callable[[], Secret]) -> _Credential:
        def proof() -> str:
            return self._present(ask()).reveal()

        return ClientAssertionCredential(tenant, client, proof, **self._options())

    def _as_machine(self, audience: str) -> AccessToken:
        shown = tuple(Secret(value) for name in _MACHINE_SECRETS if (value := self._value(name)))
        for secret in shown:
            self._surroundings.keep(secret)
        transport = AzureTransport(
            self._surroundings.http, keep=self._surroundings.keep, shown=shown, on_link=True
        )
        lent = {name: value for name in _MACHINE_VARIABLES if (value := self._value(name))}
        client = self._choice.identity.argument or None
        with self._told(), lend_environment(lent):
            credential = ManagedIdentityCredential(
                client_id=client,
                transport=transport,
                retry_total=_MACHINE_TRIES,
                retry_status=_MACHINE_TRIES,
                retry_backoff_max=_MACHINE_PAUSE,
                timeout=_MACHINE_LIMIT,
            )
            return _checked(credential.get_token(audience))

    def _options(self) -> _Options:
        cloud = self._surroundings.cloud
        return _Options(
            authority=cloud.authority,
            # Microsoft vouches for its own; it would be asked about any other, and not know it.
            disable_instance_discovery=None if cloud.is_microsofts else True,
            transport=AzureTransport(self._surroundings.http, keep=self._surroundings.keep),
            # Ours tries again where that can help.
            retry_total=0,
        )

    def _present(self, proof: Secret) -> Secret:
        self._surroundings.keep(proof)
        self._presented = _claims(proof)
        return proof

    def _value(self, name: str) -> str:
        return value_of(name, self._ambient)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the library's errors into ours.

        They are not kept as a cause: they hold whole requests and answers.
        """
        try:
            yield
        except LadingError:
            raise
        except (AzureError, TransferError, ValueError, *_STRANGE) as error:
            raise self._told_as(error) from None

    def _told_as(self, error: Exception) -> LadingError:
        known = _within(error)
        is_machine = self._choice.identity.method == "managed-identity"
        match known:
            case LadingError():
                return known
            case TransferError() if is_machine and not isinstance(known, LeftScopeError):
                return unavailable(
                    self._choice,
                    f"nobody answers at {known.url}: {known.reason}",
                    remedy="Managed identities are to be had on Azure's own machines. Elsewhere "
                    "choose another way: identity = … in [tool.lading].",
                )
            case TransferError():
                return CredentialError(
                    f"{known.url} gave no token: {known.reason}",
                    remedy="Check the network, the proxy (HTTPS_PROXY, NO_PROXY) and the variable "
                    "that names the address; try again.",
                )
            case None:
                pass
        if isinstance(error, CredentialUnavailableError):
            return unavailable(
                self._choice,
                shortened(str(error)),
                remedy="Assign the identity to this machine or app; a user-assigned one is named: "
                'identity = "managed-identity:CLIENT_ID".',
            )
        if _is_no_answer(error):
            who = "the endpoint of managed identities" if is_machine else ""
            return CredentialError(
                f"{who or self._surroundings.cloud.authority} answered with something that is no "
                "token",
                remedy="Check what stands between (HTTPS_PROXY, a page to sign in at), and "
                "AZURE_AUTHORITY_HOST; try again.",
            )
        return refused(self._choice, str(error), presented=self._presented)


def _within(error: BaseException) -> LadingError | TransferError | None:
    """Return our own error where a library wrapped it."""
    found = (cause for cause in _causes(error) if isinstance(cause, (LadingError, TransferError)))
    return next(found, None)


def _is_no_answer(error: BaseException) -> bool:
    kinds = (DecodeError, json.JSONDecodeError, *_STRANGE)
    return any(isinstance(cause, kinds) for cause in _causes(error))


def _checked(token: AccessToken) -> AccessToken:
    """Return a token that a header can carry and a clock can count; raises one of `_STRANGE`."""
    # The library passes on whatever stood in the place of the token.
    text: object = token.token
    if not (isinstance(text, str) and text.isascii() and text.isprintable()):
        raise TypeError
    float(token.expires_on)
    return token


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _unreadable(variable: str, path: str, why: str) -> CredentialError:
    return CredentialError(
        f"{path} ({variable}) cannot be read: {why}", remedy=f"Correct {variable}, or the file."
    )


def _claims(proof: Secret) -> str:
    """Return whom a proof of identity is about, which is no secret; "" where it cannot be read."""
    try:
        body = proof.reveal().split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        told = {"subject": claims["sub"], "issuer": claims["iss"], "audience": claims["aud"]}
    except (IndexError, KeyError, RecursionError, TypeError, ValueError):
        return ""
    return ", ".join(f"{name} {one_line(str(value))}" for name, value in told.items())
