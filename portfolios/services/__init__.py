"""Writes of the ledger: keyword-only, one database transaction each."""

from portfolios.services.adding import RowsError, add_transactions
from portfolios.services.balances import refresh_wallets
from portfolios.services.content import content_of, describe, frozen
from portfolios.services.portfolios import create_portfolio, delete_portfolio, update_portfolio
from portfolios.services.sharing import accept, change_role, decline, end_share, invite
from portfolios.services.transactions import (
    add_transaction,
    delete_transaction,
    edit_transaction,
)
from portfolios.services.undo import undo_change, undo_import
from portfolios.services.valuation import revalue, value_all
from portfolios.services.wallets import add_wallet, delete_wallet, rename_wallet

__all__ = [
    "RowsError",
    "accept",
    "add_transaction",
    "add_transactions",
    "add_wallet",
    "change_role",
    "content_of",
    "create_portfolio",
    "decline",
    "delete_portfolio",
    "delete_transaction",
    "delete_wallet",
    "describe",
    "edit_transaction",
    "end_share",
    "frozen",
    "invite",
    "refresh_wallets",
    "rename_wallet",
    "revalue",
    "undo_change",
    "undo_import",
    "update_portfolio",
    "value_all",
]
