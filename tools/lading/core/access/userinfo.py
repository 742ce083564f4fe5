"""Credentials that people write into URLs: told apart from placeholders, and never shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lading.core.secret import MASK

UserinfoKind = Literal["none", "user", "placeholder", "secret"]

_AUTHORITY = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<authority>[^/?#]*)")
# ${VAR} $(VAR) $VAR {var} {{ var }} %VAR% <var>: what templates, shells and CI systems replace.
_PLACEHOLDER = re.compile(
    r"\$\{[^{}]*\}|\$\([^()]*\)|\$\w+|\{\{[^{}]*\}\}|\{[^{}]*\}|%[A-Za-z_]\w*%|<[^<>]*>"
    r"|%7B[^%]*%7D",
    re.IGNORECASE,
)
# Tokens are also written where the user name belongs. Prefixes as their issuers document them.
_TOKEN_PREFIXES = (
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    *("glpat-", "gldt-", "glcbt-", "glptt-"),
    *("ATBB", "ATCTT3", "ATATT3", "AKCp", "cmVmdGtu", "pypi-", "eyJ"),
)
_LONGEST_USER_NAME = 29
_OPAQUE = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_+=-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class BareUrl:
    """A URL without its user information, and what kind of thing stood there."""

    url: str
    kind: UserinfoKind


def parse_userinfo(url: str) -> BareUrl:
    """Return a URL without user information, and say whether that was a secret."""
    match = _AUTHORITY.match(url)
    if match is None or "@" not in match["authority"]:
        return BareUrl(url=url, kind="none")
    userinfo, _, host = match["authority"].rpartition("@")
    bare = f"{match['scheme']}{host}{url[match.end() :]}"
    return BareUrl(url=bare, kind=_judge(userinfo))


def may_be_shown(bare_url: str) -> bool:
    """Say whether a URL whose user information was taken away can hold no rest of a password.

    A password with "@" and "/" in it makes the wrong part look like the host.
    """
    match = _AUTHORITY.match(bare_url)
    return match is not None and "." in match["authority"] and "@" not in bare_url


def looks_like_token(text: str) -> bool:
    """Say whether something in the place of a user name is more likely a token."""
    if text.startswith(_TOKEN_PREFIXES):
        return True
    return len(text) > _LONGEST_USER_NAME and bool(_OPAQUE.fullmatch(text))


def _judge(userinfo: str) -> UserinfoKind:
    user, _, password = userinfo.partition(":")
    if _PLACEHOLDER.fullmatch(userinfo):
        return "placeholder"
    if password and not _PLACEHOLDER.fullmatch(password):
        return "secret"
    if password or _PLACEHOLDER.fullmatch(user):
        return "secret" if looks_like_token(user) else "placeholder"
    return "secret" if looks_like_token(user) else "user"


def mask_userinfo(text: str) -> str:
    """Return text in which nothing that may be a password is left, for lines that nobody can read.

    It masks more than it must: from "://" (or a "user:") to the last "@" of the same word.
    """
    masked = re.sub(r"(://)[^\s]*@", rf"\g<1>{MASK}@", text)
    masked = re.sub(r"(?<![^\s\"'=])[^\s/@:\"']+:(?!//)[^\s]*@", f"{MASK}@", masked)
    # The query of a storage URL is its key.
    return re.sub(r"(\?)[^\s#]+", rf"\g<1>{MASK}", masked)
