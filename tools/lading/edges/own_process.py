"""This process's own protection: what the other programs of its user may see of it."""

from __future__ import annotations

import ctypes
import platform
import sys

_PR_SET_DUMPABLE = 4


def protect_own_process() -> None:
    """Close this process to the other programs of its user: memory, environment, debuggers, cores.

    Nor does it start one behind the back of `edges.processes`, with its whole environment.

    Linux only. Windows and macOS have no such switch for an ordinary program, and nothing keeps
    root out anywhere. What is started from here is not protected: a new program begins open.
    """
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - POSIX only

    # The soft limit alone: a program that is started may want its cores back.
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    # azure-core's User-Agent names the platform, and for one word of that the standard library
    # starts whatever PATH has as `uname`, which would inherit every token.
    vars(platform.uname())["processor"] = ""
