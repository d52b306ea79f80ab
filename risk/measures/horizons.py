"""From one day to several: overlapping returns of the past, and seeded paths of each method.

The square root of time needs no code of its own: see `risk.measures.methods`.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from risk.measures.arrays import Array, clean, spread
from risk.measures.dispersion import LAMBDA, ewma_volatility, excess_kurtosis, skewness
from risk.measures.filtered import LEAST_EXPECTED, surprises
from risk.measures.names import Method
from risk.measures.normal import bent, cornish_fisher_domain
from risk.measures.students import degrees_of_freedom

#: Paths of a simulated horizon: the quantile of 95 % is then good to about 2 % of itself.
PATHS = 4000
#: Mean length of a block of consecutive days (Politis-Romano's stationary bootstrap).
BLOCK = 10


def overlapping_returns(returns: npt.ArrayLike, days: int) -> Array:
    """Compounded return of each stretch of `days` observations in a row: n - days + 1 values."""
    values = clean(returns)
    if values.size < days:
        return np.empty(0)
    stretches = np.lib.stride_tricks.sliding_window_view(np.maximum(1.0 + values, 0.0), days)
    compounded: Array = stretches.prod(axis=1) - 1.0
    return compounded


def stationary_blocks(
    rng: np.random.Generator, observations: int, paths: int, days: int, block: float = BLOCK
) -> npt.NDArray[np.int64]:
    """Indices (paths, days) of a stationary bootstrap: blocks of mean length `block`, each from a
    random day, going around the end (Politis and Romano 1994).
    """
    places = rng.integers(0, observations, (paths, days))
    starts = rng.random((paths, days)) < 1.0 / block
    starts[:, 0] = True
    at = np.arange(days)
    begun = np.maximum.accumulate(np.where(starts, at, 0), axis=1)
    drawn: npt.NDArray[np.int64] = (
        np.take_along_axis(places, begun, axis=1) + (at - begun)
    ) % observations
    return drawn


def compounded(daily: Array) -> Array:
    """Return of each path of daily returns (paths, days)."""
    whole: Array = np.maximum(1.0 + daily, 0.0).prod(axis=1) - 1.0
    return whole


def simulated_returns(
    method: Method, returns: npt.ArrayLike, days: int, *, seed: int = 0, paths: int = PATHS
) -> Array:
    """Returns of `paths` seeded paths of `days` days each, drawn as `method` sees the world.

    Historical: stationary block bootstrap. Parametric, Cornish-Fisher and Student's t: independent
    days of their own distribution. EWMA and filtered historical: normal days, or resampled
    surprises, at a volatility that RiskMetrics updates along the path. Empty where undefined.
    """
    values, rng = clean(returns), np.random.default_rng(seed)
    if values.size < 2:
        return np.empty(0)
    shape = (paths, days)
    if method is Method.HISTORICAL:
        return compounded(values[stationary_blocks(rng, values.size, paths, days)])
    if method is Method.EWMA:
        return _updated(rng.standard_normal(shape), ewma_volatility(values) or 0.0, 0.0)
    if method is Method.FILTERED_HISTORICAL:
        standardised, today = surprises(values) or (np.zeros(1), 0.0)
        drawn = standardised[rng.integers(0, standardised.size, shape)]
        return _updated(drawn, today, LEAST_EXPECTED * math.sqrt(float(np.mean(values**2))))
    standard = _standard(method, values, rng, shape)
    if standard is None:
        return np.empty(0)
    return compounded(float(values.mean()) + spread(values) * standard)


def _standard(
    method: Method, values: Array, rng: np.random.Generator, shape: tuple[int, int]
) -> Array | None:
    """Independent draws of mean 0 and deviation 1; None where the method is undefined."""
    drawn = rng.standard_normal(shape)
    skew, kurtosis = skewness(values), excess_kurtosis(values)
    if method is Method.CORNISH_FISHER:
        if skew is None or kurtosis is None or not cornish_fisher_domain(skew, kurtosis):
            return None
        squared = drawn * drawn
        return bent(drawn, squared, squared * drawn, skew, kurtosis)
    if method is Method.STUDENT_T:
        freedom = degrees_of_freedom(values)
        if freedom is not None and math.isfinite(freedom):
            shrunk = np.sqrt((freedom - 2.0) / rng.chisquare(freedom, shape))
            return np.asarray(drawn * shrunk, dtype=np.float64)
    return drawn


def _updated(standard: Array, today: float, least: float) -> Array:
    """Compounded paths whose variance follows RiskMetrics day by day, from `today`'s deviation."""
    variance = np.full(standard.shape[0], today * today)
    wealth = np.ones(standard.shape[0])
    for drawn in standard.T:
        observed = np.sqrt(variance) * drawn
        wealth *= np.maximum(1.0 + observed, 0.0)
        variance = np.maximum(LAMBDA * variance + (1.0 - LAMBDA) * observed**2, least * least)
    return wealth - 1.0
