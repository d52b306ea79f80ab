"""How far returns spread."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from risk.measures.arrays import DAYS_PER_YEAR, Array, clean, spread

#: Decay of RiskMetrics for daily data (RiskMetrics Technical Document, 1996).
LAMBDA = 0.94


def mean(returns: npt.ArrayLike) -> float | None:
    """Arithmetic mean per day."""
    values = clean(returns)
    return float(np.mean(values)) if values.size else None


def standard_deviation(returns: npt.ArrayLike) -> float | None:
    """Per day, ddof 1."""
    values = clean(returns)
    return spread(values) if values.size >= 2 else None


def volatility(returns: npt.ArrayLike) -> float | None:
    """Standard deviation per year: daily times √365."""
    deviation = standard_deviation(returns)
    return None if deviation is None else deviation * math.sqrt(DAYS_PER_YEAR)


def downside_deviation(returns: npt.ArrayLike) -> float | None:
    """√(mean of min(r, 0)² over all n) per year: about zero, gains count as zero (Sortino)."""
    values = clean(returns)
    if values.size < 2:
        return None
    return math.sqrt(float(np.mean(np.minimum(values, 0.0) ** 2)) * DAYS_PER_YEAR)


def skewness(returns: npt.ArrayLike) -> float | None:
    """Third standardised moment of the population; None without dispersion."""
    values = clean(returns)
    if values.size < 2 or spread(values) == 0.0:
        return None
    return float(np.mean(_standardised(values) ** 3))


def excess_kurtosis(returns: npt.ArrayLike) -> float | None:
    """Fourth standardised moment of the population, less 3; None without dispersion."""
    values = clean(returns)
    if values.size < 2 or spread(values) == 0.0:
        return None
    return float(np.mean(_standardised(values) ** 4)) - 3.0


def _standardised(values: Array) -> Array:
    standardised: Array = (values - values.mean()) / values.std()
    return standardised


def next_ewma_variance(variance: float, observed: float, decay: float = LAMBDA) -> float:
    """One step of RiskMetrics: λ·sigma² + (1 - λ)·r², zero mean."""
    return decay * variance + (1.0 - decay) * observed * observed


def ewma_volatility(returns: npt.ArrayLike, decay: float = LAMBDA) -> float | None:
    """Standard deviation of the next day by RiskMetrics: zero mean, seeded with the first r²."""
    values = clean(returns)
    if values.size < 2:
        return None
    ages = np.arange(values.size - 1, -1, -1)
    weights = (1.0 - decay) * decay**ages
    weights[0] = decay ** (values.size - 1)
    return math.sqrt(float(weights @ values**2))
