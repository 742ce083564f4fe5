"""Tokens of Microsoft Entra ID: one identity signs in once for everybody who needs it."""

from __future__ import annotations

from dataclasses import replace

from lading.core.access.issued import Issued
from lading.core.identity import Choice, Identity
from lading.core.identity.choice import choose_identity
from lading.core.secret import Credential, Secret
from lading.edges.tokens.signed_in_programs import PROGRAM_LIMIT, ask_program, find_programs
from lading.edges.tokens.surroundings import Surroundings


class Entra:
    """The way to tokens of Entra ID; what was obtained is shared by all users of a run.

    `program_limit` is how long `az` or `azd` may take, in seconds. Used from many threads.
    """

    def __init__(self, surroundings: Surroundings, *, program_limit: float = PROGRAM_LIMIT) -> None:
        self._surroundings = surroundings
        self._program_limit = program_limit

    def choose(self, declared: Identity | None) -> Choice | None:
        """Return who this run is, None where nothing here can sign in; raises CredentialError."""
        ambient = self._surroundings.ambient
        return choose_identity(declared, ambient, find_programs(ambient))

    def token(self, choice: Choice, audience: str) -> Issued:
        """Return a token of an audience (with its `/.default`), to be sent as Bearer.

        Raises CredentialError where it is refused, UnavailableError where there is no such
        identity here.
        """
        place = self._surroundings.shelf.place((str(choice.identity), audience))
        with place.lock:
            now = self._surroundings.now()
            if place.issued is None or place.issued.is_due(now):
                place.issued = self._obtain(choice, audience, now)
            return replace(place.issued, reason=choice.reason)

    def forget(self, choice: Choice, audience: str) -> None:
        """Forget a token that was refused, so that the next one is new."""
        place = self._surroundings.shelf.place((str(choice.identity), audience))
        with place.lock:
            place.issued = None

    def _obtain(self, choice: Choice, audience: str, now: float) -> Issued:
        if choice.identity.method in {"azure-cli", "azd"}:
            printed = ask_program(
                choice, audience, self._surroundings.ambient, limit=self._program_limit
            )
            token, expires = printed.token, printed.expires
        else:
            # A third of a second, for those who sign in.
            from lading.edges.tokens.sign_in import sign_in  # noqa: PLC0415

            obtained = sign_in(choice, audience, self._surroundings)
            token, expires = Secret(obtained.token), float(obtained.expires_on)
        self._surroundings.keep(token)
        return Issued(
            credential=Credential(username="", password=token, scheme="Bearer"),
            origin=f"a token of Entra ID ({choice.identity})",
            obtained=now,
            expires=expires,
        )
