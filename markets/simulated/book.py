"""A small order book around the last price: a pure function of pair, price and moment.

One step is 100 ms and one update id, so that a snapshot and the differences between steps always
fit together.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from markets.simulated.bars import Ints
from markets.simulated.coins import Coin
from markets.simulated.tape import Tape

STEP: Final = 100
LEVELS: Final = 100
_STEPS_PER_SIZE: Final = 20  # sizes change every two seconds
_GRID: Final = 2e-5
_MIX: Final = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)

Level = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Book:
    """Best first; each level is (price in ticks, size in lots). ``update_id`` counts steps since
    1970.
    """

    update_id: int
    bids: list[Level]
    asks: list[Level]

    def changes(self, before: Book) -> tuple[list[Level], list[Level]]:
        """Levels of either side that differ from ``before``; size 0 where one is gone."""
        return _changed(before.bids, self.bids), _changed(before.asks, self.asks)


def at(tape: Tape, step: int) -> Book:
    """The book of a pair after the step."""
    last = tape.last(step * STEP)
    price = int(last.price[0])
    bid = max(1, price if last.maker[0] else price - 1)
    grid = max(1, round(price * _GRID))
    rungs = np.arange(1, LEVELS, dtype=np.int64) * grid
    below = np.append(bid, (bid - 1) // grid * grid + grid - rungs)
    above = np.append(bid + 1, -(-(bid + 2) // grid) * grid - grid + rungs)
    bids = np.unique(below[below > 0])[::-1]
    asks = np.unique(above[above > bid])
    return Book(step, _sized(tape.coin, bids, step), _sized(tape.coin, asks, step))


def _sized(coin: Coin, prices: Ints, step: int) -> list[Level]:
    """Sizes grow away from the middle; hashed from price and time, hence the same for everyone."""
    usual = coin.turnover * 2e-5 / coin.level * 10**coin.lot_decimals
    depth = 0.3 + np.arange(len(prices)) / LEVELS
    key = prices.astype(np.uint64) + np.uint64(step // _STEPS_PER_SIZE * 7919 + _salt(coin))
    size = usual * depth * (0.2 - np.log1p(-_uniform(key)))
    lots = np.maximum(1, np.rint(size)).astype(np.int64)
    return list(zip(prices.tolist(), lots.tolist(), strict=True))


def _salt(coin: Coin) -> int:
    return zlib.crc32(coin.symbol.encode())


def _uniform(key: NDArray[np.uint64]) -> NDArray[np.float64]:
    """splitmix64 of the key, in [0, 1)."""
    first, second, third = (np.uint64(number) for number in _MIX)
    mixed = key * first
    mixed = (mixed ^ (mixed >> np.uint64(30))) * second
    mixed = (mixed ^ (mixed >> np.uint64(27))) * third
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53


def _changed(before: list[Level], after: list[Level]) -> list[Level]:
    old, new = dict(before), dict(after)
    gone = [(price, 0) for price in old if price not in new]
    return gone + [(price, lots) for price, lots in new.items() if old.get(price) != lots]
