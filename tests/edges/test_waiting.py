from __future__ import annotations

import pytest

from lading.edges.waiting import Reminder, StoppedError, Waiting


def test_a_long_wait_is_told_of_once_a_minute() -> None:
    now = [0.0]
    told: list[int] = []
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    reminder = Reminder(sleep, clock=lambda: now[0], tell=told.append)
    for _ in range(14):
        reminder.sleep(10.0)
    assert slept == [10.0] * 14
    assert told == [1, 2]


def test_who_wants_no_more_is_not_kept_waiting() -> None:
    waiting = Waiting()
    reminder = Reminder(waiting.sleep, clock=lambda: 0.0, tell=lambda _minutes: None)
    waiting.stop()
    with pytest.raises(StoppedError):
        reminder.sleep(1000.0)
