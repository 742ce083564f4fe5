"""References to secrets in Key Vault: the forms that App Service resolves."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_BEGINNING = "@microsoft.keyvault("
_FORM = (
    "@Microsoft.KeyVault(SecretUri=https://VAULT.vault.azure.net/secrets/NAME) or "
    "@Microsoft.KeyVault(VaultName=VAULT;SecretName=NAME)"
)
_VAULT = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9]){2,23}")
_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")
_VERSION = re.compile(r"[0-9A-Fa-f]{32}")
_HOST = re.compile(r"(?P<vault>[^.]+)\.vault\.[a-z0-9.-]+", re.IGNORECASE)
_PARTS = frozenset({"vaultname", "secretname", "secretversion"})
_DEEPEST = 3  # secrets/NAME/VERSION


def is_reference(value: str) -> bool:
    """Say whether App Service takes a value for a reference, well formed or not."""
    return value.lower().startswith("@microsoft.")


def check_reference(value: str) -> str | None:
    """Return what keeps a value from being the reference that it is meant to be, or None.

    App Service does not complain: the app gets the reference itself as the value.
    """
    beginning = value.lower().find(_BEGINNING)
    if beginning < 0:
        return None
    if beginning > 0 or not value.endswith(")"):
        return f"a reference to Key Vault is the whole value, without a space around it: {_FORM}"
    parts = _parse_parts(value[len(_BEGINNING) : -1])
    if parts is None:
        return f"a reference to Key Vault has the form {_FORM}"
    if set(parts) == {"secreturi"}:
        return _check_uri(parts["secreturi"])
    if not {"vaultname", "secretname"} <= set(parts) <= _PARTS:
        return f"a reference to Key Vault has the form {_FORM}"
    return _check_names(parts["vaultname"], parts["secretname"], parts.get("secretversion", ""))


def _parse_parts(text: str) -> dict[str, str] | None:
    parts: dict[str, str] = {}
    for part in text.split(";"):
        key, equals, value = part.partition("=")
        name = key.strip().lower()
        if not equals or name in parts:
            return None
        parts[name] = value.strip()
    return parts


def _check_uri(uri: str) -> str | None:
    try:
        url = urlsplit(uri)
        host = _HOST.fullmatch(url.hostname or "")
    except ValueError:
        return f"SecretUri is no URL: {_FORM}"
    if url.scheme != "https" or host is None or url.query or url.fragment or "@" in url.netloc:
        return "SecretUri must be https://VAULT.vault.azure.net/secrets/NAME"
    segments = url.path.strip("/").split("/")
    if segments[0] in {"keys", "certificates"}:
        return f"SecretUri names one of the {segments[0]}, and only a secret has a value: /secrets/"
    if segments[0] != "secrets" or len(segments) not in range(2, _DEEPEST + 1):
        return "SecretUri must end in /secrets/NAME or /secrets/NAME/VERSION"
    return _check_names(host["vault"], segments[1], *segments[2:])


def _check_names(vault: str, name: str, version: str = "") -> str | None:
    if not _VAULT.fullmatch(vault):
        return "a vault's name has 3 to 24 letters, digits and hyphens, and begins with a letter"
    if not _NAME.fullmatch(name):
        return "a secret's name has letters, digits and hyphens"
    if version and not _VERSION.fullmatch(version):
        return "a secret's version has 32 hexadecimal digits; without one the newest is taken"
    return None
