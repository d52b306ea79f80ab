"""Writes of the ledger: keyword-only, one database transaction each."""

from portfolios.services.portfolios import create_portfolio, delete_portfolio, update_portfolio
from portfolios.services.transactions import (
    add_transaction,
    add_transactions,
    content_of,
    delete_transaction,
    describe,
    edit_transaction,
)
from portfolios.services.valuation import revalue, value_all

__all__ = [
    "add_transaction",
    "add_transactions",
    "content_of",
    "create_portfolio",
    "delete_portfolio",
    "delete_transaction",
    "describe",
    "edit_transaction",
    "revalue",
    "update_portfolio",
    "value_all",
]
