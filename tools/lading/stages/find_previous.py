"""A site and what runs there → the release before it, where that is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lading.core.access.asked import Answer
from lading.core.bundle import LABEL
from lading.core.config import Target
from lading.core.deployment.history import History
from lading.core.deployment.keeping import judge_keeping
from lading.core.deployment.reactions import NoAnswer, Refused
from lading.core.deployment.release import Package
from lading.core.deployment.rollback import (
    POINTER,
    SITE_PACKAGES,
    earlier_kept,
    fetched_package,
    kept_package,
    older_packages,
    parse_site_packages,
)
from lading.core.deployment.scm_records import content_of
from lading.core.deployment.state import SiteState
from lading.core.errors import DeploymentFailed
from lading.core.hosting import RUN_FROM_PACKAGE
from lading.core.verification import Label, parse_label
from lading.edges.azure.apps import Azure
from lading.edges.azure.scm import Scm
from lading.edges.azure.site_label import read_kept_label
from lading.edges.zip_members import read_member

_OK = 200
_GOOD = frozenset({4, 6})
_BY_HAND = (
    "Name its zip, which a pipeline has among its artifacts: lading rollback --target … "
    "--artifact ZIP."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBySite:
    """The package before, as the site itself has kept it, under a name."""

    package: Package
    name: str


def find_on_site(place: SiteState, scm: Scm, history: History) -> KeptBySite:
    """Return the package that a site was run from before this one; none of it is fetched.

    One whose deployments all failed is passed over. Raises DeploymentFailed where there is none.
    """
    if place.settings is not None and place.settings.text(RUN_FROM_PACKAGE) != "1":
        raise _none(f"{place.site.name} does not run from a package, so its site keeps none")
    listing, pointer = scm.list_folder(SITE_PACKAGES), scm.read_file(POINTER)
    current = _body(pointer).strip()
    if not current:
        raise _none(f"the site of {place.site.name} does not say which package it runs")
    for stored in older_packages(parse_site_packages(_body(listing)), current):
        label = read_kept_label(scm, stored)
        if label is None or label.content_sha256 == place.runs:
            continue
        if not _has_failed(label, history):
            return KeptBySite(package=kept_package(stored, label), name=stored.name)
    raise _none(f"the site of {place.site.name} keeps no earlier package of lading")


def find_in_container(
    target: Target, runs: str, folder: Path, *, azure: Azure, wanted: str
) -> Package:
    """Return the copy that was kept before that of what runs, fetched into a folder.

    `wanted` is the app. Raises DeploymentFailed where there is none, or it cannot be had.
    """
    if not target.packages:
        raise _none(
            f"Azure keeps no earlier package of {target.function_app}, and the target names no "
            "container that would (packages = …)"
        )
    if not runs:
        raise _none(
            f"nobody can say what {target.function_app} runs, so none of the kept packages is "
            "known to be the one before"
        )
    container = azure.container(target.packages)
    told = container.list_kept()
    if isinstance(told, Answer | NoAnswer):
        raise _refused(told, target.packages)
    stored = earlier_kept(told, app=wanted, runs=runs)
    if stored is None:
        raise _none(f"{target.packages} has no earlier package of {wanted} than what runs")
    path = folder / f"{wanted}-{stored.name.split('/')[1]}.zip"
    reply = container.fetch(stored.name, path)
    if not isinstance(reply, Answer) or reply.status != _OK:
        raise _refused(reply, target.packages)
    label = parse_label(read_member(path, LABEL) or b"")
    if label is None or not label.content_sha256.startswith(stored.name.split("/")[1]):
        raise _none(f"{stored.name} in {target.packages} is not the package that it is called")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return fetched_package(str(path), label, sha256=sha256, size=path.stat().st_size)


def _has_failed(label: Label, history: History) -> bool:
    """Say whether a content is known from deployments of which none ended well."""
    short = label.content_sha256[:12]
    ends: Iterator[int] = (one.status for one in history.records if content_of(one) == short)
    known = frozenset(ends)
    return bool(known) and not known & _GOOD


def _body(reply: Answer | NoAnswer) -> str:
    return reply.body if isinstance(reply, Answer) and reply.status == _OK else ""


def _none(text: str) -> DeploymentFailed:
    return DeploymentFailed(f"{text}; nothing was changed", remedy=_BY_HAND)


def _refused(reply: Answer | NoAnswer, container: str) -> DeploymentFailed:
    judged = judge_keeping(reply, container=container)
    if isinstance(judged, Refused):
        return DeploymentFailed(f"{judged.text}; nothing was changed", remedy=judged.remedy)
    return _none(f"{container} does not give what it keeps")
