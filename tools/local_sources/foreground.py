"""What a program does that serves by hand: it shows requests, until Ctrl-C."""

from __future__ import annotations

import signal
import threading

from local_sources.request_log import RequestLog


def watch_for_the_end() -> threading.Event:
    """Return what is set when somebody interrupts or terminates this process."""
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    return over


def stay(log: RequestLog, over: threading.Event, *, verbose: bool) -> None:
    """Wait for the end; print every request meanwhile, where that is wanted."""
    shown = 0
    while not over.wait(0.5):
        if verbose:
            requests = log()
            for request in requests[shown:]:
                print(f"# {request}", flush=True)
            shown = len(requests)
