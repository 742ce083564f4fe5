"""What a tenant of Entra ID knows: an application with its credentials, and managed identities."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path

import jwt
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.utils import base64url_encode

AZURE_DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"
ARM = "https://management.azure.com"
# What else tokens for Resource Manager are for: what it was called before.
ARM_AUDIENCES = (ARM, "https://management.core.windows.net")
APP_SERVICE = "https://appservice.azure.com"
STORAGE = "https://storage.azure.com"
# For whom the proof of another issuer is that is exchanged for a token of Entra ID.
EXCHANGE = "api://AzureADTokenExchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who can get a token, by the two ids that Entra ID has for them."""

    client_id: str
    object_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """A federated credential of the application: whose proof is as good as a secret."""

    issuer: str
    subject: str
    audience: str = EXCHANGE


class Certificate:
    """The certificate with which the application signs who it is; `path` has its key too."""

    def __init__(self, path: Path, client_id: str) -> None:
        self.path = path
        self._client_id = client_id
        authority = trustme.CA(organization_name="Lading local Azure")
        issued = authority.issue_cert("lading.test", key_type=trustme.KeyType.RSA)
        pem = issued.cert_chain_pems[0].bytes()
        self.key_text = issued.private_key_pem.bytes().decode()
        path.touch(mode=0o600)
        path.write_bytes(self.key_text.encode() + pem)
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise TypeError("the certificate was asked for with an RSA key")
        self._public_key = key
        # Libraries name a certificate by either; SHA-1 is a name here, no proof.
        digests = (certificate.fingerprint(kind()) for kind in (hashes.SHA1, hashes.SHA256))
        self._thumbprints = tuple(base64url_encode(digest).decode() for digest in digests)

    def identifies(self, assertion: str) -> bool:
        """Say whether the header of an assertion names this certificate."""
        header = jwt.get_unverified_header(assertion)
        shown = str(header.get("x5t#S256") or header.get("x5t") or "").rstrip("=")
        return shown in self._thumbprints

    def signed(self, assertion: str) -> bool:
        """Say whether an assertion is the application's own, expired or not."""
        try:
            claims = jwt.decode(
                assertion,
                self._public_key,
                ["RS256", "PS256"],
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False},
            )
        except jwt.InvalidTokenError:
            return False
        return claims.get("iss") == self._client_id


class Directory:
    """The tenant: one application, its credentials, and who the machine itself is.

    `system_assigned` and `user_assigned` are the machine's managed identities; a test takes one
    away by setting it to None. `reset` brings back what was.
    """

    def __init__(self, folder: Path) -> None:
        self.tenant = str(uuid.uuid4())
        self.application = _principal()
        # As Entra ID makes them: 40 characters, some of which URL-encoding changes.
        self.client_secret = f"{secrets.token_urlsafe(27)}~8Q/"
        self.certificate = Certificate(folder / "application.pem", self.application.client_id)
        self._assigned = (_principal(), _principal())
        self.system_assigned: Principal | None
        self.user_assigned: Principal | None
        self.federations: list[Federation]
        self._given: tuple[Federation, ...] = ()
        self.reset()

    @property
    def issuer(self) -> str:
        """Return the name under which Entra ID gives out proofs for others."""
        return f"https://login.microsoftonline.com/{self.tenant}/v2.0"

    def federate(self, *federations: Federation) -> None:
        """Accept the proofs of other issuers, after every reset too."""
        self._given += federations
        self.reset()

    def reset(self) -> None:
        """Make everything as it was."""
        self.system_assigned, self.user_assigned = self._assigned
        self.federations = list(self._given)


def _principal() -> Principal:
    return Principal(client_id=str(uuid.uuid4()), object_id=str(uuid.uuid4()))
