"""The wallet renews what expires, keeps what is still good, and asks nobody twice at once."""

from __future__ import annotations

import pytest

from lading.core.access.issued import Issued
from lading.core.config import CredentialSpec, GitSource, Source
from lading.core.errors import CredentialError
from lading.core.secret import Credential, Secret
from lading.edges.http import Http
from lading.edges.tokens.surroundings import Surroundings
from lading.edges.tokens.wallet import Wallet

ACME = GitSource(
    name="acme", url="https://git.acme.test/team/", credential=CredentialSpec(kind="github")
)
REPOSITORY = f"{ACME.url}tax"


class Issuer:
    """Something that gives a new token each time, and a clock."""

    def __init__(self, *, lifetime: float | None, scope: str | None = None) -> None:
        self.now = 1_000_000.0
        self.lifetime = lifetime
        self.scope = scope
        self.fails = False
        self.asked: list[str] = []

    def issue(self, source: Source, url: str, *, surroundings: Surroundings) -> Issued | None:
        """Give the next token."""
        del source
        self.asked.append(url)
        if self.fails:
            raise CredentialError("the issuer is away", remedy="Wait.")
        token = Credential(username="", password=Secret(f"token-{len(self.asked)}"))
        return Issued(
            credential=token,
            origin="an issuer",
            obtained=surroundings.now(),
            expires=None if self.lifetime is None else self.now + self.lifetime,
            scopes=() if self.scope is None else (self.scope.format(url=url),),
        )

    def wallet(self) -> Wallet:
        """Return a wallet that this issuer fills."""
        surroundings = Surroundings(
            ambient={}, http=Http({}), keep=lambda _: None, now=lambda: self.now
        )
        return Wallet(surroundings, issue=self.issue)


def token(wallet: Wallet, url: str = REPOSITORY) -> str:
    issued = wallet.issued_for(ACME, url)
    assert issued is not None
    return issued.credential.password.reveal()


@pytest.mark.parametrize(("lifetime", "kept_for"), [(3600, 3299), (600, 299), (8, 3)])
def test_a_token_is_replaced_before_it_expires(lifetime: float, kept_for: float) -> None:
    issuer = Issuer(lifetime=lifetime)
    wallet = issuer.wallet()
    assert token(wallet) == "token-1"
    issuer.now += kept_for
    assert token(wallet) == "token-1"
    issuer.now += 1
    assert token(wallet) == "token-2"


def test_a_token_without_an_end_is_kept() -> None:
    issuer = Issuer(lifetime=None)
    wallet = issuer.wallet()
    assert token(wallet) == "token-1"
    issuer.now += 10**9
    assert token(wallet) == "token-1"


def test_a_token_that_cannot_be_renewed_is_used_to_its_end() -> None:
    issuer = Issuer(lifetime=600)
    wallet = issuer.wallet()
    assert token(wallet) == "token-1"
    issuer.now += 400
    issuer.fails = True
    assert token(wallet) == token(wallet) == "token-1"
    assert len(issuer.asked) == 2, "the issuer is left in peace for a while"
    issuer.now += 40
    issuer.fails = False
    assert token(wallet) == "token-3"


def test_a_token_that_is_over_and_cannot_be_renewed_is_a_failure_that_stays() -> None:
    issuer = Issuer(lifetime=600)
    wallet = issuer.wallet()
    token(wallet)
    issuer.now += 600
    issuer.fails = True
    for _ in range(2):
        with pytest.raises(CredentialError, match="the issuer is away"):
            token(wallet)
    assert len(issuer.asked) == 2


def test_an_issuer_that_gives_what_it_gave_before_is_not_asked_at_every_request() -> None:
    issuer = Issuer(lifetime=3600)
    wallet = issuer.wallet()
    token(wallet)
    issuer.now += 3400
    issuer.lifetime = 200
    for _ in range(200):
        token(wallet)
        issuer.now += 1
        issuer.lifetime -= 1
    assert len(issuer.asked) < 12


def test_a_token_of_one_repository_is_not_given_for_another() -> None:
    issuer = Issuer(lifetime=3600, scope="{url}/")
    wallet = issuer.wallet()
    assert token(wallet, f"{ACME.url}tax/info/refs") == "token-1"
    assert token(wallet, f"{ACME.url}rates/info/refs") == "token-2"
    assert token(wallet, f"{ACME.url}tax/info/refs/") == "token-1"
    assert token(wallet, f"{ACME.url}rates/info/refs/x") == "token-2"


def test_what_needs_no_credential_is_asked_for_once() -> None:
    asked: list[str] = []

    def none(source: Source, url: str, *, surroundings: Surroundings) -> None:
        del source, surroundings
        asked.append(url)

    surroundings = Surroundings(ambient={}, http=Http({}), keep=lambda _: None)
    wallet = Wallet(surroundings, issue=none)
    assert wallet.issued_for(ACME, REPOSITORY) is wallet.issued_for(ACME, REPOSITORY) is None
    assert asked == [REPOSITORY]


def test_whoever_is_told_hears_of_every_new_token() -> None:
    issuer = Issuer(lifetime=600)
    told: list[Issued] = []
    surroundings = Surroundings(
        ambient={}, http=Http({}), keep=lambda _: None, now=lambda: issuer.now
    )
    wallet = Wallet(
        surroundings, tell=lambda _source, issued: told.append(issued), issue=issuer.issue
    )
    token(wallet)
    issuer.now += 600
    token(wallet)
    assert [issued.credential.password for issued in told] == [
        Secret("token-1"),
        Secret("token-2"),
    ]
