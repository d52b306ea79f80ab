"""Reward per unit of risk. `risk_free` is a rate per year."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from risk.measures.arrays import DAYS_PER_YEAR, clean, spread
from risk.measures.dispersion import downside_deviation
from risk.measures.drawdown import max_drawdown, wealth


def sharpe(returns: npt.ArrayLike, risk_free: float = 0.0) -> float | None:
    """(mean - risk-free) / standard deviation, per year; None without dispersion."""
    values = clean(returns)
    if values.size < 2:
        return None
    deviation = spread(values)
    if deviation == 0.0:
        return None
    excess = float(values.mean()) - risk_free / DAYS_PER_YEAR
    return excess / deviation * math.sqrt(DAYS_PER_YEAR)


def sortino(returns: npt.ArrayLike, risk_free: float = 0.0) -> float | None:
    """(mean - risk-free) per year / downside deviation; None without a loss."""
    values = clean(returns)
    downside = downside_deviation(values)
    if downside is None or downside == 0.0:
        return None
    return (float(values.mean()) * DAYS_PER_YEAR - risk_free) / downside


def annual_growth(returns: npt.ArrayLike) -> float | None:
    """Compounded growth per year, a year being 365 observations; -1 after a wipe-out."""
    values = clean(returns)
    if values.size < 2:
        return None
    end = float(wealth(values)[-1])
    if end == 0.0:
        return -1.0
    exponent = math.log(end) * DAYS_PER_YEAR / values.size
    return math.expm1(exponent) if exponent < math.log(np.finfo(np.float64).max) else None


def calmar(returns: npt.ArrayLike) -> float | None:
    """Growth per year / size of the deepest drawdown; None where nothing was ever lost."""
    growth, drawn = annual_growth(returns), max_drawdown(returns)
    return None if growth is None or not drawn else growth / -drawn


def omega(returns: npt.ArrayLike) -> float | None:
    """Sum of gains / sum of losses (threshold 0); None without a loss."""
    values = clean(returns)
    lost = -float(np.minimum(values, 0.0).sum())
    if values.size < 2 or lost == 0.0:
        return None
    ratio = float(np.maximum(values, 0.0).sum()) / lost
    return ratio if math.isfinite(ratio) else None
