"""What Acme charges in which market."""

from acme_pricing.prices import Price, UnknownMarketError, price

__all__ = ["Price", "UnknownMarketError", "price"]
