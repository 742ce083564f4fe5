"""GitHub's limits: how often somebody may ask, and how long to wait."""

from __future__ import annotations

from datetime import UTC, datetime

from lading.core.access.asked import Answer
from lading.core.access.refusals.cases import searched_text

_FORBIDDEN = 403
_TOO_MANY = 429
_LONGEST_NUMBER = 10


def is_rate_limit(answer: Answer) -> bool:
    """Say whether GitHub refused because it was asked too often."""
    return answer.status == _TOO_MANY or (
        answer.status == _FORBIDDEN
        and (
            answer.headers.get("x-ratelimit-remaining") == "0"
            or "retry-after" in answer.headers
            or "rate limit" in searched_text(answer)
        )
    )


def wait_for_limit(answer: Answer) -> str:
    """Return how long to wait, where the answer says it."""
    reset = _number(answer, "x-ratelimit-reset")
    if reset is not None:
        return f"Wait until {datetime.fromtimestamp(reset, UTC):%H:%M} UTC."
    retry = _number(answer, "retry-after")
    return "Wait some minutes." if retry is None else f"Wait {retry} seconds."


def _number(answer: Answer, header: str) -> int | None:
    text = answer.headers.get(header, "")
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return int(text) if is_number else None
