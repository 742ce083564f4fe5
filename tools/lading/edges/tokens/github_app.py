"""A GitHub App's tokens: each for the one repository that is asked, and for reading alone."""

from __future__ import annotations

import base64
import binascii
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lading.core.access.asked import Answer
from lading.core.access.issued import Issued, PartNotIssuedError
from lading.core.access.refusals.github_app import AppCall, app_refusal
from lading.core.access.scope import covers
from lading.core.config import GitSource, Source
from lading.core.errors import CredentialError
from lading.core.secret import Credential, Secret
from lading.core.urls import Url, UrlError, parse_url
from lading.edges.tokens.issuers import IssuerCall, ask_issuer, read_fields, read_text
from lading.edges.tokens.surroundings import Surroundings

APP_ID = "GITHUB_APP_ID"
APP_KEY = "GITHUB_APP_PRIVATE_KEY"
APP_KEY_FILE = "GITHUB_APP_PRIVATE_KEY_FILE"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PEM = re.compile(
    r"-----BEGIN (?P<kind>(?:RSA )?PRIVATE KEY)-----(?P<body>[A-Za-z0-9+/=\s]+)"
    r"-----END (?P=kind)-----"
)
_PEM_WIDTH = 64
_REMEDY = (
    f"Give the App's private key as GitHub made it (a .pem file): its text in {APP_KEY}, as it is "
    f"or in base64, or its path in {APP_KEY_FILE}."
)
# Seconds. GitHub wants at most ten minutes, and counts with its own clock.
_BACKDATED = 60
_VALID = 540
_CREATED = 201
_OK = 200
# The date of the interface's version, and the form of its answers, as GitHub wants them named.
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repository:
    """A repository: its owner, its name without `.git`, and the place whose App is asked."""

    owner: str
    name: str
    origin: str
    interface: str

    @property
    def scopes(self) -> tuple[str, ...]:
        """Return the URL prefixes under which the repository is, in both of its spellings."""
        plain = f"{self.origin}/{self.owner}/{self.name}"
        return (f"{plain}/", f"{plain}.git/")


def has_app(source: Source, ambient: Mapping[str, str]) -> bool:
    """Say whether an App is there to open a source: one opens repositories, never an index."""
    names = (APP_ID, APP_KEY, APP_KEY_FILE)
    return isinstance(source, GitSource) and any(ambient.get(name, "").strip() for name in names)


def issue_app_token(source: Source, url: str, surroundings: Surroundings) -> Issued:
    """Obtain a token that reads the one repository at a URL; raises CredentialError."""
    app, key = _read_app(source, surroundings)
    repository = _repository(source, url)
    proof = _sign(app, key, source, surroundings)
    call = AppCall(source=source.name, app=app, repository=f"{repository.owner}/{repository.name}")

    def ask(path: str, form: dict[str, object] | None, expected: int) -> Answer:
        asked = IssuerCall(
            whose=f"no credential for source {source.name}: GitHub's interface",
            url=f"{repository.interface}{path}",
            scope=f"{repository.interface}/",
            bearer=proof,
            form=form,
            headers=_HEADERS,
            ca_bundle=source.ca_bundle,
        )
        answer = ask_issuer(asked, surroundings)
        if answer.status != expected:
            told = app_refusal(call, answer)
            raise PartNotIssuedError(told.message, remedy=told.remedy, scopes=repository.scopes)
        return answer

    found = ask(f"/repos/{repository.owner}/{repository.name}/installation", None, _OK)
    form: dict[str, object] = {
        "repositories": [repository.name],
        "permissions": {"contents": "read"},
    }
    path = f"/app/installations/{_installation(found, call)}/access_tokens"
    return _issued(ask(path, form, _CREATED), call, repository)


def _read_app(source: Source, surroundings: Surroundings) -> tuple[str, str]:
    """Return the App's id and its key as PEM; both spellings of the key are kept as secrets."""
    ambient = surroundings.ambient
    app = ambient.get(APP_ID, "").strip()
    if not _ID.fullmatch(app):
        problem = "is not an App's id or client id" if app else "is not set, though an App's key is"
        raise CredentialError(
            f"no credential for source {source.name}: {APP_ID} {problem}",
            remedy=f"Set {APP_ID} to the App ID or client ID on the App's settings page.",
        )
    text, where = _key_text(source, ambient)
    surroundings.keep(Secret(text))
    key = _pem(text)
    if key is None:
        raise CredentialError(
            f"no credential for source {source.name}: {where} holds no private key", remedy=_REMEDY
        )
    surroundings.keep(Secret(key))
    return app, key


