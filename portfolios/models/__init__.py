"""The ledger, what is derived from it, and what stands around it."""

from portfolios.models.around import Dismissal, Share, ShareRole, Target, Watchlist, WatchlistItem
from portfolios.models.basis import BasisElection, JobState, LotChoice, Recalculation
from portfolios.models.derived import DailyValue, Disposal, Holding, Lot, MatchRule
from portfolios.models.imports import ImportJob, ImportMapping, ImportRow, ImportState, RowVerdict
from portfolios.models.portfolio import BasisMethod, BasisScope, Portfolio, PortfolioQuerySet
from portfolios.models.transaction import (
    ChangeAction,
    Transaction,
    TransactionChange,
    TransactionType,
)
from portfolios.models.wallet import Wallet

__all__ = [
    "BasisElection",
    "BasisMethod",
    "BasisScope",
    "ChangeAction",
    "DailyValue",
    "Dismissal",
    "Disposal",
    "Holding",
    "ImportJob",
    "ImportMapping",
    "ImportRow",
    "ImportState",
    "JobState",
    "Lot",
    "LotChoice",
    "MatchRule",
    "Portfolio",
    "PortfolioQuerySet",
    "Recalculation",
    "RowVerdict",
    "Share",
    "ShareRole",
    "Target",
    "Transaction",
    "TransactionChange",
    "TransactionType",
    "Wallet",
    "Watchlist",
    "WatchlistItem",
]
