"""What a container says is understood, and its signed URLs are never quoted."""

from __future__ import annotations

import pytest

from lading.core.access.asked import Answer
from lading.core.deployment.keeping import judge_keeping
from lading.core.deployment.reactions import Accepted, Again, NoAnswer, Refused

PLACE = "https://acme.blob.core.windows.net/packages"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (200, ""),
        (201, ""),
        (403, "container-role"),
        (404, "no-container"),
        (400, "container-refused"),
        (409, "container-unreachable"),
        (429, "container-unreachable"),
        (503, "container-unreachable"),
    ],
)
def test_a_reply_is_good_or_says_what_to_do(status: int, code: str) -> None:
    reply = Answer(status=status, body=f"see {PLACE}/a.zip?sig=signed")
    judged = judge_keeping(reply, container=PLACE)
    if not code:
        assert judged == Accepted(finished=True)
        return
    assert isinstance(judged, Again | Refused)
    assert judged.code == code
    assert "signed" not in judged.text
    assert isinstance(judged, Again) == (code == "container-unreachable")


def test_no_answer_is_asked_for_again() -> None:
    judged = judge_keeping(NoAnswer(reason="closed"), container=PLACE)
    assert isinstance(judged, Again)
    assert "closed" in judged.text
