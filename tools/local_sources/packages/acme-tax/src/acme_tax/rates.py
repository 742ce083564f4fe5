"""The standard rate of value added tax by country."""

from __future__ import annotations

from decimal import Decimal

_STANDARD_RATES = {
    "CH": Decimal("0.081"),
    "DE": Decimal("0.19"),
    "FR": Decimal("0.20"),
    "GB": Decimal("0.20"),
    "JP": Decimal("0.10"),
}


class UnknownCountryError(LookupError):
    """The country's rate is not known."""


def rate(country: str) -> Decimal:
    """Return the standard rate of a country (ISO 3166, "DE"), such as 0.19 for 19 %."""
    try:
        return _STANDARD_RATES[country]
    except KeyError:
        raise UnknownCountryError(f"no rate for {country}") from None
