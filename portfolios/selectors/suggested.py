"""What a unit was worth on a day: proposed where a person is about to enter a price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from portfolios.marks import Marks, price_venue, today
from portfolios.models import Portfolio


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`price` of one unit in `currency`; `is_newest`: of this moment, else the close of `day`."""

    price: Decimal
    currency: str
    day: date
    venue: str
    is_newest: bool


def suggested_price(
    portfolio: Portfolio, symbol: str, currency: str, at: datetime
) -> Suggestion | None:
    """None where the portfolio's venue has no price of that day or the seven before it."""
    symbol, currency = symbol.strip().upper(), currency.strip().upper()
    day = at.astimezone(UTC).date()
    if not symbol or not currency or day > today():
        return None
    venue = price_venue(portfolio)
    price = Marks.load({symbol}, day, day, currency, venue).near(symbol, day)
    if price is None or venue is None:
        return None
    return Suggestion(price, currency, day, venue.name, day >= today())
