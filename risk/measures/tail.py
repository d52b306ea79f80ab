"""How much is lost on bad days. Every figure is a positive loss per day (fraction of value)."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from risk.measures.arrays import Array, clean, spread
from risk.measures.dispersion import ewma_volatility, excess_kurtosis, skewness

#: Fewer observations than this beyond the quantile say nothing about a tail.
LEAST_IN_TAIL = 5.0


def tail_is_shown(observations: int, confidence: float) -> bool:
    """Whether VaR and CVaR of so many observations may be shown: n·alpha ≥ 5 with alpha = 1 - c."""
    return observations * (1.0 - confidence) >= LEAST_IN_TAIL - 1e-9  # 1 - 0.9 is not quite 0.1


def historical_var(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """Linear quantile of the returns (Hyndman-Fan 7, Excel's PERCENTILE.INC), as a loss."""
    values = clean(returns)
    if values.size < 2:
        return None
    return -float(np.quantile(values, 1.0 - confidence, method="linear"))


def tail_weights(returns: npt.ArrayLike, confidence: float = 0.95) -> Array:
    """Weight of each day in the worst share alpha: 1/(n·alpha), a fraction at the boundary.

    `returns` must hold no NaN. The weights sum to 1 (Rockafellar-Uryasev; Acerbi-Tasche).
    """
    values = np.asarray(returns, dtype=np.float64)
    mass = values.size * (1.0 - confidence)
    ranks = np.empty(values.size)
    ranks[np.argsort(values, kind="stable")] = np.arange(values.size)
    return np.clip(mass - ranks, 0.0, 1.0) / mass


def cvar(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """Mean of the worst share alpha of days, the boundary observation by its fraction."""
    values = clean(returns)
    if values.size < 2:
        return None
    return -float(tail_weights(values, confidence) @ values)


def component_cvar(
    asset_returns: Array, weights: Array, confidence: float = 0.95
) -> tuple[Array, float] | None:
    """Share of each asset in the CVaR (Euler), and the CVaR that they sum to.

    `asset_returns` is (days, assets) without NaN, `weights` (assets,). The tail days are those of
    the portfolio; an asset that rises on them has a negative part.
    """
    if asset_returns.shape[0] < 2:
        return None
    tail = tail_weights(asset_returns @ weights, confidence)
    parts = -(tail @ asset_returns) * weights
    return parts, float(parts.sum())


def parametric_var(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """-(μ + z·sigma), z the normal quantile of alpha."""
    values = clean(returns)
    if values.size < 2:
        return None
    return -(float(values.mean()) + _quantile(confidence) * spread(values))


def component_parametric_var(
    asset_returns: Array, weights: Array, deviations: Array, confidence: float = 0.95
) -> Array:
    """Each asset's part in the parametric VaR (Euler): -(w·mean + z·its part of the deviation).

    `deviations` are the parts of the daily standard deviation (`component_volatility`); the answer
    sums to `parametric_var` of the weighted returns.
    """
    parts: Array = -(weights * asset_returns.mean(axis=0) + _quantile(confidence) * deviations)
    return parts


def ewma_var(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """-z·sigma of RiskMetrics (λ = 0.94, zero mean)."""
    deviation = ewma_volatility(returns)
    return None if deviation is None else -_quantile(confidence) * deviation


def cornish_fisher_domain(skew: float, kurtosis: float) -> bool:
    """Whether the expansion is monotone at this skewness and excess kurtosis (Maillard 2012)."""
    squared = skew * skew
    inner = (kurtosis / 8 - squared / 6) * (1 - kurtosis / 8 + 5 * squared / 36)
    return squared / 9 - 4 * inner <= 0


def cornish_fisher_expansion(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """The raw expansion (Zangari 1996; Favre-Galeano 2002), inside its domain or not."""
    values = clean(returns)
    skew, kurtosis = skewness(values), excess_kurtosis(values)
    if skew is None or kurtosis is None:
        return None
    z = _quantile(confidence)
    bent = z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * kurtosis / 24
    bent -= (2 * z**3 - 5 * z) * skew**2 / 36
    return -(float(values.mean()) + bent * spread(values))


def cornish_fisher_var(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """The expansion where it holds (Maillard's domain), else None."""
    skew, kurtosis = skewness(returns), excess_kurtosis(returns)
    if skew is None or kurtosis is None or not cornish_fisher_domain(skew, kurtosis):
        return None
    return cornish_fisher_expansion(returns, confidence)


def _quantile(confidence: float) -> float:
    return NormalDist().inv_cdf(1.0 - confidence)
