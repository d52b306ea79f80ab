"""Everything that the first screen of one portfolio, or of all of them, is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from markets.models import Venue
from markets.selectors import sparklines
from portfolios.marks import price_venues
from portfolios.models import Portfolio
from portfolios.ranges import Range, range_or_default
from portfolios.selectors.attention import AttentionItem, attention
from portfolios.selectors.book import Book, books
from portfolios.selectors.hero import Hero, hero


@dataclass(frozen=True)
class Overview:
    """Each part is read when it is first looked at: a page asks for parts of itself alone.

    `live_id` names it to the live tier: a portfolio's id, or all.
    """

    portfolios: Sequence[Portfolio]
    base: str
    range: Range
    live_id: str

    @cached_property
    def venues(self) -> dict[int, Venue | None]:
        return price_venues(self.portfolios)

    @cached_property
    def _books(self) -> dict[int, Book]:
        """All together under 0, and each by its id: read at once."""
        groups = {0: list(self.portfolios)} | {p.pk: [p] for p in self.portfolios}
        bases = {0: self.base} | {p.pk: p.base_currency for p in self.portfolios}
        return books(groups, bases, self.venues)

    @property
    def book(self) -> Book:
        return self._books[0]

    @cached_property
    def attention(self) -> list[AttentionItem]:
        return attention(self.portfolios, self._books)

    @cached_property
    def hero(self) -> Hero:
        return hero(self.portfolios, self.book, self.range, self.venues)

    @cached_property
    def sparks(self) -> dict[str, list[float]]:
        """Closes of the last 30 days in USD by symbol, oldest first, each from one venue alone."""
        symbols = [position.symbol for position in self.book.positions]
        found: dict[str, list[float]] = {}
        for venue in dict.fromkeys(self.venues.values()):
            found = sparklines(symbols, 30, venue) | {s: line for s, line in found.items() if line}
        return found


def overview(portfolios: Sequence[Portfolio], base: str, keys: list[str], live_id: str) -> Overview:
    """`keys`: names of ranges in the order of wish; the first that is a range is taken."""
    wanted = range_or_default(keys, datetime.now(UTC).date())
    return Overview(portfolios=portfolios, base=base, range=wanted, live_id=live_id)
