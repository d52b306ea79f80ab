"""Writes of the ledger: keyword-only, one database transaction each."""

from portfolios.services.adding import RowsError, add_transactions
from portfolios.services.balances import refresh_wallets
from portfolios.services.choices import choose_lots
from portfolios.services.content import content_of, describe, frozen
from portfolios.services.fixes import bring_back, mend
from portfolios.services.imports import (
    change_import,
    clear_imports,
    commit_import,
    discard_import,
    read_import,
    resume_import,
    start_import,
    take_rows,
    write_import,
)
from portfolios.services.portfolios import create_portfolio, delete_portfolio, update_portfolio
from portfolios.services.recalculation import (
    request_recalculation,
    run_recalculation,
    settings_of,
    take_up_recalculations,
    tax_year_at,
)
from portfolios.services.sharing import accept, change_role, decline, end_share, invite
from portfolios.services.targets import set_targets
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
    "bring_back",
    "change_import",
    "change_role",
    "choose_lots",
    "clear_imports",
    "commit_import",
    "content_of",
    "create_portfolio",
    "decline",
    "delete_portfolio",
    "delete_transaction",
    "delete_wallet",
    "describe",
    "discard_import",
    "edit_transaction",
    "end_share",
    "frozen",
    "invite",
    "mend",
    "read_import",
    "refresh_wallets",
    "rename_wallet",
    "request_recalculation",
    "resume_import",
    "revalue",
    "run_recalculation",
    "set_targets",
    "settings_of",
    "start_import",
    "take_rows",
    "take_up_recalculations",
    "tax_year_at",
    "undo_change",
    "undo_import",
    "update_portfolio",
    "value_all",
    "write_import",
]
