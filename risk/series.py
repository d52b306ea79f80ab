"""The risk series: what today's portfolio would have returned on each day of the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from risk.measures import Array
from risk.proxies import Proxy, Source, fill

#: Assets that have less than half of the window are left out if they are at most so much of the
#: value; were they more, a series without them would not speak of this portfolio.
SMALL_SHARE = 0.20


@dataclass(frozen=True)
class Series:
    """Daily simple returns of a portfolio at today's weights.

    `symbols`, `weights` (they sum to 1) and the columns of `asset_returns` belong together; the
    rows of `asset_returns` and `returns` are the days on which every one of them has a return.
    `own_returns` has all days of the window, NaN where an asset has none. `proxies` tells which of
    all these returns are stand-ins.
    """

    days: list[date]
    symbols: list[str]
    weights: Array
    asset_returns: Array
    own_returns: Array
    window_days: list[date]
    returns: Array
    left_out: dict[str, int]
    short: dict[str, int]
    proxies: list[Proxy] = field(default_factory=list)


def simple_returns(closes: Array) -> Array:
    """(days + 1, assets) of closes → (days, assets) of returns, NaN where either close is."""
    return np.asarray(closes[1:] / closes[:-1] - 1.0, dtype=np.float64)


def build(
    symbols: Sequence[str],
    weights: Array,
    days: Sequence[date],
    closes: Array,
    window: int,
    *,
    source: Source | None = None,
) -> Series:
    """The series of `weights` over `closes` (rows are the consecutive `days`).

    Missing returns are filled from `source` where it is given and can (`risk.proxies`). Then
    assets with fewer than window / 2 returns are left out, and the others stand for them, if
    together they weigh at most `SMALL_SHARE`; else the series has the days that all have.
    """
    own, proxies = simple_returns(closes), list[Proxy]()
    if source is not None:
        own, proxies = fill(symbols, own, source)
    counts = np.isfinite(own).sum(axis=0)
    kept = _kept(weights, counts, window)
    chosen = np.where(kept, weights, 0.0)[kept]
    complete = np.logical_and.reduce(np.isfinite(own[:, kept]), axis=1)
    asset_returns = own[complete][:, kept]
    shares = chosen / chosen.sum()
    have = dict(zip(symbols, counts.tolist(), strict=True))
    return Series(
        days=[day for day, is_complete in zip(days[1:], complete, strict=True) if is_complete],
        symbols=[symbol for symbol, is_kept in zip(symbols, kept, strict=True) if is_kept],
        weights=shares,
        asset_returns=asset_returns,
        own_returns=own[:, kept],
        window_days=list(days[1:]),
        returns=asset_returns @ shares,
        left_out={s: have[s] for s, k in zip(symbols, kept, strict=True) if not k},
        short={s: have[s] for s, k in zip(symbols, kept, strict=True) if k and have[s] < window},
        proxies=proxies,
    )


def _kept(weights: Array, counts: npt.NDArray[np.int_], window: int) -> npt.NDArray[np.bool_]:
    """Which assets the series is made of."""
    long_enough: npt.NDArray[np.bool_] = counts >= window / 2
    if not long_enough.any() or weights[~long_enough].sum() > SMALL_SHARE:
        return np.ones(weights.size, dtype=bool)
    return long_enough
