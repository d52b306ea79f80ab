"""How much a bell curve says can be lost, plain, bent or recent. Positive losses per day."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TypeVar

import numpy.typing as npt

from risk.measures.arrays import Array, clean, spread
from risk.measures.dispersion import ewma_volatility, excess_kurtosis, skewness

_NORMAL = NormalDist()
Number = TypeVar("Number", float, Array)


def normal_quantile(confidence: float) -> float:
    """z of the tail: negative above 50 %."""
    return _NORMAL.inv_cdf(1.0 - confidence)


def normal_tail_mean(confidence: float) -> float:
    """Mean of a standard normal below `normal_quantile`: -φ(z)/alpha."""
    return -_NORMAL.pdf(normal_quantile(confidence)) / (1.0 - confidence)


def parametric_var(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """-(μ + z·sigma), z the normal quantile of alpha."""
    return _of_normal(returns, normal_quantile(confidence))


def parametric_cvar(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """-(μ - sigma·φ(z)/alpha): the mean of the normal tail beyond the VaR."""
    return _of_normal(returns, normal_tail_mean(confidence))


def _of_normal(returns: npt.ArrayLike, place: float) -> float | None:
    values = clean(returns)
    if values.size < 2:
        return None
    return -(float(values.mean()) + place * spread(values))


def ewma_var(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """-z·sigma of RiskMetrics (λ = 0.94, zero mean)."""
    deviation = ewma_volatility(returns)
    return None if deviation is None else -normal_quantile(confidence) * deviation


def ewma_cvar(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """sigma·φ(z)/alpha with the sigma of RiskMetrics."""
    deviation = ewma_volatility(returns)
    return None if deviation is None else -normal_tail_mean(confidence) * deviation


def cornish_fisher_domain(skew: float, kurtosis: float) -> bool:
    """Whether the expansion is monotone at this skewness and excess kurtosis (Maillard 2012)."""
    squared = skew * skew
    inner = (kurtosis / 8 - squared / 6) * (1 - kurtosis / 8 + 5 * squared / 36)
    return squared / 9 - 4 * inner <= 0


def cornish_fisher_expansion(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """The raw expansion (Zangari 1996; Favre-Galeano 2002), inside its domain or not."""
    z = normal_quantile(confidence)
    return _of_expansion(returns, z, z**2, z**3)


def cornish_fisher_var(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """The expansion where it holds (Maillard's domain), else None."""
    return cornish_fisher_expansion(returns, confidence) if _holds(returns) else None


def cornish_fisher_cvar(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """Mean of the expansion over the tail, in closed form; None outside Maillard's domain.

    Inside it the expansion is a quantile function, so its mean over the worst alpha is its CVaR:
    z, z² and z³ become their means over the normal tail, -φ/alpha, 1 - zφ/alpha, -(z² + 2)φ/alpha.
    """
    if not _holds(returns):
        return None
    z, tail = normal_quantile(confidence), normal_tail_mean(confidence)
    return _of_expansion(returns, tail, 1.0 + z * tail, (z * z + 2.0) * tail)


def bent(z: Number, squared: Number, cubed: Number, skew: float, kurtosis: float) -> Number:
    """Cornish-Fisher's polynomial; its powers come apart so that they may be means over a tail."""
    return (
        z
        + (squared - 1) * skew / 6
        + (cubed - 3 * z) * kurtosis / 24
        - (2 * cubed - 5 * z) * skew**2 / 36
    )


def _holds(returns: npt.ArrayLike) -> bool:
    skew, kurtosis = skewness(returns), excess_kurtosis(returns)
    return skew is not None and kurtosis is not None and cornish_fisher_domain(skew, kurtosis)


def _of_expansion(returns: npt.ArrayLike, z: float, squared: float, cubed: float) -> float | None:
    values = clean(returns)
    skew, kurtosis = skewness(values), excess_kurtosis(values)
    if skew is None or kurtosis is None:
        return None
    place = bent(z, squared, cubed, skew, kurtosis)
    loss = -(float(values.mean()) + place * spread(values))
    return loss if math.isfinite(loss) else None
