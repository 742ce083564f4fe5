"""What another tool's vendored folder is checked for: whether what was installed is still there."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.utils import canonicalize_name

from lading.core.bundle import Bundle
from lading.core.findings import Finding
from lading.core.layer import SITE_PACKAGES
from lading.core.wheel.record import parse_record

RECORD = ".dist-info/RECORD"
# Who slims a package may leave out much of one; of one that was overwritten hardly a file is left.
_LEAST_MISSING = 0.5


def check_records(bundle: Bundle, records: Iterable[tuple[str, str]]) -> tuple[Finding, ...]:
    """Find distributions most of whose modules are gone; `records` are names and texts of RECORD.

    `pip install --target` twice into one folder leaves namespace packages so, and a step that drops
    files does. The RECORD of lading's own layers says what is there, slimmed or not.
    """
    present = {entry.name for entry in bundle.entries}
    found = (_check_record(name, text, present) for name, text in records)
    return tuple(finding for finding in found if finding is not None)


def _check_record(name: str, text: str, present: set[str]) -> Finding | None:
    promises, _ = parse_record(text)
    modules = [one for one in promises if one.endswith((".py", ".so")) and not _leaves(one)]
    missing = [one for one in modules if f"{SITE_PACKAGES}{one}" not in present]
    if not missing or len(missing) < _LEAST_MISSING * len(modules):
        return None
    stem = name.removesuffix(RECORD).rpartition("/")[2].rpartition("-")[0]
    several = f"{len(missing)} of its {len(modules)} modules are not there, among them {missing[0]}"
    return Finding(
        code="incomplete-distribution",
        severity="error",
        subject=canonicalize_name(stem),
        evidence=several if len(missing) > 1 else f"its module {missing[0]} is not there",
        remedy="Empty the folder and install everything at once: a second installation into it"
        " replaces folders that several distributions share.",
    )


def _leaves(name: str) -> bool:
    """Say whether a name leads out of site-packages: a script's, or a data file's."""
    return name.startswith(("../", "/"))
