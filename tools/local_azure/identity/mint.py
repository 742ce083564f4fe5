"""Tokens: signed by one key, remembered when they are given out, checked when they come back."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

Claims = Mapping[str, object]
_ALGORITHM = "RS256"
# What Entra ID takes off the time, so that a machine whose clock is slow trusts its tokens.
_HEAD_START_SECONDS = 300


class Known(Mapping[str, str]):
    """Every secret of the run, and what it is called; tokens are added when they are issued."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}
        self._issued: list[str] = []

    def __getitem__(self, secret: str) -> str:
        return self._names[secret]

    def __iter__(self) -> Iterator[str]:
        # Others may add while somebody iterates.
        with self._lock:
            return iter(tuple(self._names))

    def __len__(self) -> int:
        return len(self._names)

    @property
    def issued(self) -> tuple[str, ...]:
        """Return every token that was given out, in order."""
        with self._lock:
            return tuple(self._issued)

    def add(self, secret: str, name: str) -> str:
        """Call a secret by a name, and return it."""
        with self._lock:
            self._names[secret] = name
        return secret

    def issue(self, token: str, name: str) -> None:
        """Remember a token that is given out."""
        self.add(token, name)
        with self._lock:
            self._issued.append(token)

    def reset(self) -> None:
        """Forget which tokens were given out; they stay valid, and keep their names."""
        with self._lock:
            self._issued.clear()


class Mint:
    """The key of one issuer, which only this process has; `name` is what its tokens are called."""

    def __init__(self, name: str, issuer: str, *, known: Known) -> None:
        self.name = name
        self.issuer = issuer
        self._known = known
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._kid = uuid.uuid4().hex

    def coin(self, claims: Claims, *, lifetime: int) -> str:
        """Sign claims as a token that is valid for some seconds, and remember it."""
        now = int(time.time())
        start = now - _HEAD_START_SECONDS
        payload = {"iss": self.issuer, "iat": start, "nbf": start, "exp": now + lifetime}
        payload |= {"jti": str(uuid.uuid4()), **claims}
        token = jwt.encode(payload, self._key, _ALGORITHM, headers={"kid": self._kid})
        self._known.issue(token, self.name)
        return token

    def read(self, token: str, *, audience: str | None = None) -> dict[str, object] | None:
        """Return the claims of a token of this issuer; None where it is foreign or expired.

        With `audience`, also None where the token is for somebody else.
        """
        claims = self._verified(token, expiry=True)
        if claims is None or claims.get("iss") != self.issuer:
            return None
        if audience is not None and not same_audience(str(claims.get("aud")), audience):
            return None
        return claims

    def signed(self, token: str) -> bool:
        """Say whether a token has the signature of this issuer, expired or not."""
        return self._verified(token, expiry=False) is not None

    def key_set(self) -> dict[str, object]:
        """Return the public key as issuers publish it (RFC 7517)."""
        key = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [key | {"kid": self._kid, "use": "sig"}]}

    def _verified(self, token: str, *, expiry: bool) -> dict[str, object] | None:
        try:
            claims: dict[str, object] = jwt.decode(
                token,
                self._key.public_key(),
                [_ALGORITHM],
                options={"require": ["exp"], "verify_aud": False, "verify_exp": expiry},
            )
        except jwt.InvalidTokenError:
            return None
        return claims


def read_unverified(token: str) -> dict[str, object] | None:
    """Return what a token says of itself, whoever signed it; None where it is no token."""
    try:
        claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return None
    return claims


def same_audience(one: str, other: str) -> bool:
    """Say whether two audiences are the same; a "/" at the end does not matter."""
    return one.rstrip("/") == other.rstrip("/")
