"""Child processes: what they are given, how long they may take, and that they end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from lading.edges.processes import (
    ProcessError,
    TimeLimitError,
    attach_process,
    base_environment,
    run_process,
)

PYTHON = (sys.executable, "-I", "-c")


def test_a_child_gets_only_what_it_is_given(tmp_path: Path) -> None:
    ambient = {"PATH": os.environ["PATH"], "SYSTEM_ACCESSTOKEN": "secret", "HOME": "/home/me"}
    environment = base_environment(ambient, home=tmp_path)
    assert "SYSTEM_ACCESSTOKEN" not in environment
    assert environment["HOME"] == str(tmp_path)
    script = "import os; print(sorted(os.environ))"
    done = run_process((*PYTHON, script), environment=environment, timeout=60)
    assert "SYSTEM_ACCESSTOKEN" not in done.stdout
    assert (tmp_path / "tmp").is_dir()


def test_what_it_said_comes_back_with_its_code(tmp_path: Path) -> None:
    script = "import sys; print(input()); sys.stderr.write('bad\\n'); sys.exit(3)"
    done = run_process(
        (*PYTHON, script),
        environment=base_environment(os.environ, home=tmp_path),
        timeout=60,
        standard_input="hello\n",
    )
    assert (done.code, done.stdout.strip(), done.stderr.strip()) == (3, "hello", "bad")


def test_of_endless_output_no_more_is_kept_than_was_asked_for(tmp_path: Path) -> None:
    script = (
        "import sys; told = input(); print(told + 'x' * 5_000_000);"
        " sys.stderr.write('y' * 5_000_000)"
    )
    done = run_process(
        (*PYTHON, script),
        environment=base_environment(os.environ, home=tmp_path),
        timeout=60,
        standard_input="hello\n" + "z" * 1_000_000,
        most_output=1000,
    )
    assert done.code == 0
    assert done.stdout == "hello" + "x" * 995
    assert done.stderr == "y" * 1000


def test_it_takes_too_long_where_a_child_of_it_holds_the_output(tmp_path: Path) -> None:
    script = "import subprocess, sys; subprocess.Popen((sys.executable, '-c', 'input()'))"
    with pytest.raises(TimeLimitError):
        run_process(
            (*PYTHON, f"{script}; import time; time.sleep(60)"),
            environment=base_environment(os.environ, home=tmp_path),
            timeout=1,
            most_output=1000,
        )


def test_a_program_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = server.getsockname()
        child = f"import socket, time; held = socket.create_connection({place}); time.sleep(600)"
        script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
        with pytest.raises(ProcessError, match="did not end within 2 s"):
            run_process(
                (*PYTHON, script),
                environment=base_environment(os.environ, home=tmp_path),
                timeout=2,
            )
        # Were two seconds too short for the child to come, the test would show less, and not fail.
        server.settimeout(0)
        with suppress(BlockingIOError):
            held, _ = server.accept()
            held.settimeout(60)
            with held:
                assert held.recv(1) == b""


def test_a_missing_program_is_told_with_what_to_do(tmp_path: Path) -> None:
    environment = base_environment(os.environ, home=tmp_path)
    for start in (
        lambda: run_process(("no-such-program",), environment=environment, timeout=1),
        lambda: attach_process(("no-such-program",), environment=environment),
    ):
        with pytest.raises(ProcessError, match="no-such-program cannot be started") as caught:
            start()
        assert "PATH" in caught.value.remedy


def test_an_attached_program_s_code_is_passed_on() -> None:
    environment = dict(os.environ)
    assert attach_process((*PYTHON, "raise SystemExit(7)"), environment=environment) == 7
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert attach_process((*PYTHON, killed), environment=environment) == 128 + 15


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_a_signal_that_another_thread_was_given_is_handed_on_all_the_same(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    program = f"import time; open({str(ready)!r}, 'w').close(); time.sleep(60)"
    script = f"""
import os, signal, sys, threading
from lading.edges.processes import attach_process
def interrupt():
    open({str(ready)!r}).close()
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
threading.Thread(target=interrupt, daemon=True).start()
sys.exit(attach_process((sys.executable, "-c", {program!r}), environment=dict(os.environ)))
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "tools")}
    words = [sys.executable, "-c", script]
    # Without a terminal, as in CI; on one the terminal tells the program itself.
    done = subprocess.run(
        words, env=environment, start_new_session=True, timeout=60, check=False, capture_output=True
    )
    assert done.returncode == 130, done.stderr


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_files_of_children_have_the_same_modes_under_every_umask(tmp_path: Path) -> None:
    script = "open('file', 'w').close()"
    before = os.umask(0o077)
    try:
        run_process(
            (*PYTHON, script),
            environment=base_environment(os.environ, home=tmp_path),
            timeout=60,
            folder=tmp_path,
        )
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(os.name != "posix", reason="asks for a process by its number")
def test_a_program_of_another_thread_ends_with_this_process(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    # As `az` is asked by a thread of the broker when Ctrl-C wakes the main one.
    child = f"import os, pathlib, time; pathlib.Path({str(mark)!r}).write_text(str(os.getpid()))"
    script = f"""
import pathlib, sys, threading, time
from lading.edges.processes import run_process
words = (sys.executable, "-c", {child + "; time.sleep(60)"!r})
arguments = dict(environment={{}}, timeout=60)
threading.Thread(target=run_process, args=(words,), kwargs=arguments, daemon=True).start()
while not (mark := pathlib.Path({str(mark)!r})).exists() or not mark.read_text():
    time.sleep(0.01)
"""
    done = run_process((sys.executable, "-c", script), environment=dict(os.environ), timeout=60)
    assert done.code == 0, done.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
