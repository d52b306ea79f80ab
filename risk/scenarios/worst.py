"""The worst stretch of days that today's holdings would have met in all stored history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from risk.measures import Array


@dataclass(frozen=True)
class Stretch:
    """From the close of `start` to that of `end`. `change` is the portfolio's, `changes` (assets,)
    each asset's; `proxied` (assets,) marks those without both closes, moved by beta times factor.
    """

    start: date
    end: date
    change: float
    changes: Array
    proxied: npt.NDArray[np.bool_]


def worst_stretch(
    days: Sequence[date], closes: Array, weights: Array, *, betas: Array, factor: Array, length: int
) -> Stretch | None:
    """The `length` consecutive days over which holding these weights untouched lost most.

    `closes` (days, assets) and `factor` (days,) with NaN where there is none, rows on consecutive
    days; `weights` and `betas` (assets,). A stretch that lacks an asset's close and the factor's
    as well is passed over, save for assets of beta 0. None if no stretch is left.
    """
    if len(days) <= length:
        return None
    changes = closes[length:] / closes[:-length] - 1.0
    of_factor = factor[length:] / factor[:-length] - 1.0
    proxied = ~np.isfinite(changes)
    with np.errstate(invalid="ignore"):
        stand_in = np.where(betas == 0.0, 0.0, betas * of_factor[:, None])
    changes = np.maximum(np.where(proxied, stand_in, changes), -1.0)
    totals = changes @ weights
    if not np.isfinite(totals).any():
        return None
    at = int(np.nanargmin(totals))
    return Stretch(
        start=days[at],
        end=days[at + length],
        change=float(totals[at]),
        changes=changes[at],
        proxied=proxied[at] & (betas != 0.0),
    )
