"""The environment as one call of a library may see it: a few variables, and only while it lasts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

# One call at a time: all threads of a process have one environment.
_LOCK = Lock()


@contextmanager
def lend_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Let Python code read these variables and no others from `os.environ`.

    For azure-identity's managed identity, which takes its endpoint and its header from nowhere
    else. The mapping is exchanged, not its contents: what C code and child processes see stays.
    """
    with _LOCK:
        kept = os.environ
        os.environ = dict(variables)  # type: ignore[assignment] # noqa: B003
        try:
            yield
        finally:
            os.environ = kept  # noqa: B003 - the very same object as before
