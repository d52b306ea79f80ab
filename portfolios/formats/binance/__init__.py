"""Binance: the trade history, and the statement of the whole account. Times are UTC."""

from portfolios.formats.binance import statement, trades
from portfolios.formats.shape import Format

FORMATS = [
    Format("binance-trades", "Binance trade history", trades.NEEDS, trades.read),
    Format("binance-statement", "Binance transaction history", statement.NEEDS, statement.read),
]
