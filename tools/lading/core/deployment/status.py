"""What runs at a target and on what evidence, and how that has drifted from what should."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from lading.core.config import Target
from lading.core.deployment.preflight import tell_end_of_support
from lading.core.deployment.proof import Evidence
from lading.core.deployment.release import Package
from lading.core.deployment.scm_records import DeploymentRecord
from lading.core.deployment.state import HostStatus, SiteState
from lading.core.errors import LadingError
from lading.core.hosting import RUN_FROM_PACKAGE
from lading.core.settings import RECORD, DesiredSettings
from lading.core.settings.change import Edit, Ownership, plan_change

DriftKind = Literal[
    "settings", "content", "functions", "python", "support", "package-url", "health"
]
# How long before a package's URL expires somebody is told.
_EARLY = dt.timedelta(days=60)
# A host that was just restarted is not ill.
_COMING_UP = frozenset({"default", "starting", "initialized"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that is not as it should be; `subject` is a setting's name, a Python, a URL."""

    kind: DriftKind
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What should be: what the files say now, and the package that was built last, if any.

    `sticky` are the names that Azure keeps with a slot.
    """

    settings: DesiredSettings
    package: Package | None = None
    sticky: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What was found at one target, at a time that knows its zone.

    `latest` is the newest deployment on record, by whomever; None where none is left. `runs` is
    the content that runs, 12 digits of it where only a deployment's record says so, "" where
    nobody does. `advice` is what is left open, and what to do; `notes` what could not be asked.
    """

    target: Target
    place: SiteState
    at: dt.datetime
    evidence: tuple[Evidence, ...]
    drifts: tuple[Drift, ...]
    latest: DeploymentRecord | None = None
    runs: str = ""
    advice: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A target of which nothing could be learnt, and why."""

    target: Target
    error: LadingError


def find_drifts(place: SiteState, expected: Expected, *, today: dt.date) -> tuple[Drift, ...]:
    """Return everything that is not as it should be."""
    return (
        *_content(place, expected.package),
        *_settings(place, expected),
        *_runtime(place, expected.package, today),
        *_package_url(place, today),
        *_health(place),
    )


def _content(place: SiteState, package: Package | None) -> Iterator[Drift]:
    if package is None:
        return
    # A record says the first digits alone.
    if place.runs and not package.content_sha256.startswith(place.runs):
        yield Drift(
            kind="content",
            subject=place.runs[:12],
            text=f"it runs {place.runs[:12]}, and {package.path} is {package.short}",
        )
    listed = {function.name for function in place.functions}
    if package.imported and listed != set(package.functions):
        differ = ", ".join(sorted(listed ^ set(package.functions)))
        yield Drift(
            kind="functions",
            subject=differ,
            text=f"the functions that Azure lists differ from those of {package.path}: {differ}",
        )


def _settings(place: SiteState, expected: Expected) -> Iterator[Drift]:
    if place.settings is None:
        return
    ownership = Ownership(sticky=expected.sticky)
    change = plan_change(expected.settings, place.site.plan, place.settings, ownership)
    for edit in change.edits:
        if edit.name != RECORD:
            yield Drift(kind="settings", subject=edit.name, text=_words(edit))
    for name in change.orphans:
        yield Drift(kind="settings", subject=name, text=f"{name} is in no file any more")


def _words(edit: Edit) -> str:
    match edit.kind:
        case "add":
            return f"{edit.name} is not there ({edit.reason})"
        case "change":
            return f"{edit.name} has another value ({edit.reason})"
        case "remove":
            return f"{edit.name} should not be there ({edit.reason})"


def _runtime(place: SiteState, package: Package | None, today: dt.date) -> Iterator[Drift]:
    python = place.site.python
    if package is not None and python and python != package.python:
        yield Drift(
            kind="python",
            subject=python,
            text=f"it runs Python {python}, and {package.path} is for {package.python}",
        )
    for text in tell_end_of_support(python, today):
        yield Drift(kind="support", subject=python, text=text)


def _package_url(place: SiteState, today: dt.date) -> Iterator[Drift]:
    """Tell of a signed URL that ends: the app does not start any more on the day after."""
    end = _end_of_url((place.settings and place.settings.text(RUN_FROM_PACKAGE)) or "")
    if end is not None and end - today <= _EARLY:
        yield Drift(
            kind="package-url",
            subject=RUN_FROM_PACKAGE,
            text=f"the signature of the URL in {RUN_FROM_PACKAGE} ends on {end}: from then on the "
            "app does not start",
        )


def _end_of_url(url: str) -> dt.date | None:
    try:
        told = parse_qs(urlsplit(url).query).get("se", [""])[0]
        return dt.datetime.fromisoformat(told).date() if told else None
    except ValueError:
        return None


def _starts(host: HostStatus) -> bool:
    return host.state.lower() in _COMING_UP and not host.errors


def _health(place: SiteState) -> Iterator[Drift]:
    if place.site.is_stopped:
        yield Drift(kind="health", subject="Stopped", text="somebody stopped it")
    elif place.host is not None and not place.host.is_healthy and not _starts(place.host):
        errors = "; ".join(place.host.errors) or f"it is in the state {place.host.state}"
        yield Drift(kind="health", subject=place.host.state, text=f"its host is ill: {errors}")
    if place.site.swap_target:
        yield Drift(
            kind="health",
            subject=place.site.swap_target,
            text=f"a swap with {place.site.swap_target} was prepared, and neither finished nor "
            "cancelled",
        )
