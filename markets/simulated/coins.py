"""The coins, stablecoins and fiat pairs of the simulated market.

Price levels are those of late 2026 in kind, not quotations. All pairs are against USDT, as on
Binance. Volatilities are annual (365 days) and exclude crash days; ``turnover`` is the usual traded
value of a day in USDT.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Kind = Literal["coin", "stable", "fiat"]
Sector = Literal["store", "platform", "payment", "defi", "infrastructure", "meme"]
SECTORS: Final[tuple[Sector, ...]] = (
    "store",
    "platform",
    "payment",
    "defi",
    "infrastructure",
    "meme",
)


@dataclass(frozen=True, slots=True)
class Coin:
    """One traded pair: how it moves and how it is quoted."""

    base: str
    level: float
    beta: float
    noise: float
    turnover: float
    price_decimals: int
    lot_decimals: int
    kind: Kind = "coin"
    sector: Sector = "platform"
    listed: date | None = None

    @property
    def symbol(self) -> str:
        return f"{self.base}USDT"

    @property
    def quote_decimals(self) -> int:
        """Decimals of price times quantity, which is therefore exact as an integer."""
        return self.price_decimals + self.lot_decimals


M: Final = 1e6

COINS: Final[tuple[Coin, ...]] = (
    Coin("BTC", 96_400.0, 1.00, 0.14, 1900 * M, 2, 5, sector="store"),
    Coin("ETH", 3_420.0, 1.22, 0.24, 1100 * M, 2, 4),
    Coin("XRP", 2.31, 1.12, 0.52, 420 * M, 4, 1, sector="payment"),
    Coin("BNB", 905.0, 0.98, 0.28, 260 * M, 2, 3),
    Coin("SOL", 158.4, 1.42, 0.42, 560 * M, 2, 3),
    Coin("DOGE", 0.17420, 1.38, 0.55, 240 * M, 5, 0, sector="meme"),
    Coin("ADA", 0.5630, 1.30, 0.42, 130 * M, 4, 1),
    Coin("TRX", 0.2930, 0.70, 0.32, 90 * M, 4, 1, sector="payment"),
    Coin("LINK", 15.62, 1.34, 0.44, 95 * M, 3, 2, sector="infrastructure"),
    Coin("AVAX", 17.85, 1.42, 0.46, 85 * M, 3, 2),
    Coin("XLM", 0.2740, 1.16, 0.50, 60 * M, 4, 0, sector="payment"),
    Coin("SUI", 2.046, 1.50, 0.56, 150 * M, 4, 1),
    Coin("BCH", 512.0, 1.10, 0.42, 70 * M, 1, 3, sector="payment"),
    Coin("HBAR", 0.17430, 1.28, 0.56, 65 * M, 5, 0, sector="infrastructure"),
    Coin("LTC", 98.70, 1.12, 0.40, 75 * M, 2, 3, sector="payment"),
    Coin("WLD", 0.6180, 1.36, 0.58, 55 * M, 4, 1, sector="infrastructure"),
    Coin("DOT", 2.964, 1.34, 0.40, 55 * M, 3, 2),
    Coin("UNI", 7.124, 1.36, 0.52, 60 * M, 3, 2, sector="defi"),
    Coin("AAVE", 186.2, 1.40, 0.50, 62 * M, 2, 3, sector="defi"),
    Coin("NEAR", 2.318, 1.44, 0.50, 58 * M, 3, 1),
    Coin("ICP", 5.476, 1.36, 0.56, 40 * M, 3, 2, sector="infrastructure"),
    Coin("ETC", 15.94, 1.22, 0.42, 38 * M, 2, 2),
    Coin("APT", 3.212, 1.44, 0.52, 42 * M, 3, 2),
    Coin("ATOM", 2.942, 1.30, 0.44, 36 * M, 3, 2),
    Coin("FIL", 1.874, 1.36, 0.52, 44 * M, 3, 2, sector="infrastructure"),
    Coin("ARB", 0.2360, 1.44, 0.50, 52 * M, 4, 1),
    Coin("OP", 0.3940, 1.46, 0.50, 40 * M, 4, 2),
    Coin("ALGO", 0.1684, 1.30, 0.46, 26 * M, 4, 0),
    Coin("MKR", 1_512.0, 1.22, 0.50, 24 * M, 1, 4, sector="defi"),
    Coin("INJ", 7.342, 1.46, 0.58, 34 * M, 3, 2, sector="defi"),
    Coin("TIDE", 0.8420, 1.45, 0.68, 28 * M, 4, 1, sector="defi", listed=date(2025, 9, 17)),
    Coin("KELP", 0.03150, 1.55, 0.82, 22 * M, 5, 0, sector="meme", listed=date(2026, 6, 18)),
    Coin("USDC", 0.9998, 0.0, 0.0, 900 * M, 4, 0, kind="stable"),
    Coin("FDUSD", 0.9984, 0.0, 0.0, 190 * M, 4, 0, kind="stable"),
    Coin("DAI", 0.9997, 0.0, 0.0, 22 * M, 4, 0, kind="stable"),
    Coin("EUR", 1.1580, 0.03, 0.035, 30 * M, 4, 1, kind="fiat"),
    Coin("GBP", 1.3120, 0.04, 0.040, 12 * M, 4, 1, kind="fiat"),
    Coin("CHF", 1.2560, 0.02, 0.040, 6 * M, 4, 1, kind="fiat"),
    Coin("JPY", 0.0064500, 0.02, 0.055, 8 * M, 7, 0, kind="fiat"),
    Coin("CAD", 0.7140, 0.03, 0.030, 4 * M, 5, 1, kind="fiat"),
    Coin("AUD", 0.6530, 0.05, 0.050, 4 * M, 5, 1, kind="fiat"),
)
"""Ordered by rank (market value) within each kind of the first batch."""

BATCHES: Final = (slice(0, 37), slice(37, 41))
"""Pairs drawn together. New pairs make a batch of their own at the end: a draw for more pairs would
change the history of those that are there, which running installations have stored."""
