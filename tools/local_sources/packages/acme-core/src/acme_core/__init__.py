"""Money as Acme counts it."""

from acme_core.money import Currency, Money

__all__ = ["Currency", "Money"]
