"""What a token and a user name may be made of, wherever they were found."""

from __future__ import annotations

import re

from lading.core.config import Source
from lading.core.errors import CredentialError
from lading.core.secret import Secret

# Basic needs a user name; where only a password is declared the hosts take any.
ANY_USER = "token"
_UNEXPANDED = re.compile(r"\$\(.*\)|\$\{\{.*\}\}|\$\{.*\}", re.DOTALL)


def check_token(text: str, source: Source, where: str) -> Secret:
    """Return a token that a header can carry; raises CredentialError, which never quotes it."""
    if _UNEXPANDED.fullmatch(text):
        raise CredentialError(
            f"no credential for source {source.name}: {where} holds a macro that the CI system "
            "did not replace",
            remedy="Check the variable's name in the pipeline; a secret must be mapped to the "
            "step with `env:`.",
        )
    if not text.isprintable():
        raise CredentialError(
            f"no credential for source {source.name}: {where} holds a line break or a control "
            "character",
            remedy="Set it again, on one line.",
        )
    return Secret(text)


def check_username(text: str, source: Source) -> str:
    """Return a user name that Basic authentication can carry; raises CredentialError."""
    if ":" in text or not text.isprintable():
        raise CredentialError(
            f"no credential for source {source.name}: its user name holds a colon or a control "
            "character, which Basic authentication cannot carry",
            remedy="Correct the user name.",
        )
    return text
