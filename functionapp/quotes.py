"""Quotes: what a request asks for, and the price that answers it. Knows nothing of HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import acme_pricing
import acme_tax
from acme_pricing import Price

_LARGEST_NET = Decimal(1_000_000)


class QuestionError(ValueError):
    """The question cannot be answered as it is asked; the text tells its author why."""


def quote(net: Decimal, country: str) -> Price:
    """Return the price, tax included, of something that costs `net` before tax in a country.

    Raises QuestionError where Acme has no market or knows no tax rate.
    """
    try:
        return acme_pricing.price(net, country, tax_rate=acme_tax.rate(country))
    except (acme_pricing.UnknownMarketError, acme_tax.UnknownCountryError) as error:
        raise QuestionError(f"Nothing is sold in {country!r}.") from error


def parse_question(parameters: Mapping[str, str]) -> tuple[Decimal, str]:
    """Read `net` and `country` ("DE", any case) from a query; raise QuestionError."""
    country = parameters.get("country", "").strip().upper()
    if not country:
        raise QuestionError("Say for which country: ?net=100&country=DE")
    try:
        net = Decimal(parameters.get("net", ""))
    except InvalidOperation as error:
        raise QuestionError("Say the net amount as a number: ?net=100&country=DE") from error
    if not net.is_finite() or not 0 <= net <= _LARGEST_NET:
        raise QuestionError(f"The net amount must be from 0 to {_LARGEST_NET}.")
    return net, country
