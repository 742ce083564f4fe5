"""pip-audit: what it makes of the pages in which an index tells of vulnerabilities.

Nobody else starts it. It asks nobody anything: the pages were fetched before.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lading.core.advisories import Advisory, Release, Vulnerable
from lading.core.errors import SourceError, UsageError
from lading.edges.installer import read_tool_version
from lading.edges.processes import base_environment, run_process

_TOOL = "pip-audit"
_TIME_LIMIT = 120.0  # seconds
_LONGEST_SUMMARY = 200


def read_auditor(*, find: Callable[[str], object] = find_spec) -> str:
    """Return name and version of pip-audit; raise UsageError where `find` does not."""
    if find("pip_audit") is None:
        raise UsageError(
            "--audit wants pip-audit, which is not installed here",
            remedy="Install it beside lading: pip install 'lading[audit]'",
        )
    return f"{_TOOL} {read_tool_version(_TOOL)}"


def read_advisories(
    pages: Mapping[Release, str], *, place: str, ambient: Mapping[str, str]
) -> tuple[Vulnerable, ...]:
    """Return the releases of which something is known, from each one's page at a place.

    Raises SourceError where pip-audit cannot read one.
    """
    order = [
        {"name": release.name, "version": release.version, "page": page}
        for release, page in pages.items()
    ]
    with tempfile.TemporaryDirectory(prefix="lading-") as home:
        said = run_process(
            (sys.executable, "-I", "-c", _worker()),
            environment=base_environment(ambient, home=Path(home)),
            timeout=_TIME_LIMIT,
            standard_input=json.dumps(order),
        )
    if said.code:
        last = (said.stderr.strip().splitlines() or [f"exit code {said.code}"])[-1]
        raise SourceError(
            f"{place} told of vulnerabilities in a way that {_TOOL} cannot read: {last[:300]}",
            remedy="Try again; if it stays, look whether there is a newer pip-audit.",
        )
    answers: Any = json.loads(said.stdout)
    found = (
        Vulnerable(release=release, advisories=tuple(_advisory(one) for one in told))
        for release, told in zip(pages, answers, strict=True)
    )
    return tuple(one for one in found if one.advisories)


@cache
def _worker() -> str:
    return files("lading.edges.advisories").joinpath("worker.py").read_text("utf-8")


def _advisory(told: Mapping[str, Any]) -> Advisory:
    summary = " ".join(str(told["summary"]).split())
    short = summary if len(summary) <= _LONGEST_SUMMARY else f"{summary[:_LONGEST_SUMMARY]}…"
    return Advisory(
        id=str(told["id"]),
        aliases=tuple(map(str, told["aliases"])),
        fixed=tuple(map(str, told["fixed"])),
        # pip-audit's word for none.
        summary="" if short == "N/A" else short,
    )
