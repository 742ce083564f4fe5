"""A source with a kind of credential, and what is issued for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lading.core.access.issued import Issued
from lading.core.config import CredentialKind, CredentialSpec, GitSource, Source
from lading.core.secret import Credential, Secret
from lading.edges.http import Http
from lading.edges.tokens import issue_credential
from lading.edges.tokens.known_secrets import KnownSecrets
from lading.edges.tokens.surroundings import Surroundings

TOKEN = "t0ken~with+/="
Install = Callable[[str, str], None]


def source(kind: CredentialKind, *arguments: str, environment: tuple[str, ...] = ()) -> Source:
    return GitSource(
        name="acme",
        url="https://git.acme.test:8443/team/",
        credential=CredentialSpec(kind=kind, arguments=arguments),
        environment=environment,
    )


def surroundings(
    ambient: Mapping[str, str], *, known: KnownSecrets | None = None, now: float = 0.0
) -> Surroundings:
    known = known or KnownSecrets(lambda _: None)
    return Surroundings(ambient=ambient, http=Http({}), keep=known.keep, now=lambda: now)


def issue(declared: Source, ambient: Mapping[str, str]) -> Credential | None:
    issued = issue_credential(declared, declared.url, surroundings=surroundings(ambient))
    return issued.credential if issued else None


def issued(declared: Source, ambient: Mapping[str, str], *, now: float = 0.0) -> Issued:
    found = issue_credential(declared, declared.url, surroundings=surroundings(ambient, now=now))
    assert found is not None
    return found


def basic(username: str, password: str = TOKEN) -> Credential:
    return Credential(username=username, password=Secret(password))
