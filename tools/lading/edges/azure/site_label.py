"""What an SCM site says of the package that its app runs: what is named, what wwwroot shows."""

from __future__ import annotations

from dataclasses import dataclass

from lading.core.access.asked import Answer
from lading.core.bundle import LABEL
from lading.core.deployment.reactions import NoAnswer
from lading.core.deployment.rollback import (
    POINTER,
    SITE_PACKAGES,
    StoredPackage,
    parse_site_packages,
)
from lading.core.verification import Label, parse_label
from lading.edges.azure.scm import Scm
from lading.edges.zip_members import open_remote, read_member

_IN_WWWROOT = f"site/wwwroot/{LABEL}"
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLabels:
    """The labels of the package that is named to be run, and of what wwwroot shows.

    Either is None where it cannot be read. An SCM site may show the mounted package there, or what
    was extracted before the app ran from packages; and what is named runs from the next start on.
    """

    named: Label | None = None
    shown: Label | None = None

    @property
    def agreed(self) -> Label | None:
        """Return what they say together; None where that is nothing, or not the same."""
        if self.named is None or self.shown is None:
            return self.named or self.shown
        return self.named if self.named.content_sha256 == self.shown.content_sha256 else None


def read_site_labels(scm: Scm, *, from_package: bool) -> SiteLabels:
    """Read both; a package is only named where the site runs `from_package`."""
    shown = _label_in(scm.read_file(_IN_WWWROOT))
    stored = _find_named(scm) if from_package else None
    if stored is None:
        return SiteLabels(shown=shown)
    named = read_kept_label(scm, stored)
    if named is None and scm.read_part(f"{SITE_PACKAGES}/{stored.name}", 0, 1) is not None:
        # It can be read and has no label: another tool made it, whatever wwwroot shows of before.
        return SiteLabels()
    return SiteLabels(named=named, shown=shown)


def read_kept_label(scm: Scm, stored: StoredPackage) -> Label | None:
    """Read the label in one of the packages that a site has kept, without fetching all of it."""
    path = f"{SITE_PACKAGES}/{stored.name}"
    file = open_remote(stored.size, lambda start, end: scm.read_part(path, start, end))
    data = read_member(file, LABEL)
    return None if data is None else parse_label(data)


def _find_named(scm: Scm) -> StoredPackage | None:
    name = _body(scm.read_file(POINTER)).strip()
    if not name:
        return None
    kept = parse_site_packages(_body(scm.list_folder(SITE_PACKAGES)))
    return next((one for one in kept if one.name == name), None)


def _label_in(reply: Answer | NoAnswer) -> Label | None:
    return parse_label(body.encode()) if (body := _body(reply)) else None


def _body(reply: Answer | NoAnswer) -> str:
    return reply.body if isinstance(reply, Answer) and reply.status == _OK else ""