def _key_text(source: Source, ambient: Mapping[str, str]) -> tuple[str, str]:
    text = ambient.get(APP_KEY, "").strip()
    if text:
        return text, APP_KEY
    named = ambient.get(APP_KEY_FILE, "").strip()
    if not named:
        raise CredentialError(
            f"no credential for source {source.name}: {APP_ID} is set, and neither {APP_KEY} nor "
            f"{APP_KEY_FILE} is",
            remedy=f"{_REMEDY} To use GITHUB_TOKEN instead, do not set {APP_ID} on this step.",
        )
    try:
        return Path(named).read_text(encoding="ascii").strip(), f"the file {named}"
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text file"
        raise CredentialError(
            f"no credential for source {source.name}: the file {named} that {APP_KEY_FILE} names "
            f"cannot be read: {reason}",
            remedy=_REMEDY,
        ) from None


def _pem(text: str) -> str | None:
    r"""Return a private key in the one form that libraries read.

    Stores of secrets keep it with literal `\n`, on one line with spaces, or in base64.
    """
    if "-----BEGIN" not in text:
        try:
            text = base64.b64decode("".join(text.split()), validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            return None
    found = _PEM.search(text.replace("\\r", "").replace("\\n", "\n"))
    if found is None:
        return None
    lines = textwrap.wrap("".join(found["body"].split()), _PEM_WIDTH)
    kind = found["kind"]
    return "\n".join((f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""))


def _repository(source: Source, address: str) -> _Repository:
    try:
        # The address of a repository is below a source that is that repository.
        url = parse_url(address.partition("?")[0].rstrip("/") + "/")
    except UrlError as error:
        raise CredentialError(
            f"no credential for source {source.name}: a URL cannot be requested: {error}",
            remedy="Correct the repository's URL.",
        ) from None
    segments = [segment for segment in url.path.split("/") if segment]
    name = segments[1].removesuffix(".git") if len(segments) > 1 else ""
    if not name or not covers(source.scope, url):
        raise CredentialError(
            f"no credential for source {source.name}: {url} names no repository of it, and a "
            "GitHub App's token is for one repository",
            remedy=f"Ask for a repository below {source.url}",
        )
    return _Repository(owner=segments[0], name=name, origin=url.origin, interface=interface_of(url))


def interface_of(url: Url) -> str:
    """Return the address of the REST interface that belongs to a host with repositories."""
    if url.host in {"github.com", "www.github.com"}:
        return "https://api.github.com"
    # GitHub Enterprise Cloud with data residency; everything else is an Enterprise Server.
    if url.host.endswith(".ghe.com"):
        return f"https://api.{url.host}"
    return f"{url.origin}/api/v3"


def _sign(app: str, key: str, source: Source, surroundings: Surroundings) -> Secret:
    # Loading the library and its cryptography takes a tenth of a second, which few runs need.
    import jwt  # noqa: PLC0415

    now = int(surroundings.now())
    claims = {"iss": app, "iat": now - _BACKDATED, "exp": now + _VALID}
    try:
        signed = jwt.encode(claims, key, algorithm="RS256")
    except (jwt.exceptions.PyJWTError, ValueError, TypeError):
        # The library's words could quote the key.
        raise CredentialError(
            f"no credential for source {source.name}: the GitHub App's private key cannot sign "
            "(RS256)",
            remedy=_REMEDY,
        ) from None
    return Secret(signed)


def _installation(answer: Answer, call: AppCall) -> int:
    number = read_fields(answer).get("id")
    if not isinstance(number, int):
        raise _unreadable(call)
    return number


def _issued(answer: Answer, call: AppCall, repository: _Repository) -> Issued:
    token = read_text(answer, "token")
    try:
        expires = datetime.fromisoformat(read_text(answer, "expires_at")).timestamp()
    except ValueError:
        raise _unreadable(call) from None
    if not token.isprintable() or not token:
        raise _unreadable(call)
    return Issued(
        credential=Credential(username="x-access-token", password=Secret(token)),
        origin=f"the GitHub App {call.app}, for {call.repository}",
        expires=expires,
        scopes=repository.scopes,
    )


def _unreadable(call: AppCall) -> CredentialError:
    return CredentialError(
        f"no credential for source {call.source}: GitHub's interface gave an answer that is none "
        f"of its own for {call.repository}",
        remedy="Check the source's URL and what stands between (a proxy); try again later.",
    )
