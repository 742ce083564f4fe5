"""What Entra ID means when it refuses: what happened, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lading.core.errors import CredentialError
from lading.core.identity import Choice

_CODE = re.compile(r"AADSTS(?P<code>[0-9]{3,8})")
# A JWT, or anything else that is long and random: no text that is shown has a use for it.
_TOKEN_LIKE = re.compile(r"[A-Za-z0-9_+/=-]{20,}\.[A-Za-z0-9_.+/=-]{20,}|[A-Za-z0-9_~+/=-]{60,}")
# The numbers that Entra ID adds for Microsoft's support, and the hints of libraries.
_TAIL = re.compile(
    r"\s*(Trace ID:|Correlation ID:|Timestamp:|To mitigate this issue|Visit https?://|"
    r"Content: ).*",
    re.DOTALL,
)
_LONGEST = 300
_ABOUT_CLAIMS = frozenset({"70021", "700211", "700212", "700213"})


class UnavailableError(CredentialError):
    """An identity is not there at all: nobody is signed in, or nothing here gives one.

    Where nobody declared it, the next way of a credential may be taken.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a code of Entra ID says to somebody who has to set things up."""

    happened: str
    remedy: str


_TRUST = (
    "Add a federated credential to the app registration (or managed identity) whose issuer, "
    "subject and audience are exactly these; letters' case counts."
)
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
MEANINGS: Mapping[str, Meaning] = {
    "7000215": Meaning(
        happened="the client secret is wrong",
        remedy="Use the secret's value, not its id: the portal shows the value once, when it is "
        "made. Make a new one where it is lost.",
    ),
    "7000222": Meaning(
        happened="the client secret has expired",
        remedy="Make a new one under Certificates & secrets of the app registration. Workload "
        "identity federation needs none.",
    ),
    "7000229": Meaning(
        happened="the application has no service principal in this tenant",
        remedy="Check AZURE_TENANT_ID, or add it: az ad sp create --id CLIENT_ID.",
    ),
    "700016": Meaning(
        happened="there is no application with this client id in this tenant",
        remedy="Check AZURE_CLIENT_ID (the application's id, not its object's) and "
        "AZURE_TENANT_ID.",
    ),
    "700027": Meaning(
        happened="the certificate is not one of the application",
        remedy="Upload its public part under Certificates & secrets of the app registration.",
    ),
    "90002": Meaning(
        happened="there is no such tenant",
        remedy='Check AZURE_TENANT_ID, and cloud = "…" in [tool.lading] for another cloud.',
    ),
    "900023": Meaning(
        happened="the tenant's id is neither a GUID nor a domain", remedy="Check AZURE_TENANT_ID."
    ),
    "700213": Meaning(
        happened="no federated credential of the application matches what was presented",
        remedy=_TRUST,
    ),
    "70021": Meaning(
        happened="no federated credential of the application matches what was presented",
        remedy=_TRUST,
    ),
    "700211": Meaning(
        happened="no federated credential of the application has the issuer that was presented",
        remedy=_TRUST,
    ),
    "700212": Meaning(
        happened="no federated credential of the application has the audience that was presented",
        remedy=_TRUST,
    ),
    "700024": Meaning(
        happened="the proof of identity has expired, or is not valid yet",
        remedy="Check this machine's clock, and that the token file is renewed.",
    ),
    "500011": Meaning(
        happened="the resource is not known in this tenant",
        remedy="Check AZURE_TENANT_ID: it must be the one that the Azure DevOps organisation (or "
        "subscription) is connected to.",
    ),
    "50076": Meaning(
        happened="multi-factor authentication is demanded",
        remedy="Sign in anew by hand: az login --scope SCOPE, or azd auth login.",
    ),
    "50079": Meaning(
        happened="multi-factor authentication has to be set up first",
        remedy="Sign in anew by hand: az login, or azd auth login.",
    ),
    "53003": Meaning(
        happened="a conditional access policy forbids it from here",
        remedy="Ask who runs the tenant which policy it is, or run where it allows it.",
    ),
    "700082": Meaning(
        happened="the sign-in has expired",
        remedy="Sign in anew: az login, or azd auth login.",
    ),
    "50173": Meaning(
        happened="the sign-in was revoked (a changed password, for one)",
        remedy="Sign in anew: az login, or azd auth login.",
    ),
    "65001": Meaning(
        happened="nobody has consented to this for the tenant",
        remedy="Ask an administrator of the tenant for consent.",
    ),
}


def refused(choice: Choice, words: str, *, presented: str = "") -> CredentialError:
    """Return the error of a sign-in that Entra ID refused.

    `words` are the library's; `presented` tells the claims of the token that was to prove who this
    is, which a mismatch is about.
    """
    found = _CODE.search(words)
    code = found["code"] if found else ""
    who = f'Entra ID refused identity = "{choice.identity}" ({choice.reason})'
    meaning = MEANINGS.get(code)
    if meaning is None:
        # Without a code it is the library that does not even try.
        whole = who if code else who.replace("Entra ID refused", "nobody can sign in with")
        return CredentialError(
            f"{whole}: {shortened(words)}",
            remedy="Correct what it names; another way to sign in is chosen with identity = … in "
            "[tool.lading].",
        )
    shown = f"; presented: {presented}" if presented and code in _ABOUT_CLAIMS else ""
    return CredentialError(
        f"{who}: {meaning.happened} (AADSTS{code}){shown}", remedy=meaning.remedy
    )


def unavailable(choice: Choice, why: str, *, remedy: str) -> UnavailableError:
    """Return the error of an identity that is not there; `why` is a part of a sentence."""
    return UnavailableError(
        f'identity = "{choice.identity}" ({choice.reason}) gives no token: {why}', remedy=remedy
    )


def shortened(words: str) -> str:
    """Return what a library says in one line, without what may be secret or helps nobody."""
    first = _TAIL.sub("", words.strip())
    printable = "".join(character if character.isprintable() else " " for character in first)
    plain = _TOKEN_LIKE.sub("***", " ".join(printable.split()))
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"
