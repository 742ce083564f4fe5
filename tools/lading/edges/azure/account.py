"""Who deploys: the tokens for Resource Manager and for SCM sites, each for its own place alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lading.core.access.issued import Issued
from lading.core.access.scope import Grant
from lading.core.errors import CredentialError
from lading.core.identity import Choice, Identity
from lading.core.identity.clouds import Cloud
from lading.edges.tokens.entra import Entra

# Blob storage has one resource, and it is the same in every cloud.
_STORAGE = "https://storage.azure.com/.default"
_REMEDY = "Sign in: az login, or in a pipeline what README says under “Identities”."


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One identity in one cloud; its tokens are obtained when they are needed, and renewed.

    `unknown` are audiences for which no token could be had, although one for another was.
    """

    entra: Entra
    choice: Choice
    cloud: Cloud
    unknown: set[str] = field(default_factory=set, repr=False, compare=False)

    @property
    def endpoint(self) -> str:
        """Return the URL of Resource Manager."""
        return self.cloud.arm

    @property
    def who(self) -> str:
        """Return the identity, and why it was chosen."""
        reason = f", because {self.choice.reason}" if self.choice.reason else ""
        return f"{self.choice.identity}{reason}"

    def issued(self) -> Issued:
        """Return the token of Resource Manager, and until when it is good.

        Raises CredentialError where none can be had.
        """
        return self._issued(self.cloud.arm_audience)

    def grant(self) -> Grant:
        """Return the token of Resource Manager, for it alone; raises CredentialError."""
        return _grant(self.issued(), self.cloud.arm)

    def scm_grants(self, origin: str) -> Iterator[Grant]:
        """Give the tokens that an SCM site may take, in their order; raises CredentialError.

        It wants that of App Service. Older clouds take that of Resource Manager alone, and some
        tenants do not know the other one.
        """
        own, general = self.cloud.scm_audience, self.cloud.arm_audience
        if own not in self.unknown:
            try:
                yield _grant(self._issued(own), origin)
            except CredentialError:
                # Where nobody is signed in the other one is refused too. Else it is asked for once.
                self._issued(general)
                self.unknown.add(own)
        if general != own:
            yield _grant(self._issued(general), origin)

    def storage_grant(self, origin: str) -> Grant:
        """Return a token for one storage account; raises CredentialError where there is none."""
        return _grant(self._issued(_STORAGE), origin)

    def forget(self) -> None:
        """Forget the tokens of Resource Manager and of SCM sites: one of them was refused."""
        for audience in dict.fromkeys((self.cloud.scm_audience, self.cloud.arm_audience)):
            self.entra.forget(self.choice, audience)

    def _issued(self, audience: str) -> Issued:
        return self.entra.token(self.choice, audience)


def open_account(entra: Entra, declared: Identity | None, cloud: Cloud) -> Account:
    """Return who deploys; raises CredentialError where nobody is signed in here."""
    choice = entra.choose(declared)
    if choice is None:
        raise CredentialError(
            "nobody is signed in to Microsoft Entra ID here: no variable names an identity, no CI "
            "system vouches for one, and neither az nor azd is on PATH",
            remedy=_REMEDY,
        )
    return Account(entra=entra, choice=choice, cloud=cloud)


def _grant(issued: Issued, origin: str) -> Grant:
    return Grant(credential=issued.credential, scope=f"{origin.rstrip('/')}/")
