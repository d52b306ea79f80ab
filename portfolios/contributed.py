"""What each asset added to the return of the whole. No framework; float64 ratios of money.

Every asset is a sleeve of its own: money flows into it and out of it, and what it is worth more in
the end than that is its profit. The sleeves' profits of a day sum to the whole's, and each day's
share is carried on by what the whole had grown to before, so that the shares sum to the whole's
time-weighted return (growth linking).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sleeves:
    """Days x assets. `values` holds day 0 = the evening before the first day, NaN: not priced.

    `values` has one row more than `inflows` and `outflows`. Units of an asset that are none are
    worth 0, whether it is priced or not. `whole` is what came into the whole on each day: a swap
    moves money between sleeves only, so that it is not the sum of theirs.
    """

    values: Floats
    inflows: Floats
    outflows: Floats
    whole: Floats

    def valued(self) -> Sleeves:
        """The days on which everything that is held is priced; the flows of the days between go
        to the next one of these. Days after the last one are dropped.
        """
        known: NDArray[np.bool_] = np.logical_not(np.isnan(self.values).any(axis=1))
        known[0] = True
        if known.all():
            return self
        rows = np.flatnonzero(known[1:])
        if not len(rows):
            nothing = np.zeros((0, self.values.shape[1]))
            return Sleeves(self.values[:1], nothing, nothing, np.zeros(0))
        starts = np.concatenate(([0], rows[:-1] + 1))
        last = rows[-1] + 1
        return Sleeves(
            self.values[np.concatenate(([0], rows + 1))],
            np.add.reduceat(self.inflows[:last], starts, axis=0),
            np.add.reduceat(self.outflows[:last], starts, axis=0),
            np.add.reduceat(self.whole[:last], starts),
        )

    def profits(self) -> Floats:
        """Of each day and asset, in money."""
        before, after = self.values[:-1], self.values[1:]
        profits: Floats = after - before + self.outflows - self.inflows
        return profits

    def returns(self) -> Floats:
        """Of each day and asset: (V + out) ÷ (V before + in) - 1; 0 where nothing was at work."""
        at_work = self.values[:-1] + self.inflows
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = (self.values[1:] + self.outflows) / at_work - 1
        return np.where(at_work > 0, ratio, 0.0)


def time_weighted(sleeves: Sleeves) -> Floats:
    """Each asset's own return, days linked. Shape (assets,)."""
    growth: Floats = np.prod(1 + sleeves.returns(), axis=0) - 1
    return _clean(growth)


def linked(sleeves: Sleeves) -> tuple[Floats, float]:
    """Each asset's part of the whole's return, and that return, as fractions."""
    at_work = sleeves.values[:-1].sum(axis=1) + sleeves.whole
    profits = sleeves.profits()
    working = at_work > 0
    daily = np.divide(
        profits, at_work[:, None], out=np.zeros(profits.shape), where=working[:, None]
    )
    growth = np.concatenate(([1.0], np.cumprod(1 + daily.sum(axis=1))))
    parts: Floats = (daily * growth[:-1, None]).sum(axis=0)
    return _clean(parts), float(growth[-1] - 1)


def _clean(ratios: Floats) -> Floats:
    """Without the noise of float64, which would give nothing a sign."""
    rounded: Floats = np.round(ratios, 14) + 0.0
    return rounded
