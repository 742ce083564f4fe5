"""Refusals as tables: by which status and words one is known, what it means, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from lading.core.access.asked import Answer
from lading.core.access.said import words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What is the matter, and what to do: the right to grant and where.

    `is_certain` where the host itself said it, and not only a status that means many things.
    """

    message: str
    remedy: str
    is_certain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One kind of refusal: known by a status, some words, and whose credential was refused.

    Each is a list of which one must fit, and empty where any does. `words` are in lower case;
    `origins` are parts of what tells the credential. `message` and `remedy` may name what is
    known, as "{app}".
    """

    statuses: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    message: str
    remedy: str

    def is_meant(self, status: int, text: str, origin: str) -> bool:
        """Say whether an answer is of this kind."""
        return (
            (not self.statuses or status in self.statuses)
            and (not self.words or any(word in text for word in self.words))
            and (not self.origins or any(part in origin for part in self.origins))
        )


def find_meaning(
    cases: Iterable[Case], answer: Answer, known: Mapping[str, str], *, origin: str = ""
) -> Meaning | None:
    """Return what the first case that fits says, None where none does."""
    text = searched_text(answer)
    case = next((case for case in cases if case.is_meant(answer.status, text, origin)), None)
    if case is None:
        return None
    return Meaning(
        message=case.message.format_map(known),
        remedy=case.remedy.format_map(known),
        is_certain=bool(case.words),
    )


def searched_text(answer: Answer) -> str:
    """Return all that a host says about its refusal, in lower case.

    Azure DevOps also tells it beside the status and in a header of its own, percent-encoded.
    """
    header = unquote(answer.headers.get("x-tfs-serviceerror", "").replace("+", " "))
    challenge = answer.headers.get("www-authenticate", "")
    return " ".join((answer.reason, header, challenge, words_of(answer))).lower()
