"""Kraken: ledgers.csv (everything, a leg a row) and trades.csv (trades alone). Times are UTC."""

from portfolios.formats.kraken import ledgers, trades
from portfolios.formats.shape import Format

FORMATS = [
    Format("kraken-ledgers", "Kraken ledgers", ledgers.NEEDS, ledgers.read),
    Format("kraken-trades", "Kraken trades", trades.NEEDS, trades.read),
]
