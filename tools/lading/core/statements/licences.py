"""What a distribution says of itself to the reader of an SBOM: its licence and its summary."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.metadata import parse_email

# Some packages put the whole text of their licence into the field for its name.
_LONGEST_NAME = 100
_CLASSIFIER = "License ::"
# It says who approved a licence, not which one it is.
_SAYS_NOTHING = "License :: OSI Approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfDescription:
    """A distribution's own words; `expression` is of SPDX (PEP 639), `licences` are other names."""

    summary: str = ""
    expression: str = ""
    licences: tuple[str, ...] = ()


def parse_self_description(metadata: bytes) -> SelfDescription:
    """Read METADATA: the expression of PEP 639, else the older field, else the classifiers."""
    raw, _unparsed = parse_email(metadata)
    return SelfDescription(
        summary=" ".join((raw.get("summary") or "").split()),
        expression=raw.get("license_expression") or "",
        licences=_names(raw.get("license") or "", raw.get("classifiers") or ()),
    )


def _names(field: str, classifiers: list[str] | tuple[()]) -> tuple[str, ...]:
    field = field.strip()
    # Many generators wrote UNKNOWN where nothing was said.
    if field and "\n" not in field and len(field) <= _LONGEST_NAME and field != "UNKNOWN":
        return (field,)
    names = {
        classifier.rpartition(" :: ")[2]
        for classifier in classifiers
        if classifier.startswith(_CLASSIFIER) and classifier != _SAYS_NOTHING
    }
    return tuple(sorted(names))
