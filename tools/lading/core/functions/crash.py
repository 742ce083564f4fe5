"""What an interpreter's last words say of a crash: which one, and whose import led to it."""

from __future__ import annotations

import re

from lading.core.functions import ImportProblem

CRASHED = "Crashed"
_FATAL = re.compile(r"^Fatal Python error: (?P<what>.+)$", re.MULTILINE)
# As faulthandler writes the frames of the thread that crashed, the innermost first.
_THREAD = "Current thread "
_FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+)')
# The folder of the package, wherever it was unpacked.
_ROOT = "/wwwroot/"


def parse_crash(output: str) -> ImportProblem | None:
    """Return the problem of an import that crashed the interpreter, None where it did not."""
    fatal = _FATAL.search(output)
    if fatal is None:
        return None
    places = _places(output[fatal.end() :])
    own = [place for place in places if not place[0].startswith(".python_packages/")]
    file, line = own[0] if own else ("", 0)
    message = f"the interpreter crashed ({fatal['what']})"
    if places and places[0] != (file, line):
        message += f" while {places[0][0]}:{places[0][1]} was imported"
    return ImportProblem(error=CRASHED, message=message, file=file, line=line)


def _places(text: str) -> list[tuple[str, int]]:
    """Return the frames within the package, by names from its root."""
    _, _, frames = text.partition(_THREAD)
    found = []
    for line in frames.splitlines()[1:]:
        frame = _FRAME.match(line)
        if frame is None:
            break
        _, inside, name = frame["file"].partition(_ROOT)
        if inside:
            found.append((name, int(frame["line"])))
    return found
