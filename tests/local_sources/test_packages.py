"""The private packages do what their customers pay for."""

from __future__ import annotations

from decimal import Decimal

import acme_pricing
import acme_tax
import pytest
from acme_core import Currency, Money

EURO = Currency("EUR", 2)
YEN = Currency("JPY", 0)


def test_money_is_rounded_to_the_smallest_unit_halves_up() -> None:
    assert Money(Decimal("0.125"), EURO).amount == Decimal("0.13")
    assert Money(Decimal("-0.125"), EURO).amount == Decimal("-0.13")
    assert str(Money(Decimal("99.5"), YEN)) == "100 JPY"


def test_money_of_one_currency_adds_up_and_of_two_does_not() -> None:
    assert Money(Decimal(1), EURO) + Money(Decimal("0.5"), EURO) == Money(Decimal("1.5"), EURO)
    with pytest.raises(ValueError, match="JPY cannot be added to EUR"):
        Money(Decimal(1), EURO) + Money(Decimal(1), YEN)


def test_a_price_is_net_and_tax_and_their_sum() -> None:
    assert acme_pricing.price(Decimal(100), "DE", tax_rate=Decimal("0.19")) == acme_pricing.Price(
        country="DE",
        currency="EUR",
        net=Decimal("100.00"),
        tax=Decimal("19.00"),
        gross=Decimal("119.00"),
    )


def test_tax_is_rounded_before_it_is_added() -> None:
    price = acme_pricing.price(Decimal("0.13"), "DE", tax_rate=Decimal("0.19"))
    assert (price.tax, price.gross) == (Decimal("0.02"), Decimal("0.15"))


def test_yen_have_no_decimals() -> None:
    price = acme_pricing.price(Decimal("999.6"), "JP", tax_rate=Decimal("0.1"))
    assert (price.net, price.tax, price.gross) == (Decimal(1000), Decimal(100), Decimal(1100))


def test_a_price_is_serialised_without_losing_a_cent() -> None:
    assert '"gross":"0.10"' in acme_pricing.price(Decimal("0.1"), "GB").model_dump_json()


def test_an_unknown_country_is_an_error() -> None:
    with pytest.raises(acme_pricing.UnknownMarketError, match="XX"):
        acme_pricing.price(Decimal(1), "XX")
    with pytest.raises(acme_tax.UnknownCountryError, match="XX"):
        acme_tax.rate("XX")


@pytest.mark.parametrize("country", ["CH", "DE", "FR", "GB", "JP"])
def test_every_market_has_a_tax_rate(country: str) -> None:
    rate = acme_tax.rate(country)
    assert acme_pricing.price(Decimal(100), country, tax_rate=rate).tax == 100 * rate
