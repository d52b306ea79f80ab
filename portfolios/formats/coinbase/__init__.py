"""Coinbase: the transaction history report, with the lines that stand before its header."""

from portfolios.formats.coinbase import transactions
from portfolios.formats.shape import Format

FORMATS = [
    Format("coinbase", "Coinbase transaction history", transactions.NEEDS, transactions.read)
]
