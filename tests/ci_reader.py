"""A CI system that reads a job's log: it obeys mask commands and hides what they name from then on.

It decodes commands as the systems do: the agent of Azure Pipelines finds them anywhere in a line,
GitHub's runner only where one begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lading.edges.ci import System

_MASK = {
    "azure-pipelines": re.compile(r"##vso\[task\.setsecret\](?P<data>.*)"),
    "github": re.compile(r"^\s*::add-mask::(?P<data>.*)"),
}
_ESCAPES = {
    "azure-pipelines": (("%0D", "\r"), ("%0A", "\n"), ("%3B", ";"), ("%5D", "]"), ("%AZP25", "%")),
    "github": (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")),
}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The log as people see it, and the masks in the order in which they were named."""

    shown: str
    masks: tuple[str, ...]


def read_log(log: str, system: System) -> Reading:
    """Return what people see of a log; mask commands themselves are not shown."""
    masks: list[str] = []
    shown: list[str] = []
    for line in log.splitlines():
        if command := _MASK[system].search(line):
            masks.append(_decoded(command["data"], system))
        else:
            shown.append(_hidden(line, masks))
    return Reading(shown="\n".join(shown), masks=tuple(masks))


def _decoded(data: str, system: System) -> str:
    for escape, character in _ESCAPES[system]:
        data = data.replace(escape, character)
    return data


def _hidden(line: str, masks: list[str]) -> str:
    covered = bytearray(len(line))
    for mask in masks:
        for found in re.finditer(f"(?={re.escape(mask)})", line):
            covered[found.start() : found.start() + len(mask)] = b"\1" * len(mask)
    return "".join("*" if hit else letter for letter, hit in zip(line, covered, strict=True))
