"""Columns of candles in whole ticks and lots, grouped exactly."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

SECOND: Final = 1_000
MINUTE: Final = 60_000
HOUR: Final = 3_600_000
DAY: Final = 86_400_000

FIXED: Final[dict[str, int]] = {
    "1s": SECOND,
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "4h": 4 * HOUR,
    "6h": 6 * HOUR,
    "8h": 8 * HOUR,
    "12h": 12 * HOUR,
    "1d": DAY,
    "3d": 3 * DAY,
    "1w": 7 * DAY,
}
"""Binance's intervals of fixed length, in ms."""
INTERVALS: Final = (*FIXED, "1M")
_MONDAY: Final = 4 * DAY  # 5 January 1970 was the first Monday: weeks open on Mondays


def opening(interval: str, time: Ints) -> Ints:
    """Open time (ms) of the bar that holds each moment (ms)."""
    if interval == "1M":
        months = time.astype("datetime64[ms]").astype("datetime64[M]")
        return months.astype("datetime64[ms]").astype(np.int64)
    origin = _MONDAY if interval == "1w" else 0
    width = FIXED[interval]
    return (time - origin) // width * width + origin


def following(interval: str, opened: int) -> int:
    """Open time (ms) of the bar after the one that opened then."""
    if interval == "1M":
        month = np.datetime64(opened, "ms").astype("datetime64[M]") + 1
        return int(month.astype("datetime64[ms]").astype(np.int64))
    return opened + FIXED[interval]


@dataclass(frozen=True, slots=True)
class Bars:
    """Candles as columns: open time in ms, prices in ticks, volume in lots, quote in tick·lots."""

    time: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints
    quote: Ints
    count: Ints
    buy: Ints
    buy_quote: Ints

    def __len__(self) -> int:
        return len(self.time)

    def columns(self) -> list[Ints]:
        return [getattr(self, field.name) for field in fields(self)]

    def pick(self, rows: slice | NDArray[np.bool_]) -> Bars:
        """The rows of a slice or mask."""
        return Bars(*(column[rows] for column in self.columns()))

    def between(self, start: int, end: int) -> Bars:
        """Bars that open in [start, end)."""
        first, last = np.searchsorted(self.time, [start, end])
        return self.pick(slice(int(first), int(last)))

    def scaled(self, factors: NDArray[np.float64]) -> Bars:
        """The same bars with each price multiplied by its factor and rounded to ticks again."""
        moved = ("open", "high", "low", "close", "quote", "buy_quote")
        return replace(self, **{name: ticks(getattr(self, name), factors) for name in moved})

    def grouped(self, interval: str) -> Bars:
        """Folded into a longer interval; sums are exact."""
        return self.folded(opening(interval, self.time)) if len(self) else self

    def folded(self, key: Ints) -> Bars:
        """Neighbouring rows of equal key become one bar that opens at the key."""
        at = np.flatnonzero(np.diff(key, prepend=key[0] - 1))
        ends = np.append(at[1:], len(key)) - 1
        sums = (
            np.add.reduceat(column, at)
            for column in (self.volume, self.quote, self.count, self.buy, self.buy_quote)
        )
        return Bars(
            key[at],
            self.open[at],
            np.maximum.reduceat(self.high, at),
            np.minimum.reduceat(self.low, at),
            self.close[ends],
            *sums,
        )


def ticks(values: Ints, factors: NDArray[np.float64]) -> Ints:
    """Prices times factors, rounded to whole ticks, never below one; zero stays zero."""
    scaled = np.rint(values * factors).astype(np.int64)
    return np.where((values > 0) & (scaled < 1), 1, scaled)


def joined(parts: list[Bars]) -> Bars:
    """One table of several, in the order given."""
    if not parts:
        return Bars(*(np.empty(0, np.int64) for _ in fields(Bars)))
    columns = zip(*(part.columns() for part in parts), strict=True)
    return Bars(*(np.concatenate(column) for column in columns))
