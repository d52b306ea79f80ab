"""Columns of single trades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from markets.simulated.bars import Bars, Ints


@dataclass(frozen=True, slots=True)
class Trades:
    """Trades as columns: id, time in ms, price in ticks, size in lots, and whether the buyer was
    the maker.
    """

    id: Ints
    time: Ints
    price: Ints
    lots: Ints
    maker: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.id)

    def pick(self, rows: slice | Ints) -> Trades:
        return Trades(
            self.id[rows], self.time[rows], self.price[rows], self.lots[rows], self.maker[rows]
        )

    def until(self, moment: int) -> Trades:
        """Those not later than ``moment`` (ms)."""
        return self.pick(slice(0, int(np.searchsorted(self.time, moment, "right"))))

    def bars(self, width: int) -> Bars:
        """Folded into bars of ``width`` ms; intervals without a trade are left out."""
        bought = np.where(self.maker, 0, self.lots)
        price, lots = self.price, self.lots
        ones = np.ones_like(lots)
        each = Bars(
            self.time, price, price, price, price, lots, lots * price, ones, bought, bought * price
        )
        return each.folded(self.time // width * width) if len(self) else each


def stitched(parts: list[Trades]) -> Trades:
    """One record of several, in the order given; at least one part."""
    return Trades(
        np.concatenate([part.id for part in parts]),
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.price for part in parts]),
        np.concatenate([part.lots for part in parts]),
        np.concatenate([part.maker for part in parts]),
    )
