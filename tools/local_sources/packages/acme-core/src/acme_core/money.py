"""Amounts of money: exact, in one currency, rounded as a shop rounds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Currency:
    """A currency: its ISO 4217 code, and the decimal places of its smallest unit."""

    code: str
    places: int

    def round(self, amount: Decimal) -> Decimal:
        """Return an amount in whole smallest units, halves rounded away from zero."""
        return amount.quantize(Decimal(1).scaleb(-self.places), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Money:
    """An amount in a currency, always in whole smallest units."""

    amount: Decimal
    currency: Currency

    def __post_init__(self) -> None:
        """Round the amount."""
        object.__setattr__(self, "amount", self.currency.round(self.amount))

    def __add__(self, other: Money) -> Money:
        """Add money of the same currency; raise ValueError for another."""
        if other.currency != self.currency:
            raise ValueError(f"{other.currency.code} cannot be added to {self.currency.code}")
        return Money(self.amount + other.amount, self.currency)

    def share(self, rate: Decimal) -> Money:
        """Return a part of it, such as 0.19 for a tax of 19 %."""
        return Money(self.amount * rate, self.currency)

    def __str__(self) -> str:
        """Return it as "19.99 EUR"."""
        return f"{self.amount} {self.currency.code}"
