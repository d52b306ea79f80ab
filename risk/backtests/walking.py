"""What each method would have said: many windows of returns at once, the answers of
`risk.measures.var` to rounding. Rows are windows (windows, days), without NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev

from risk.measures import LAMBDA, LEAST_IN_TAIL, Array, Method
from risk.measures.arrays import NOISE
from risk.measures.filtered import LEAST_EXPECTED
from risk.measures.normal import normal_quantile
from risk.measures.students import NEARLY_NORMAL, standard_quantile

#: Windows are worked on in blocks of so many numbers, so that copies of them stay in the cache.
BLOCK = 500_000
#: Nodes of the polynomial that stands for the t quantile over 1/freedom in [0, 1/4]: good to 1e-11.
NODES = 48


def days_needed(confidence: float, window: int) -> int:
    """The window of a forecast: what was asked, or what the tail takes (n·alpha ≥ 5) if more."""
    return max(window, math.ceil(LEAST_IN_TAIL / (1.0 - confidence) - 1e-6))


def walk(returns: Array, confidence: float, window: int) -> dict[Method, Array]:
    """Forecast of each day after the first `window` from the `window` days before it.

    `returns` (days,) without NaN → per method (days - window,), positive losses, NaN where the
    method is undefined; empty if there are no more days than the window.
    """
    if returns.size <= window:
        return {method: np.empty(0) for method in Method}
    return forecasts(np.lib.stride_tricks.sliding_window_view(returns, window)[:-1], confidence)


def forecasts(rows: Array, confidence: float) -> dict[Method, Array]:
    """Daily VaR of each row by each method, (rows,): positive losses, NaN where undefined."""
    if not len(rows) or rows.shape[1] < 2:
        return {method: np.full(len(rows), np.nan) for method in Method}
    step = max(1, BLOCK // rows.shape[1])
    parts = [_block(rows[at : at + step], confidence) for at in range(0, len(rows), step)]
    return {method: np.concatenate([part[method] for part in parts]) for method in Method}


def _block(rows: Array, confidence: float) -> dict[Method, Array]:
    rows = np.ascontiguousarray(rows)
    shapes = _Shapes(rows)
    ways: dict[Method, Callable[[], Array]] = {
        Method.HISTORICAL: lambda: _historical(rows, confidence),
        Method.PARAMETRIC: lambda: -(shapes.mean + normal_quantile(confidence) * shapes.spread),
        Method.CORNISH_FISHER: lambda: _cornish_fisher(shapes, confidence),
        Method.EWMA: lambda: _ewma(rows, confidence),
        Method.FILTERED_HISTORICAL: lambda: _filtered(rows, confidence),
        Method.STUDENT_T: lambda: _student(shapes, confidence),
    }
    return {method: ways[method]() for method in Method}


class _Shapes:
    """Moments of each row; skewness and excess kurtosis are NaN without dispersion."""

    def __init__(self, rows: Array) -> None:
        days = rows.shape[1]
        self.mean: Array = rows.mean(axis=1)
        apart = rows - self.mean[:, None]
        squared = apart * apart
        variance = squared.mean(axis=1)
        deviation = np.sqrt(variance * days / (days - 1))
        noise = deviation <= NOISE * np.abs(rows).max(axis=1)
        self.spread: Array = np.where(noise, 0.0, deviation)
        variance = np.where(noise, np.nan, variance)
        self.skewness: Array = np.einsum("ij,ij->i", squared, apart) / days / variance**1.5
        self.kurtosis: Array = np.einsum("ij,ij->i", squared, squared) / days / variance**2 - 3.0


def _historical(rows: Array, confidence: float) -> Array:
    place = (rows.shape[1] - 1) * (1.0 - confidence)
    low = min(int(place), rows.shape[1] - 1)
    high = min(low + 1, rows.shape[1] - 1)
    ordered = np.partition(rows, (low, high), axis=1)
    between: Array = ordered[:, low] + (place - low) * (ordered[:, high] - ordered[:, low])
    return -between


def _cornish_fisher(shapes: _Shapes, confidence: float) -> Array:
    z, skew, kurtosis = normal_quantile(confidence), shapes.skewness, shapes.kurtosis
    squared = skew * skew
    inner = (kurtosis / 8 - squared / 6) * (1 - kurtosis / 8 + 5 * squared / 36)
    holds = squared / 9 - 4 * inner <= 0  # Maillard 2012; False for NaN
    place = z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * kurtosis / 24
    place -= (2 * z**3 - 5 * z) * squared / 36
    return np.where(holds, -(shapes.mean + place * shapes.spread), np.nan)


def _ewma(rows: Array, confidence: float) -> Array:
    days = rows.shape[1]
    weights = (1.0 - LAMBDA) * LAMBDA ** np.arange(days - 1, -1, -1)
    weights[0] = LAMBDA ** (days - 1)
    deviation: Array = np.sqrt((rows * rows) @ weights)
    return -normal_quantile(confidence) * deviation


def _filtered(rows: Array, confidence: float) -> Array:
    """The recursion of `risk.measures.filtered` as a sum: all terms are positive, so nothing is
    cancelled, and 0.94 to the power of -3650 is still a float64.
    """
    squared = rows * rows
    first = squared.mean(axis=1, keepdims=True)
    decay = LAMBDA ** np.arange(1, rows.shape[1] + 1)
    later = decay * (first + np.cumsum((1.0 - LAMBDA) * squared / decay, axis=1))
    np.maximum(later, LEAST_EXPECTED**2 * first, out=later)
    expected = np.sqrt(np.concatenate([first, later], axis=1))
    still = expected[:, 0] == 0.0
    surprises = rows / np.where(still[:, None], 1.0, expected[:, :-1])
    scaled = _historical(surprises, confidence) * np.where(still, 0.0, expected[:, -1])
    return np.where(np.isfinite(scaled), scaled, np.nan)


def _student(shapes: _Shapes, confidence: float) -> Array:
    """Degrees of freedom 4 + 6/kurtosis (moments); no excess: the normal; no dispersion: -mean."""
    kurtosis = np.nan_to_num(shapes.kurtosis)
    heavy = kurtosis > 6.0 / NEARLY_NORMAL
    inverse = np.where(heavy, 1.0 / (4.0 + 6.0 / np.where(heavy, kurtosis, 1.0)), 0.0)
    place = chebyshev.chebval(8.0 * inverse - 1.0, _bend(confidence))
    return -(shapes.mean + place * shapes.spread)


@lru_cache(maxsize=64)
def _bend(confidence: float) -> Array:
    """Coefficients of the t quantile (variance 1) over 1/freedom, from 0 (the normal) to 1/4."""
    at = chebyshev.chebpts1(NODES)
    inverse = (at + 1.0) / 8.0
    exact = [standard_quantile(confidence, 1.0 / one) for one in inverse.tolist()]
    fitted: Array = np.asarray(chebyshev.chebfit(at, np.array(exact), NODES - 1))
    return fitted
