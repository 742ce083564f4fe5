"""This process's own signals: that the main thread, which alone acts on them, wakes for them."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

# Bytes, of one signal each, that are read at once.
_RINGS = 64
_PAUSE_SECONDS = 0.1


def hear_signals() -> None:
    """Let a signal wake the main thread, whichever thread the system gives it to.

    Otherwise Ctrl-C is heard only when what the main thread waits for is over, a server's time
    limit say: where another thread was given it, or where it came as the wait just began.

    POSIX only, and only where nobody else listens: an event loop hears by itself.
    """
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        return
    earlier = signal.set_wakeup_fd(-1)
    if earlier != -1:
        signal.set_wakeup_fd(earlier)
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    # It means nothing to anybody here, and ends every wait of the thread that is sent it.
    signal.signal(signal.SIGURG, lambda _number, _frame: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_wake(threading.get_ident(), reader), name="bell", daemon=True).start()


def heed_termination() -> None:
    """Let the signals that end a server (SIGTERM, SIGHUP) end this process as Ctrl-C does.

    What it started is ended then, and what it wrote for itself is removed.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # Whoever started it may have it ignored (nohup).
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def _wake(main: int, reader: int) -> Callable[[], None]:
    def listen() -> None:
        while rung := os.read(reader, _RINGS):
            if set(rung) == {signal.SIGURG}:
                continue
            signal.pthread_kill(main, signal.SIGURG)
            # Once more, for a wait that was about to begin.
            time.sleep(_PAUSE_SECONDS)
            signal.pthread_kill(main, signal.SIGURG)

    return listen
