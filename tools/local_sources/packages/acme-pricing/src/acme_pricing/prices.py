"""Prices: a net amount, its tax and their sum, in the currency of a market."""

from __future__ import annotations

from decimal import Decimal

from acme_core import Currency, Money
from pydantic import BaseModel, ConfigDict

_MARKETS = {
    "CH": Currency("CHF", 2),
    "DE": Currency("EUR", 2),
    "FR": Currency("EUR", 2),
    "GB": Currency("GBP", 2),
    "JP": Currency("JPY", 0),
}


class UnknownMarketError(LookupError):
    """Acme does not sell in that country."""


class Price(BaseModel):
    """What a customer pays. Serialised, amounts are strings: JSON numbers are not exact."""

    model_config = ConfigDict(frozen=True)

    country: str
    currency: str
    net: Decimal
    tax: Decimal
    gross: Decimal


def price(net: Decimal, country: str, *, tax_rate: Decimal = Decimal(0)) -> Price:
    """Return the price of something that costs `net` before tax in a country (ISO 3166, "DE").

    Tax is rounded before it is added, as an invoice shows it. Raises UnknownMarketError.
    """
    currency = _MARKETS.get(country)
    if currency is None:
        raise UnknownMarketError(f"no market in {country}")
    before_tax = Money(net, currency)
    tax = before_tax.share(tax_rate)
    return Price(
        country=country,
        currency=currency.code,
        net=before_tax.amount,
        tax=tax.amount,
        gross=(before_tax + tax).amount,
    )
