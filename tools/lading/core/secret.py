"""`Secret`, which cannot be printed, formatted, pickled or walked into, and redaction."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NoReturn, Self, final
from urllib.parse import quote, quote_plus

MASK = "***"
# A shorter value would turn half of the output into asterisks and would hide nothing worth hiding.
SHORTEST_REDACTED = 4
# A line of a key. The last one may be shorter, and tells nothing alone.
_SHORTEST_LINE = 12
# "-----BEGIN PRIVATE KEY-----" is the same in every key.
_FRAME_OF_KEY = "-----"
_ESCAPE = re.compile("%[0-9A-F]{2}")
_ESCAPED_BY_DOTNET = {ord(sign): f"\\u{ord(sign):04X}" for sign in "+&<>'`"}


@final
class Secret:
    """A value that only `reveal` shows.

    Every way of turning it into text gives the mask, so a log line, a traceback or what
    `dataclasses.asdict` returns cannot carry it by accident. It refuses pickling; a copy of it is
    itself. No attribute holds the value, for those who print every attribute that they find.
    """

    __slots__ = ("__show",)
    __show: Callable[[], str]

    def __init__(self, value: str) -> None:
        self.__show = lambda: value

    def reveal(self) -> str:
        """Return the value. Call it only in the line that sends it."""
        return self.__show()

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.__show())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__show() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.__show())

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        # It never changes. `asdict` copies what it finds, and then holds a Secret, not a text.
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        message = "a Secret cannot be pickled"
        raise TypeError(message)

    def __getstate__(self) -> NoReturn:
        self.__reduce_ex__(None)


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
    """Return every text form in which a secret is recognised: raw, escaped, URL-encoded, base64.

    Base64 depends on where in the encoded text the secret begins, so the three alignments are
    given without the characters that also depend on their neighbours. The lines of a key are
    given too: text is often shown by lines.
    """
    forms = [*_as_text(secret), *_as_base64(secret.encode(errors="surrogatepass"))]
    for line in _lines_of_key(secret):
        forms += _as_text(line)
    return tuple(dict.fromkeys(form for form in forms if len(form) >= SHORTEST_REDACTED))


def _as_text(secret: str) -> Iterator[str]:
    yield secret
    # What a URL's path may hold, what its query and user information may, and a form's field.
    raw = secret.encode(errors="surrogatepass")
    for encoded in (quote(raw), quote(raw, safe=""), quote_plus(raw)):
        yield encoded
        yield _ESCAPE.sub(lambda found: found[0].lower(), encoded)
        # A URL inside another one's query.
        yield quote(encoded, safe="")
    # Documents, and what `repr` shows of a text.
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    # Pages, and the JSON of .NET, which escapes what a page could trip over.
    yield html.escape(secret, quote=False)
    yield html.escape(secret)
    decimal = html.escape(secret).replace("&#x27;", "&#39;")
    yield decimal
    yield decimal.replace("+", "&#43;")
    yield json.dumps(secret)[1:-1].translate(_ESCAPED_BY_DOTNET).replace('\\"', "\\u0022")


def _as_base64(raw: bytes) -> Iterator[str]:
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        first = (0, 2, 3)[shift]
        last = len(encoded) - (1 if (len(raw) + shift) % 3 else 0)
        core = encoded[first:last]
        yield core
        yield core.replace("+", "-").replace("/", "_")
        yield quote(core, safe="")


def _lines_of_key(secret: str) -> tuple[str, ...]:
    lines = tuple(line.strip() for line in secret.splitlines())
    if len(lines) == 1:
        return ()
    return tuple(
        line for line in lines if len(line) >= _SHORTEST_LINE and not line.startswith(_FRAME_OF_KEY)
    )


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """Return `text` with every form of every secret replaced by the mask.

    Forms may overlap or hold one another: what any of them covers goes.
    """
    forms = {form for secret in secrets for form in encodings(secret.reveal())}
    covered = sorted(span for form in forms for span in _find_all(form, text))
    parts = []
    end = 0
    for first, last in covered:
        if first >= end:
            parts += [text[end:first], MASK]
        end = max(end, last)
    return "".join((*parts, text[end:]))


def _find_all(form: str, text: str) -> Iterator[tuple[int, int]]:
    found = text.find(form)
    while found >= 0:
        yield found, found + len(form)
        found = text.find(form, found + 1)


_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*:/{1,3})(?P<userinfo>[^/@\s'\"]+)@")


def hide_userinfo(text: str) -> str:
    """Return `text` with the user information of every URL in it replaced by the mask."""
    return _USERINFO.sub(rf"\g<scheme>{MASK}@", text)
