"""What the sample app answers, without HTTP."""

from __future__ import annotations

from decimal import Decimal

import pytest
from quotes import QuestionError, parse_question, quote


def test_a_quote_has_the_country_s_tax() -> None:
    price = quote(Decimal("49.90"), "CH")
    assert (price.currency, price.tax, price.gross) == ("CHF", Decimal("4.04"), Decimal("53.94"))


def test_nothing_is_sold_in_an_unknown_country() -> None:
    with pytest.raises(QuestionError, match="Nothing is sold in 'XX'"):
        quote(Decimal(1), "XX")


def test_a_question_is_an_amount_and_a_country_in_any_case() -> None:
    assert parse_question({"net": "10.50", "country": " de"}) == (Decimal("10.50"), "DE")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"net": "1"}, "for which country"),
        ({"country": "DE"}, "as a number"),
        ({"net": "many", "country": "DE"}, "as a number"),
        ({"net": "NaN", "country": "DE"}, "from 0 to"),
        ({"net": "-1", "country": "DE"}, "from 0 to"),
        ({"net": "1e9", "country": "DE"}, "from 0 to"),
    ],
)
def test_an_unanswerable_question_says_why(parameters: dict[str, str], reason: str) -> None:
    with pytest.raises(QuestionError, match=reason):
        parse_question(parameters)
