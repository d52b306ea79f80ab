"""What the kernel must say, in plain NumPy: one portfolio after the other, by `risk.measures`.

Readable and slow. Tests hold `risk.kernel.measure_many` to it at 1e-12.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from risk import measures
from risk.measures import Array, Measure

Figures = dict[Measure, float | None]

#: Of a risk answer's figures, those that the kernel computes.
MEASURES = (
    Measure.VOLATILITY,
    Measure.VAR_HISTORICAL,
    Measure.VAR_PARAMETRIC,
    Measure.VAR_CORNISH_FISHER,
    Measure.VAR_EWMA,
    Measure.CVAR,
    Measure.SHARPE,
    Measure.SORTINO,
    Measure.CALMAR,
    Measure.MAX_DRAWDOWN,
    Measure.CURRENT_DRAWDOWN,
    Measure.BETA,
    Measure.HHI,
)


def measure_many(
    returns: Array,
    benchmark: Array | None,
    indptr: npt.NDArray[np.int64],
    indices: npt.NDArray[np.int64],
    weights: Array,
    *,
    confidence: float = 0.95,
    risk_free: float = 0.0,
) -> list[Figures]:
    """The thirteen measures of each portfolio of a CSR batch over `returns` (days, assets)."""
    return [
        measure(
            returns[:, indices[start:end]], weights[start:end], benchmark, confidence, risk_free
        )
        for start, end in pairwise(indptr)
    ]


def measure(
    asset_returns: Array,
    weights: Array,
    benchmark: Array | None,
    confidence: float = 0.95,
    risk_free: float = 0.0,
) -> Figures:
    """Of one portfolio: `asset_returns` (days, its assets), `weights` (its assets,). None where
    undefined; everything is if there are no assets.
    """
    if not weights.size:
        return dict.fromkeys(MEASURES)
    series = asset_returns @ weights
    return {
        Measure.VOLATILITY: measures.volatility(series),
        Measure.VAR_HISTORICAL: measures.historical_var(series, confidence),
        Measure.VAR_PARAMETRIC: measures.parametric_var(series, confidence),
        Measure.VAR_CORNISH_FISHER: measures.cornish_fisher_var(series, confidence),
        Measure.VAR_EWMA: measures.ewma_var(series, confidence),
        Measure.CVAR: measures.historical_cvar(series, confidence),
        Measure.SHARPE: measures.sharpe(series, risk_free),
        Measure.SORTINO: measures.sortino(series, risk_free),
        Measure.CALMAR: measures.calmar(series),
        Measure.MAX_DRAWDOWN: measures.max_drawdown(series),
        Measure.CURRENT_DRAWDOWN: measures.current_drawdown(series),
        Measure.BETA: None if benchmark is None else measures.beta(series, benchmark),
        Measure.HHI: measures.hhi(weights),
    }
