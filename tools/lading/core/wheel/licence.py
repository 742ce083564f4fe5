"""The licence of a distribution, as its METADATA states it."""

from __future__ import annotations

from packaging.metadata import parse_email

UNKNOWN_LICENCE = "unknown"
# Some packages put the whole text of their licence into the field for its name.
_LONGEST_LICENCE = 100


def parse_licence(metadata: bytes) -> str:
    """Return the licence that METADATA states (PEP 639, then the older fields), or "unknown"."""
    raw, _unparsed = parse_email(metadata)
    if expression := raw.get("license_expression"):
        return expression
    licence = (raw.get("license") or "").strip()
    if licence and "\n" not in licence and len(licence) <= _LONGEST_LICENCE:
        return licence
    names = [
        classifier.rpartition(" :: ")[2]
        for classifier in raw.get("classifiers", ())
        if classifier.startswith("License ::") and classifier != "License :: OSI Approved"
    ]
    return ", ".join(names) or UNKNOWN_LICENCE
