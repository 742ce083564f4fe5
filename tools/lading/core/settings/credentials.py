"""Settings that would bring a source's credential back into the app.

What is looked for are the credentials that open private packages and code. That an app has secrets
of its own is no mistake.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from lading.core.access.ambient import holds_token
from lading.core.access.userinfo import parse_userinfo
from lading.core.private_keys import PRIVATE_KEY, find_private_key
from lading.core.settings.references import is_reference

# What pip, uv and their like read on a machine that builds. Nothing is built in Azure.
_BUILDERS = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_*INDEX_URL", "PIP_FIND_LINKS"),
    *("UV_INDEX", "UV_INDEX_*", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
    *("PIPENV_PYPI_MIRROR", "POETRY_HTTP_BASIC_*", "POETRY_REPOSITORIES_*"),
)
# As their issuers document them. Entropy alone is no evidence.
_TOKENS = {
    "a token of GitHub": r"(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})",
    "a token of GitLab": r"(?:glpat|gldt|glcbt|glptt)-[A-Za-z0-9_.-]{20,}",
    "a token of Azure DevOps": r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}",
    "a token of Artifactory": r"(?:AKCp[A-Za-z0-9]{60,}|cmVmdGtu[A-Za-z0-9+/=_-]{40,})",
    "a token of Bitbucket": r"(?:ATBB[A-Za-z0-9]{28,}|AT[AC]TT3[A-Za-z0-9_=-]{40,})",
    "a token of PyPI": r"pypi-AgE[A-Za-z0-9_-]{50,}",
    "a signed token (JWT)": r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}",
}
# A token is not a part of a longer word.
_PATTERNS = {
    kind: re.compile(rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])")
    for kind, pattern in _TOKENS.items()
}
# The personal access tokens that Azure DevOps gave until 2024: 52 characters of base 32, in which
# only a whole value can be recognised.
_OLD_AZURE_TOKEN = re.compile(r"(?=[^0-9]*[2-7])[a-z2-7]{52}")
_SOURCE_URL = re.compile(r"(?:git\+)?https?://[^\s\"'<>|,;]+", re.IGNORECASE)


def find_credential(name: str, value: str) -> str | None:
    """Return what a setting looks like that opens a source, None for any other.

    A reference to Key Vault is none: it holds nothing.
    """
    if _is_builders(name):
        return "where a build finds its packages"
    if is_reference(value) or not value.strip():
        return None
    if holds_token(name):
        return "a variable in which tools keep a credential"
    return _find_in(value)


def _find_in(value: str) -> str | None:
    if any(parse_userinfo(url).kind == "secret" for url in _SOURCE_URL.findall(value)):
        return "a URL with a password in it"
    if find_private_key(value.encode(errors="replace")) is not None:
        return f"a {PRIVATE_KEY}"
    if _OLD_AZURE_TOKEN.fullmatch(value.strip()):
        return "a token of Azure DevOps"
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(value)), None)


def _is_builders(name: str) -> bool:
    return any(fnmatchcase(name.upper(), pattern) for pattern in _BUILDERS)


def credential_remedy(name: str) -> str:
    """Return what to do about a setting that looks like a credential."""
    if _is_builders(name):
        return "leave it out: nothing is built in Azure, the packages are in the zip"
    return (
        "leave it out: the app needs no source any more. What the app itself needs belongs into "
        f"Key Vault: {name}=@Microsoft.KeyVault(SecretUri=https://…/secrets/…)"
    )
