"""Who lading is to Microsoft Entra ID: the ways to sign in, and which is taken where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Method = Literal[
    "client-secret",
    "client-certificate",
    "workload-identity",
    "azure-pipelines",
    "github-actions",
    "managed-identity",
    "azure-cli",
    "azd",
]
METHODS: tuple[Method, ...] = get_args(Method)

_GUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
# A service connection may be called almost anything; a client id is a GUID.
_ARGUMENTS: Mapping[Method, tuple[re.Pattern[str], str]] = {
    "azure-pipelines": (
        re.compile(r"[^\x00-\x1f\x7f/?#&]{1,256}"),
        "write azure-pipelines:CONNECTION, the service connection's name or id",
    ),
    "managed-identity": (
        re.compile(_GUID),
        "write managed-identity:CLIENT_ID, the client id of the user-assigned identity",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One way to sign in: `identity = "METHOD[:ARGUMENT]"`.

    `argument` is the service connection of `azure-pipelines`, or the client id of a user-assigned
    `managed-identity`; "" where none is given.
    """

    method: Method
    argument: str = ""

    def __str__(self) -> str:
        return f"{self.method}:{self.argument}" if self.argument else self.method


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The identity of a run, and why it is this one, as it is told: "…, because {reason}"."""

    identity: Identity
    reason: str
    is_declared: bool = False


def parse_identity(text: str) -> Identity:
    """Return what `identity = …` says; raise ValueError with what to write."""
    word, colon, argument = text.partition(":")
    method = next((known for known in METHODS if known == word), None)
    if method is None:
        message = f"not a way to sign in; one of {', '.join(METHODS)}"
        raise ValueError(message)
    if not colon:
        return Identity(method=method)
    pattern, remedy = _ARGUMENTS.get(method, (None, f"{method} takes nothing after a colon"))
    if pattern is None or not pattern.fullmatch(argument):
        raise ValueError(remedy)
    return Identity(method=method, argument=argument)


def is_guid(text: str) -> bool:
    """Say whether a text has the form of the ids that Entra ID and Azure DevOps give."""
    return re.fullmatch(_GUID, text) is not None
