"""The loggers of the libraries, which at their lower levels write headers and tokens."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

# msal and azure.core write requests and answers whole, the others every address with its query.
_LIBRARIES = (
    "azure",
    "msal",
    "msal_extensions",
    "requests",
    "requests_oauthlib",
    "twine",
    "urllib3",
)
# It warns, with a traceback, of every error whose body is not JSON; lading judges those itself.
_TALKATIVE = "azure.mgmt"


class _Quiet(logging.Formatter):
    """Formats a record, its traceback too, as `show` returns it."""

    def __init__(self, show: Callable[[str], str]) -> None:
        super().__init__("%(name)s: %(message)s")
        self._show = show

    def format(self, record: logging.LogRecord) -> str:
        return self._show(super().format(record))


def pin_loggers(show: Callable[[str], str]) -> None:
    """Let the libraries log warnings alone, to standard error, in the words that `show` returns.

    Whatever handlers and levels somebody gave to them or to their modules before are gone.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_Quiet(show))
    for library in _LIBRARIES:
        for logger in _family(library):
            logger.handlers = []
            logger.setLevel(logging.NOTSET)
            logger.propagate = True
        top = logging.getLogger(library)
        top.handlers = [handler]
        top.setLevel(logging.WARNING)
        # The user's own root logger may write everything that it is given to a file.
        top.propagate = False
    logging.getLogger(_TALKATIVE).setLevel(logging.ERROR)


def _family(library: str) -> tuple[logging.Logger, ...]:
    known = logging.Logger.manager.loggerDict
    names = [name for name in known if name.startswith(f"{library}.")]
    return tuple(logging.getLogger(name) for name in names)
