"""Work in several threads is done whole, fails as one, and is ended by Ctrl-C in good order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from lading.core.errors import CredentialError, DeploymentFailed
from lading.edges.side_by_side import side_by_side
from lading.edges.waiting import StoppedError, Waiting

INTERRUPTED = """\
import os, signal, threading
from lading.edges.side_by_side import side_by_side
from lading.edges.waiting import StoppedError, Waiting

waiting, begun = Waiting(), threading.Event()

def work(thing):
    begun.set()
    try:
        waiting.sleep(600)
    except StoppedError:
        threading.Event().wait(0.5)
        print("ended in good order")

def interrupt():
    begun.wait()
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt).start()
try:
    side_by_side(work, [1], stop=waiting.stop)
except KeyboardInterrupt:
    print("interrupted")
"""


def nothing() -> None:
    """Stop nothing."""


def test_results_come_in_the_order_of_things() -> None:
    assert side_by_side(lambda number: number * 2, [3, 1, 2], stop=nothing) == (6, 2, 4)


def test_failures_are_raised_as_one_when_all_has_ended() -> None:
    done = []

    def work(number: int) -> None:
        if number == 1:
            raise CredentialError("no token", remedy="Sign in.")
        if number == 2:
            raise DeploymentFailed("no app", remedy="Create it.")
        done.append(number)

    with pytest.raises(CredentialError, match=r"(?s)no app.*no token"):
        side_by_side(work, [1, 2, 3], stop=nothing)
    assert done == [3]


def test_a_bug_is_raised_as_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda number: 1 // number, [1, 0], stop=nothing)


@pytest.mark.skipif(os.name != "posix", reason="sends itself a signal as POSIX has them")
def test_an_interruption_lets_what_is_under_way_end() -> None:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    said = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(INTERRUPTED)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert said.stdout.splitlines() == ["ended in good order", "interrupted"]


def test_a_wait_ends_where_somebody_says_stop() -> None:
    waiting = Waiting()
    waiting.sleep(0.0)
    waiting.stop()
    with pytest.raises(StoppedError):
        waiting.sleep(600.0)
