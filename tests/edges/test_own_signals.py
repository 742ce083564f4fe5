"""Ctrl-C ends every wait, also where the system hands it to another thread than the main one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
# The other thread is given the signal when the main one waits. Were half a second too short for it
# once, the test would show less, and not fail.
SCRIPT = """
import os, signal, sys, threading
from lading.edges.own_signals import hear_signals
from lading.edges.processes import run_process
hear_signals()
hear_signals()
wait, ready = sys.argv[1:]
def interrupt():
    open(ready).close()
    threading.Event().wait(0.5)
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
threading.Thread(target=interrupt, daemon=True).start()
def wait_for_program():
    words = ("sh", "-c", ': > "$1"; sleep 60', "sh", ready)
    run_process(words, environment=dict(os.environ), timeout=60)
def wait_for_thread():
    open(ready, "w").close()
    threading.Event().wait(60)
try:
    {"program": wait_for_program, "thread": wait_for_thread}[wait]()
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("wait", ["program", "thread"])
def test_a_signal_of_another_thread_ends_a_wait(wait: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "tools")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, wait, str(ready)],
        env=environment,
        timeout=60,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 130, done.stderr


def test_somebody_else_s_bell_is_left_alone() -> None:
    script = """
import os, signal
from lading.edges.own_signals import hear_signals
reader, writer = os.pipe()
os.set_blocking(writer, False)
signal.set_wakeup_fd(writer)
hear_signals()
assert signal.set_wakeup_fd(-1) == writer
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "tools")}
    subprocess.run([sys.executable, "-c", script], env=environment, timeout=60, check=True)
