"""Writes of the ledger: keyword-only, one database transaction each."""

from portfolios.services.balances import refresh_wallets
from portfolios.services.portfolios import create_portfolio, delete_portfolio, update_portfolio
from portfolios.services.sharing import accept, change_role, decline, end_share, invite
from portfolios.services.transactions import (
    add_transaction,
    add_transactions,
    content_of,
    delete_transaction,
    describe,
    edit_transaction,
)
from portfolios.services.valuation import revalue, value_all
from portfolios.services.wallets import add_wallet, delete_wallet, rename_wallet

__all__ = [
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
    "invite",
    "refresh_wallets",
    "rename_wallet",
    "revalue",
    "update_portfolio",
    "value_all",
]
