"""Route templates, as ASP.NET reads them: which two of them are one."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"\{(?P<stars>\*{0,2})(?P<name>[^:=?{}]+)(?P<rules>[^{}]*)\}")


def normalise_route(template: str) -> str:
    """Return what makes a template itself: case and the names of its parameters do not."""
    segments = template.strip("/").split("/")
    return "/".join(_PARAMETER.sub(_without_name, segment.lower()) for segment in segments)


def _without_name(match: re.Match[str]) -> str:
    return "{" + match["stars"][:1] + match["rules"] + "}"
