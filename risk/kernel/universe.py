"""What all portfolios share: the assets' returns, and everything that follows from these alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from risk.measures import LAMBDA, Array
from risk.measures.arrays import spread


@dataclass(frozen=True)
class Universe:
    """Daily simple returns of `symbols`: `by_asset` is (assets, days), float64, C-contiguous and
    without NaN, one asset's days side by side as the kernel reads them.

    `benchmark` holds the returns of the portfolios' benchmark on the same days, or is None.
    """

    symbols: tuple[str, ...]
    by_asset: Array
    benchmark: Array | None = None

    @classmethod
    def of(cls, symbols: Sequence[str], returns: Array, benchmark: Array | None = None) -> Universe:
        """From `returns` (days, assets). ValueError names what is not finite or does not fit."""
        if returns.ndim != 2 or returns.shape[1] != len(symbols):
            raise ValueError(f"returns {returns.shape} are not (days, {len(symbols)} symbols)")
        gaps = ~np.isfinite(returns).all(axis=0)
        if gaps.any():
            named = ", ".join(np.asarray(symbols)[gaps])
            raise ValueError(f"returns of {named} have gaps: measure their portfolios singly")
        made = cls(tuple(symbols), np.ascontiguousarray(returns.T, dtype=np.float64))
        return made.against(benchmark)

    def against(self, benchmark: Array | None) -> Universe:
        """The same assets beside another benchmark (days,); what is cached of them is kept."""
        if benchmark is not None and benchmark.shape != (self.days,):
            raise ValueError(f"benchmark {benchmark.shape} has not the {self.days} days")
        if benchmark is not None and not np.isfinite(benchmark).all():
            raise ValueError("the benchmark has gaps")
        made = replace(self, benchmark=benchmark)
        for name in ("means", "covariance", "decayed", "column"):
            if name in self.__dict__:
                made.__dict__[name] = self.__dict__[name]
        return made

    @property
    def days(self) -> int:
        return int(self.by_asset.shape[1])

    @cached_property
    def column(self) -> dict[str, int]:
        """Where a symbol stands."""
        return {symbol: at for at, symbol in enumerate(self.symbols)}

    @cached_property
    def means(self) -> Array:
        """Per day, (assets,)."""
        means: Array = self.by_asset.mean(axis=1)
        return means

    @cached_property
    def covariance(self) -> Array:
        """Sample covariance per day (ddof 1), (assets, assets)."""
        return np.ascontiguousarray(np.atleast_2d(np.cov(self.by_asset, ddof=1)), np.float64)

    @cached_property
    def betas(self) -> Array:
        """Of each asset to the benchmark, (assets,); NaN where the benchmark does not move."""
        unknown: Array = np.full(len(self.symbols), np.nan)
        if self.benchmark is None or self.days < 2 or spread(self.benchmark) == 0.0:
            return unknown
        moved = self.benchmark - self.benchmark.mean()
        shifted = self.by_asset - self.means[:, None]
        betas: Array = (shifted @ moved) / (moved @ moved)
        return betas

    @cached_property
    def decayed(self) -> Array:
        """RiskMetrics' weight of each day's square, (days,): the first day is the seed."""
        ages = np.arange(self.days - 1, -1, -1)
        weights = np.asarray((1.0 - LAMBDA) * LAMBDA**ages, dtype=np.float64)
        weights[:1] = LAMBDA ** max(self.days - 1, 0)
        return weights
