"""The last words of an interpreter that crashed, read for people."""

from __future__ import annotations

from lading.core.functions.crash import parse_crash

SITE = ".python_packages/lib/site-packages/"
WORDS = f"""\
printed before
Fatal Python error: Segmentation fault

Thread 0x00007fb5bc8dab81 (most recent call first):
  File "/store/wwwroot/other.py", line 4 in wait

Current thread 0x00007fb5bc8dab80 (most recent call first):
  File "<frozen importlib._bootstrap>", line 488 in _call_with_frames_removed
  File "/store/wwwroot/{SITE}acme_native/__init__.py", line 1 in <module>
  File "/store/wwwroot/function_app.py", line 7 in <module>
  File "<string>", line 374 in <module>

Extension modules: acme_native._core (total: 1)
"""


def test_the_import_that_led_to_it_is_told_and_the_apps_own_line() -> None:
    problem = parse_crash(WORDS)
    assert problem is not None
    assert (problem.error, problem.file, problem.line) == ("Crashed", "function_app.py", 7)
    assert problem.message == (
        "the interpreter crashed (Segmentation fault)"
        f" while {SITE}acme_native/__init__.py:1 was imported"
    )


def test_the_apps_own_crash_is_told_once() -> None:
    problem = parse_crash(WORDS.replace(f"{SITE}acme_native/__init__.py", "function_app.py"))
    assert problem is not None
    assert problem.message == "the interpreter crashed (Segmentation fault)"
    assert problem.line == 1


def test_without_frames_it_is_still_a_crash() -> None:
    problem = parse_crash("Fatal Python error: Aborted\n")
    assert problem is not None
    assert (problem.message, problem.file) == ("the interpreter crashed (Aborted)", "")


def test_an_end_without_a_crash_is_none() -> None:
    assert parse_crash("the app says good bye\n") is None
