"""What is shown of a bug: its traceback, without a secret and without local variables."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lading.core.errors import LadingError

_REMEDY = "This is a bug in lading: please report it, with the traceback on standard error."


class Bug(LadingError):  # noqa: N818 - it is what it is
    """Something happened that nobody thought of."""

    exit_code = 1
    code = "bug"

    def __init__(self, message: str) -> None:
        super().__init__(message, remedy=_REMEDY)


def render_traceback(error: BaseException) -> str:
    """Return the traceback as Python writes it, whatever hooks are installed to decorate it."""
    return "".join(traceback.format_exception(error))


@contextmanager
def hooks(show: Callable[[str], str]) -> Iterator[None]:
    """Write what ends a thread or goes wrong in a finaliser as `show` returns it, in this block.

    Such exceptions reach no caller; others' hooks would show them with local variables.
    """

    def in_thread(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None and not isinstance(told.exc_value, SystemExit):
            sys.stderr.write(show(render_traceback(told.exc_value)))

    def in_finaliser(told: sys.UnraisableHookArgs) -> None:
        if told.exc_value is not None:
            sys.stderr.write(show(render_traceback(told.exc_value)))

    before = threading.excepthook, sys.unraisablehook
    threading.excepthook, sys.unraisablehook = in_thread, in_finaliser
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = before
