"""What is to be done about a reply of Azure: one of four things, and never two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lading.core.access.asked import Answer
from lading.core.access.said import said
from lading.core.secret import MASK

# What has to be so before the same is asked again.
Need = Literal["nothing", "fresh-token", "ready-scm", "free-scm"]

_LONGEST_WAIT = 120
_QUERY = re.compile(r"(?<=://)(?P<place>[^\s?\"']+)\?[^\s\"']*")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """A request that got no answer; `sent` says whether any of its body had left by then."""

    reason: str
    sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """It was taken. Where it is not `finished`, `id` or `location` say what to ask, if anything."""

    id: str = ""
    location: str = ""
    finished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """It was not taken, and may be later: ask again after `wait` seconds.

    At most `at_most` times, and not beyond `patience` seconds in all; `remedy` is for then.
    """

    code: str
    text: str
    remedy: str
    need: Need = "nothing"
    wait: float = 5.0
    at_most: int = 5
    patience: float = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """It may have been taken: look, and only where nothing came of it ask again, `again` times."""

    text: str
    again: int = 0
    wait: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """It was not taken, and will not be."""

    code: str
    text: str
    remedy: str


Reaction = Accepted | Again | Look | Refused


def give_up(again: Again, *, waited: bool = True) -> Refused:
    """Return what is told where asking again has led nowhere, or nobody wants to wait for it."""
    end = ", and still after waiting" if waited else ""
    return Refused(code=again.code, text=f"{again.text}{end}", remedy=again.remedy)


def after_look(look: Look, *, found: bool, asked: int) -> Literal["taken", "again", "unknown"]:
    """Return what a look has shown: `asked` is how often it was asked again already."""
    if found:
        return "taken"
    return "again" if asked < look.again else "unknown"


def wait_of(headers: Mapping[str, str], usual: float) -> float:
    """Return for how many seconds a server wants to be left alone, between 1 and 120.

    A date, which `Retry-After` may be too, counts for nothing: clocks differ.
    """
    told = headers.get("retry-after", "").strip()
    if not (told.isascii() and told.isdecimal()):
        return usual
    return float(min(max(int(told[:6]), 1), _LONGEST_WAIT))


def without_queries(text: str) -> str:
    """Return text without the queries of its URLs: a package's URL may be signed there."""
    return _QUERY.sub(lambda found: f"{found['place']}?{MASK}", text)


def quoted(reply: Answer) -> str:
    """Return `: it said "…"` for a refusal, "" where the reply has no words of its own."""
    return without_queries(said(reply))
