"""Reads of the ledger and what follows from it."""

from portfolios.marks import price_venue
from portfolios.selectors.attention import AttentionItem, attention
from portfolios.selectors.book import Book, Position, book, books, combined_book
from portfolios.selectors.history import (
    HistoryPoint,
    Performance,
    first_days,
    history,
    performance,
    performance_of,
    returns_of,
)
from portfolios.selectors.intraday import IntradayPoint, intraday
from portfolios.selectors.owned import (
    lots_for,
    portfolios_for,
    transactions_for,
    wallets_for,
)
from portfolios.selectors.places import quantities_by_location
from portfolios.selectors.positions import quantities_at, quantities_of

__all__ = [
    "AttentionItem",
    "Book",
    "HistoryPoint",
    "IntradayPoint",
    "Performance",
    "Position",
    "attention",
    "book",
    "books",
    "combined_book",
    "first_days",
    "history",
    "intraday",
    "lots_for",
    "performance",
    "performance_of",
    "portfolios_for",
    "price_venue",
    "quantities_at",
    "quantities_by_location",
    "quantities_of",
    "returns_of",
    "transactions_for",
    "wallets_for",
]
