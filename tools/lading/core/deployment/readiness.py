"""Whether an SCM site is ready for a package: there, settled, and not busy with another one.

A write of settings restarts it, some seconds later: one good answer may be the old one's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lading.core.access.asked import Answer
from lading.core.deployment.reactions import NoAnswer, Refused, quoted
from lading.core.deployment.uploads import ROLE_REMEDY, forbidden
from lading.core.documents import as_document, parse_json, text_of
from lading.core.hosting import Switch

Readiness = Literal["ready", "not yet"]

# Two good probes in a row, so many seconds apart, are not both the old instance's.
_APART = 5.0
# How long a site may take until it is ready, in seconds, and how often it is asked.
READY_WITHIN = 300.0
PROBE_EVERY = 5.0
_OK, _NOT_MODIFIED, _UNAUTHORIZED, _FORBIDDEN = 200, 304, 401, 403
_NOT_YET = frozenset({404, 408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One look at an SCM site, `seconds` after the first; `sees` whether it has the settings."""

    seconds: float
    ready: bool
    sees: bool = True


def judge_ready(reply: Answer | NoAnswer) -> Readiness | Refused:
    """Return whether an SCM site answers, by the reply to `GET /api/deployments`."""
    if isinstance(reply, NoAnswer) or reply.status in _NOT_YET:
        return "not yet"
    if reply.status in {_OK, _NOT_MODIFIED}:
        return "ready"
    if reply.status == _FORBIDDEN:
        return forbidden(reply)
    if reply.status == _UNAUTHORIZED:
        return Refused(
            code="scm-unauthorized",
            text=f"the SCM site does not accept the token (401){quoted(reply)}",
            remedy=f"Check the cloud and the tenant of the identity. {ROLE_REMEDY}",
        )
    return Refused(
        code="scm-strange",
        text=f"the SCM site answered {reply.status}{quoted(reply)}",
        remedy="Open it in a browser: a proxy between, or a site that is being moved, does this.",
    )


def sees_settings(body: str, switches: Mapping[str, Switch]) -> bool:
    """Say whether an SCM site's own view of its settings (`GET /api/settings`) is the new one."""
    document = as_document(parse_json(body))
    return bool(document) and all(
        switch.is_met_by(text_of(document, name) if name in document else None)
        for name, switch in switches.items()
    )


def is_settled(probes: Sequence[Probe]) -> bool:
    """Say whether a site has come back from its restart, by the looks at it in their order."""
    good: list[Probe] = []
    for probe in probes:
        good = [*good, probe] if probe.ready and probe.sees else []
    return bool(good) and good[-1].seconds - good[0].seconds >= _APART


def is_deploying(body: str) -> bool | None:
    """Say whether a deployment is under way, by `GET /api/isdeploying`; None where nobody says."""
    value = as_document(parse_json(body)).get("value")
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).lower())
