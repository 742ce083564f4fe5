"""Azure is asked again as often as core's reactions say, and no oftener."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from lading.core.access.asked import Answer
from lading.core.deployment.reactions import Accepted, Again, Look, NoAnswer, Reaction, Refused
from lading.edges.azure.asking import Patience

BUSY = Again(code="busy", text="it is busy", remedy="Wait.", wait=10.0, at_most=3, patience=600.0)
GOOD = Accepted(finished=True)
REFUSED = Refused(code="no", text="no", remedy="none")


@dataclass(kw_only=True)
class Somebody:
    """Asks on a clock of its own; `forgotten` counts tokens."""

    now: float = 0.0
    asked: int = 0
    forgotten: int = 0
    slept: list[float] = field(default_factory=list)

    def ask(
        self, *reactions: Reaction, met: Accepted | Refused | None = None, waits: bool = True
    ) -> object:
        """Return what is heard in the end where replies mean this, the last one again and again."""
        told: Iterator[Reaction] = iter((*reactions, *[reactions[-1]] * 100))

        def send() -> Answer | NoAnswer:
            self.asked += 1
            return Answer(status=200, body="{}")

        def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.now += seconds

        def forget() -> None:
            self.forgotten += 1

        patience = Patience(clock=lambda: self.now, sleep=sleep, forget=forget, waits=waits)
        return patience.ask(send, lambda _: next(told), meet=lambda _: met).reaction


@pytest.mark.parametrize("reaction", [GOOD, REFUSED, Look(text="who knows")])
def test_what_is_final_is_asked_once(reaction: Reaction) -> None:
    somebody = Somebody()
    assert somebody.ask(reaction) is reaction
    assert somebody.asked == 1


def test_it_waits_as_long_as_it_is_told_and_hears_the_end() -> None:
    somebody = Somebody()
    assert somebody.ask(BUSY, BUSY, GOOD) is GOOD
    assert somebody.slept == [10.0, 10.0]


def test_who_never_waits_hears_what_is_so_now() -> None:
    somebody = Somebody()
    assert somebody.ask(BUSY, GOOD, waits=False) == Refused(
        code="busy", text="it is busy", remedy="Wait."
    )
    assert somebody.asked == 1
    fresh = replace(BUSY, wait=0.0, need="fresh-token")
    assert somebody.ask(fresh, GOOD, waits=False) is GOOD
    assert somebody.forgotten == 1


def test_it_gives_up_after_so_many_tries() -> None:
    somebody = Somebody()
    found = somebody.ask(BUSY)
    assert isinstance(found, Refused)
    assert (found.code, somebody.asked) == ("busy", 4)
    assert "still after waiting" in found.text


def test_it_gives_up_when_its_patience_is_over() -> None:
    somebody = Somebody()
    slow = Again(code="slow", text="slow", remedy="", wait=60.0, at_most=99, patience=180.0)
    assert isinstance(somebody.ask(slow), Refused)
    assert somebody.now == 240.0


def test_a_token_that_was_refused_is_forgotten() -> None:
    somebody = Somebody()
    stale = Again(code="stale", text="401", remedy="", need="fresh-token", wait=0.0)
    assert somebody.ask(stale, GOOD) is GOOD
    assert somebody.forgotten == 1


def test_what_is_brought_about_may_be_the_end() -> None:
    somebody = Somebody()
    assert somebody.ask(BUSY, met=REFUSED) is REFUSED
    assert somebody.asked == 1
