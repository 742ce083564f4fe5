"""`Secret`, which cannot be printed, formatted, pickled or walked into, and redaction."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote, quote_plus

MASK = "***"
# A shorter value would turn half of the output into asterisks and would hide nothing worth hiding.
SHORTEST_REDACTED = 4


class Secret:
    """A value that only `reveal` shows.

    It has no `__dict__`, refuses pickling and copying, and every way of turning it into text gives
    the mask, so a log line, a traceback or `dataclasses.asdict` cannot carry it by accident.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the value. Call it only in the line that sends it."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__value == other.reveal()

    def __hash__(self) -> int:
        return hash(self.__value)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        message = "a Secret cannot be pickled or copied"
        raise TypeError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What is sent to a source: a user name with a password (Basic), or a bare token (Bearer)."""

    username: str
    password: Secret
    scheme: str = "Basic"

    def authorization(self) -> Secret:
        """Return the value of the Authorization header."""
        if self.scheme == "Bearer":
            return Secret(f"Bearer {self.password.reveal()}")
        pair = f"{self.username}:{self.password.reveal()}".encode()
        return Secret(f"Basic {base64.b64encode(pair).decode()}")


def encodings(secret: str) -> tuple[str, ...]:
    """Return every text form in which a secret is recognised: raw, URL-encoded, base64.

    Base64 depends on where in the encoded text the secret begins, so the three alignments are
    given without the characters that also depend on their neighbours.
    """
    forms = [secret, quote(secret, safe=""), quote_plus(secret)]
    raw = secret.encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        first = (0, 2, 3)[shift]
        last = len(encoded) - (1 if (len(raw) + shift) % 3 else 0)
        core = encoded[first:last]
        forms += [core, core.replace("+", "-").replace("/", "_")]
    return tuple(dict.fromkeys(form for form in forms if len(form) >= SHORTEST_REDACTED))


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """Return `text` with every form of every secret replaced by the mask."""
    for secret in secrets:
        for form in sorted(encodings(secret.reveal()), key=len, reverse=True):
            text = text.replace(form, MASK)
    return text


_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*:/{1,3})(?P<userinfo>[^/@\s'\"]+)@")


def hide_userinfo(text: str) -> str:
    """Return `text` with the user information of every URL in it replaced by the mask."""
    return _USERINFO.sub(rf"\g<scheme>{MASK}@", text)
