"""Everything that the first screen of one portfolio, or of all of them, is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from markets.selectors import sparklines
from portfolios.models import Portfolio
from portfolios.ranges import Range, range_or_default
from portfolios.selectors.book import Book, combined_book
from portfolios.selectors.hero import Hero, hero


@dataclass(frozen=True)
class Overview:
    """`live_id` names it to the live tier: a portfolio's id, or all."""

    book: Book
    hero: Hero
    range: Range
    sparks: dict[str, list[float]]
    live_id: str


def overview(portfolios: Sequence[Portfolio], base: str, keys: list[str], live_id: str) -> Overview:
    """`keys`: names of ranges in the order of wish; the first that is a range is taken."""
    book = combined_book(portfolios, base)
    wanted = range_or_default(keys, datetime.now(UTC).date())
    return Overview(
        book=book,
        hero=hero(portfolios, book, wanted),
        range=wanted,
        sparks=sparklines([p.symbol for p in book.positions], 30),
        live_id=live_id,
    )
