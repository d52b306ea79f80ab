"""Reads of the ledger and what follows from it."""

from portfolios.ledger.preview import Realised, Sale, realised_by
from portfolios.marks import price_venue
from portfolios.selectors.access import (
    editable_portfolios_for,
    lots_for,
    own_portfolios_for,
    portfolio_to_edit,
    portfolio_to_own,
    portfolio_to_see,
    portfolios_for,
    role_of,
    transaction_to_edit,
    transactions_for,
    wallet_to_edit,
    wallets_for,
)
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
from portfolios.selectors.imported import (
    import_rows,
    import_to_edit,
    import_to_see,
    imports_for,
)
from portfolios.selectors.intraday import IntradayPoint, intraday
from portfolios.selectors.places import quantities_by_location
from portfolios.selectors.positions import quantities_at, quantities_of
from portfolios.selectors.records import (
    changes_for,
    disposals_for,
    recalculations_for,
    tax_year_of,
)
from portfolios.selectors.sharing import invitations_for, shared_with, shares_for

__all__ = [
    "AttentionItem",
    "Book",
    "HistoryPoint",
    "IntradayPoint",
    "Performance",
    "Position",
    "Realised",
    "Sale",
    "attention",
    "book",
    "books",
    "changes_for",
    "combined_book",
    "disposals_for",
    "editable_portfolios_for",
    "first_days",
    "history",
    "import_rows",
    "import_to_edit",
    "import_to_see",
    "imports_for",
    "intraday",
    "invitations_for",
    "lots_for",
    "own_portfolios_for",
    "performance",
    "performance_of",
    "portfolio_to_edit",
    "portfolio_to_own",
    "portfolio_to_see",
    "portfolios_for",
    "price_venue",
    "quantities_at",
    "quantities_by_location",
    "quantities_of",
    "realised_by",
    "recalculations_for",
    "returns_of",
    "role_of",
    "shared_with",
    "shares_for",
    "tax_year_of",
    "transaction_to_edit",
    "transactions_for",
    "wallet_to_edit",
    "wallets_for",
]
