"""What was asked of a source, and an answer that is not what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lading.core.config import CredentialSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked of whom, as it is told: `place` is "the source acme" or "the default index".

    `subject` is a package or a URL without its query; `url` the latter. `origin` tells which
    credential was shown ("the variable GH_TOKEN"), "" where none was.
    """

    place: str
    subject: str
    url: str
    credential: CredentialSpec | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that is not what was asked for.

    `headers` have names in lower case; `body` is its beginning as text, `reason` what stands beside
    the status: all of it may hold anything.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    reason: str = ""
