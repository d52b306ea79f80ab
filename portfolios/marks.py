"""Marks: what one unit of an asset is worth in a portfolio's base currency, on a day or now."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext

from django.conf import settings

from markets import selectors as markets
from markets.models import Venue
from portfolios.lots import PRECISE, UNIT
from portfolios.models import Portfolio

#: A day without a close may borrow one that is at most this much older.
BORROW = timedelta(days=7)
ONE = Decimal(1)


def is_dollar(symbol: str) -> bool:
    """Whether the symbol counts as one US dollar (settings.USD_EQUIVALENTS)."""
    return symbol in settings.USD_EQUIVALENTS


def price_venue(portfolio: Portfolio) -> Venue | None:
    """Where the portfolio's prices come from: its own venue, else the current feed's."""
    return portfolio.venue if portfolio.venue is not None else markets.current_venue()


def price_venues(portfolios: Iterable[Portfolio]) -> dict[int, Venue | None]:
    """`price_venue` of many, by id; the current feed is asked for once."""
    rows = list(portfolios)
    current = markets.current_venue() if any(p.venue is None for p in rows) else None
    return {p.pk: p.venue if p.venue is not None else current for p in rows}


def same_money(symbol: str, base: str) -> bool:
    return symbol == base or (is_dollar(symbol) and is_dollar(base))


def today() -> date:
    return datetime.now(UTC).date()


def quoted(symbols: Iterable[str], base: str, venue: Venue | None) -> dict[str, markets.Quote]:
    """Newest quotes in US dollars of `symbols` and of `base`; absent where no price is known."""
    return markets.quotes({*symbols, base}, venue)


def in_base(price: Decimal, base: str, quotes: Mapping[str, markets.Quote]) -> Decimal | None:
    """A dollar price in `base`; None when the base itself has no quote."""
    if is_dollar(base):
        return price
    of_base = quotes.get(base)
    if of_base is None or not of_base.price:
        return None
    with localcontext(PRECISE):
        return (price / of_base.price).quantize(UNIT)


def now_in_base(symbols: Iterable[str], base: str, venue: Venue | None) -> dict[str, Decimal]:
    """Newest price of each symbol in `base`; a symbol without a price is absent."""
    wanted = set(symbols)
    quotes = quoted(wanted, base, venue) if wanted else {}
    prices: dict[str, Decimal] = {}
    for symbol in wanted:
        quote = quotes.get(symbol)
        price = ONE if same_money(symbol, base) else quote and in_base(quote.price, base, quotes)
        if price:
            prices[symbol] = price
    return prices


@dataclass
class Marks:
    """Prices of some symbols in `base`, by day. Load once, ask often.

    `closes` are exact closes of UTC days; `newest` are quotes, which mark the running day.
    """

    base: str
    closes: dict[str, dict[date, Decimal]] = field(default_factory=dict)
    newest: dict[str, Decimal] = field(default_factory=dict)
    _days: dict[str, list[date]] = field(default_factory=dict)

    @classmethod
    def load(
        cls, symbols: Iterable[str], start: date, end: date, base: str, venue: Venue | None
    ) -> Marks:
        """Closes from `start` (and the days before it that may be borrowed from) to `end`."""
        wanted = {symbol for symbol in symbols if not same_money(symbol, base)}
        marks = cls(base, newest=now_in_base(wanted, base, venue))
        if wanted:
            rows = markets.daily_closes_exact(sorted(wanted), start - BORROW, end, base, venue)
            for day, prices in sorted(rows.items()):
                for symbol, price in prices.items():
                    marks.closes.setdefault(symbol, {})[day] = price
        marks._days = {symbol: list(closes) for symbol, closes in marks.closes.items()}
        return marks

    def on(self, symbol: str, day: date) -> Decimal | None:
        """The mark of exactly that day: its close, or the newest price for the running day."""
        if same_money(symbol, self.base):
            return ONE
        if day >= today():
            return self.newest.get(symbol)
        return self.closes.get(symbol, {}).get(day)

    def of_day(self, symbols: Iterable[str], day: date) -> Iterator[tuple[str, Decimal | None]]:
        """`on` for many symbols of one day."""
        if day >= today():
            for symbol in symbols:
                yield symbol, self.on(symbol, day)
            return
        closes = self.closes
        for symbol in symbols:
            known = closes.get(symbol)
            yield symbol, self.on(symbol, day) if known is None else known.get(day)

    def near(self, symbol: str, day: date) -> Decimal | None:
        """The mark of the day, else the newest of the 7 days before it, else None."""
        mark = self.on(symbol, day)
        if mark is not None:
            return mark
        days = self._days.get(symbol, [])
        at = bisect_right(days, day) - 1
        if at >= 0 and days[at] >= day - BORROW:
            return self.closes[symbol][days[at]]
        return None
