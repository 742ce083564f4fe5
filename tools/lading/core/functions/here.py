"""What an import failed for that is this machine's, and not the package's: Azure's image has it."""

from __future__ import annotations

import re

from lading.core.functions import ImportProblem
from lading.core.images import Image
from lading.core.native import parse_symbol_version

# As glibc's loader says it, in the words of its C locale.
_NO_LIBRARY = re.compile(r"(?P<library>[^\s:/]+): cannot open shared object file")
_NO_VERSION = re.compile(r"version [`'](?P<version>\w+?_[\d.]+)' not found")


def lacking_here(problem: ImportProblem | None, image: Image) -> str | None:
    """Return what this machine lacks and the image of the target has; None where it is neither.

    What the image may lack is told by the check of native files, wherever the import was tried.
    """
    for raised in problem.chain if problem else ():
        if "builtins.ImportError" not in raised.types:
            continue
        if found := _NO_LIBRARY.search(raised.message):
            library = found["library"]
            if image.has(library) or library in image.in_containers:
                return f"this machine has no {library}, which {image.name} has"
        if found := _NO_VERSION.search(raised.message):
            parsed = parse_symbol_version(found["version"])
            if parsed and parsed[1] <= image.versions.get(parsed[0], ()):
                return f"this machine is older than {image.name}: it has no {found['version']}"
    return None
