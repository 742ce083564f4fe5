"""Rates of value added tax."""

from acme_tax.rates import UnknownCountryError, rate

__all__ = ["UnknownCountryError", "rate"]
