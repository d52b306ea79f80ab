"""Against a benchmark: on paired observations, both series of the same length."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from risk.measures.arrays import DAYS_PER_YEAR, Array, paired, spread
from risk.measures.dependence import beta


def alpha(returns: npt.ArrayLike, benchmark: npt.ArrayLike, risk_free: float = 0.0) -> float | None:
    """Jensen's, per year: (mean - f - beta·(benchmark's mean - f))·365, f the daily risk-free."""
    own, other = paired(returns, benchmark)
    slope = beta(own, other)
    if slope is None:
        return None
    free = risk_free / DAYS_PER_YEAR
    excess = float(own.mean()) - free - slope * (float(other.mean()) - free)
    return excess * DAYS_PER_YEAR


def tracking_error(returns: npt.ArrayLike, benchmark: npt.ArrayLike) -> float | None:
    """Standard deviation of the difference (ddof 1), per year."""
    own, other = paired(returns, benchmark)
    if own.size < 2:
        return None
    return _deviation(own, other) * math.sqrt(DAYS_PER_YEAR)


def information_ratio(returns: npt.ArrayLike, benchmark: npt.ArrayLike) -> float | None:
    """Mean of the difference / its deviation, per year; None where they do not differ."""
    own, other = paired(returns, benchmark)
    if own.size < 2:
        return None
    deviation = _deviation(own, other)
    if deviation == 0.0:
        return None
    return float((own - other).mean()) / deviation * math.sqrt(DAYS_PER_YEAR)


def _deviation(own: Array, other: Array) -> float:
    """Of the difference; exactly 0 where it is rounding noise beside the returns themselves."""
    deviation = spread(own - other)
    size = float(np.max(np.abs(own))) + float(np.max(np.abs(other)))
    return 0.0 if deviation <= 1e-12 * size else deviation


def up_capture(returns: npt.ArrayLike, benchmark: npt.ArrayLike) -> float | None:
    """Mean return / benchmark's mean return over the days on which the benchmark rose."""
    own, other = paired(returns, benchmark)
    return _share(own, other, other > 0.0)


def down_capture(returns: npt.ArrayLike, benchmark: npt.ArrayLike) -> float | None:
    """The same over the days on which it fell: below 1 is less loss than the benchmark's."""
    own, other = paired(returns, benchmark)
    return _share(own, other, other < 0.0)


def _share(own: Array, other: Array, days: npt.NDArray[np.bool_]) -> float | None:
    if own.size < 2 or not days.any():
        return None
    return float(own[days].mean()) / float(other[days].mean())
