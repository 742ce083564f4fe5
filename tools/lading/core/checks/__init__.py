"""What a package is checked for before it gets its name: each check gives findings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from lading.core.bundle import Bundle, Collision
from lading.core.checks.tree import is_editable
from lading.core.findings import Finding
from lading.core.layer import SITE_PACKAGES, Layer
from lading.core.runtimes import Runtime

# More than this many names in one line help nobody.
_MOST_NAMES = 3


def check_runtime(runtime: Runtime, *, today: dt.date) -> tuple[Finding, ...]:
    """Find a Python that is, or is no longer, supported."""
    if not runtime.starts:
        return (
            Finding(
                code="end-of-support",
                severity="error",
                subject=f"Python {runtime.python}",
                evidence="Azure no longer starts it",
                remedy="Move the Function App to a newer Python, and set python = there too.",
            ),
        )
    if today <= runtime.end_of_support:
        return ()
    return (
        Finding(
            code="end-of-support",
            severity="warning",
            subject=f"Python {runtime.python}",
            evidence=f"it has had no security fixes since {runtime.end_of_support:%d %B %Y}",
            remedy="Move the Function App to a newer Python, and set python = there too.",
        ),
    )


def check_pth(layers: Iterable[Layer]) -> tuple[Finding, ...]:
    """Find `.pth` files that would do something elsewhere: Azure ignores them.

    Those of editable installations have a finding of their own.
    """
    return tuple(
        Finding(
            code="pth-ignored",
            severity="warning",
            subject=layer.name,
            evidence=f"{name} has an effect in a normal site-packages, and none on Azure",
            remedy="See that the app works without it; what it imports or adds to sys.path"
            " has to happen in the app.",
        )
        for layer in layers
        for name in layer.pth
        if not is_editable(name)
    )


def check_collisions(bundle: Bundle) -> tuple[Finding, ...]:
    """Find names to which several distributions, or the app, give different bytes."""
    grouped: dict[tuple[tuple[str, ...], bool], list[Collision]] = {}
    for collision in bundle.collisions:
        fatal = collision.importable or collision.folder
        grouped.setdefault((collision.owners, fatal), []).append(collision)
    return tuple(
        _collision_finding(owners, collisions, fatal=fatal)
        for (owners, fatal), collisions in grouped.items()
    )


def check_alike(bundle: Bundle) -> tuple[Finding, ...]:
    """Find names that differ only in case, which are one file on Windows and macOS."""
    return tuple(
        Finding(
            code="alike-names",
            severity="warning",
            subject=name,
            evidence="another file has this name in other case",
            remedy="It works on Azure; `lading vendor` on Windows or macOS keeps only one.",
        )
        for name in bundle.alike
    )


def _collision_finding(
    owners: tuple[str, ...], collisions: list[Collision], *, fatal: bool
) -> Finding:
    names = [collision.name.removeprefix(SITE_PACKAGES) for collision in collisions]
    shown = ", ".join(names[:_MOST_NAMES])
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return Finding(
        code="collision",
        severity="error" if fatal else "warning",
        subject=owners[-1],
        evidence=f"{shown}{more}: {' and '.join(owners)} have different files of this name",
        remedy=f"Leave one of them out, or ask for versions that agree. {owners[0]} would win.",
    )
