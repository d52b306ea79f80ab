"""The compiled loops. Arrays in, arrays out; what is undefined is NaN.

Sums may be reassociated (several accumulators instead of one, which vectorises and rounds no
worse); no other liberty of fast mathematics is taken: NaN and zero carry meaning here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from risk.measures import DAYS_PER_YEAR, Array, cornish_fisher_domain
from risk.measures.arrays import NOISE

Ints = npt.NDArray[np.int64]
Compiled = TypeVar("Compiled", bound=Callable[..., Any])

#: The tail is looked for below so many standard deviations from the mean first.
NEAR_TAIL = 1.2
#: Halvings of the tail's range before it is sorted instead: equal returns cannot be told apart.
HALVINGS = 48
#: Growth beyond this exponent is no number (`measures.annual_growth` says the same).
LARGEST_EXPONENT = math.log(float(np.finfo(np.float64).max))

#: Columns of what `measure` writes, in this order.
(
    VOLATILITY,
    HISTORICAL,
    PARAMETRIC,
    CORNISH_FISHER,
    EWMA,
    CVAR,
    SHARPE,
    SORTINO,
    CALMAR,
    MAX_DRAWDOWN,
    CURRENT_DRAWDOWN,
    BETA,
    HHI,
) = range(13)


_SUMS = {"reassoc", "contract", "nsz"}


def _compiled(function: Compiled) -> Compiled:
    """Compiled once a machine."""
    made = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_SUMS)(function)
    return cast(Compiled, made)


def _searching(function: Compiled) -> Compiled:
    """The same where no value can be NaN, so that minima and counts vectorise, too."""
    flags = _SUMS | {"nnan"}
    made = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=flags)(function)
    return cast(Compiled, made)


_in_domain = _compiled(cornish_fisher_domain)


@_compiled
def series(  # noqa: PLR0917 - compiled code takes no keywords
    by_asset: Array, indices: Ints, weights: Array, start: int, end: int, out: Array
) -> None:
    """Σ weight · return over the positions start..end into `out`, four assets a pass."""
    out[:] = 0.0
    at = start
    while at + 4 <= end:
        a, b = by_asset[indices[at]], by_asset[indices[at + 1]]
        c, d = by_asset[indices[at + 2]], by_asset[indices[at + 3]]
        u, v, w, x = weights[at], weights[at + 1], weights[at + 2], weights[at + 3]
        for day in range(out.size):
            out[day] += u * a[day] + v * b[day] + w * c[day] + x * d[day]
        at += 4
    while at < end:
        a, u = by_asset[indices[at]], weights[at]
        for day in range(out.size):
            out[day] += u * a[day]
        at += 1


@_compiled
def moments(returns: Array, decayed: Array) -> tuple[float, float, float, float, float, float]:
    """Mean; Σ d², Σ d³, Σ d⁴ about it; Σ min(r, 0)²; Σ decayed · r²."""
    total = 0.0
    for day in range(returns.size):
        total += returns[day]
    mean = total / returns.size
    second = third = fourth = below = recent = 0.0
    for day in range(returns.size):
        value = returns[day]
        moved = value - mean
        square = moved * moved
        second += square
        third += square * moved
        fourth += square * square
        loss = value if value < 0.0 else 0.0
        below += loss * loss
        recent += decayed[day] * (value * value)
    return mean, second, third, fourth, below, recent


@_compiled
def without_noise(deviation: float, mean: float, returns: Array) -> float:
    """Exactly 0 for a spread that is rounding noise beside the values (`measures.arrays.spread`).

    The largest value is looked for only when its upper bound leaves a doubt.
    """
    if deviation > NOISE * (abs(mean) + math.sqrt(returns.size) * deviation):
        return deviation
    largest = 0.0
    for day in range(returns.size):
        largest = max(largest, abs(returns[day]))
    return 0.0 if deviation <= NOISE * largest else deviation


@_compiled
def drawdown(returns: Array) -> tuple[float, float, float]:
    """Deepest and last point under water (≤ 0), and what 1 has become; NaN beyond all numbers.

    Four days at a time: their growth is multiplied out ahead, so that the chain of products is a
    quarter as long, and the peak is only followed where one of the four makes news.
    """
    wealth = peak = deepest = 1.0
    whole = returns.size - returns.size % 4
    for day in range(0, whole, 4):
        one, two = max(1.0 + returns[day], 0.0), max(1.0 + returns[day + 1], 0.0)
        three, four = max(1.0 + returns[day + 2], 0.0), max(1.0 + returns[day + 3], 0.0)
        both = one * two
        a, b, c = wealth * one, wealth * both, wealth * (both * three)
        d = wealth = wealth * (both * (three * four))
        if max(a, b, c, d) > peak or min(a, b, c, d) < deepest * peak:
            for value in (a, b, c, d):
                peak = max(peak, value)
                deepest = min(deepest, value / peak)
    for day in range(whole, returns.size):
        wealth *= max(1.0 + returns[day], 0.0)
        peak = max(peak, wealth)
        deepest = min(deepest, wealth / peak)
    if not math.isfinite(wealth):
        return np.nan, np.nan, np.nan
    return deepest - 1.0, wealth / peak - 1.0, wealth


@_compiled
def tail(returns: Array, alpha: float, mean: float, deviation: float, kept: Array) -> Any:
    """(historical VaR, CVaR) at 1 - alpha; `kept` is room for as many values as there are.

    Only days below mean - 1.2 sigma are looked at; if too few lie there, all are.
    """
    count = returns.size
    place = (count - 1) * alpha
    lower = math.floor(place)
    found = _below(returns, mean - NEAR_TAIL * deviation, kept)
    if found < lower + 2:
        found = _below(returns, np.inf, kept)
    total, at, above = _split(kept[:found], lower + 1)
    mass = count * alpha
    if mass >= lower + 1:
        worst = total + (mass - (lower + 1)) * above
    else:
        worst = total - (lower + 1 - mass) * at
    return -(at + (place - lower) * (above - at)), -worst / mass


@_compiled
def _below(returns: Array, line: float, kept: Array) -> int:
    """Copy what lies below `line`; how many."""
    found = 0
    for day in range(returns.size):
        value = returns[day]
        kept[found] = value
        found += value < line
    return found


@_searching
def _split(values: Array, wanted: int) -> tuple[float, float, float]:
    """Σ of the `wanted` smallest, the largest of these, and the smallest of the others.

    A line between the two is found by halving; counting is cheaper than sorting.
    """
    low = high = values[0]
    for at in range(values.size):
        low = values[at] if values[at] < low else low
        high = values[at] if values[at] > high else high
    for _ in range(HALVINGS):
        line = 0.5 * (low + high)
        count = 0.0
        for at in range(values.size):
            count += 1.0 if values[at] < line else 0.0
        if count == wanted:
            return _beside(values, line)
        if count < wanted:
            low = line
        else:
            high = line
    ordered = np.sort(values)
    return ordered[:wanted].sum(), ordered[wanted - 1], ordered[wanted]


@_searching
def _beside(values: Array, line: float) -> tuple[float, float, float]:
    """Σ below the line, the largest below it, the smallest above it."""
    total, under, above = 0.0, -np.inf, np.inf
    for at in range(values.size):
        value = values[at]
        below = value < line
        total += value if below else 0.0
        under = value if below and value > under else under
        above = value if not below and value < above else above
    return total, under, above


@_compiled
def _cornish_fisher(z: float, skew: float, kurtosis: float) -> float:
    """The bent quantile; NaN outside the domain of the expansion."""
    if not _in_domain(skew, kurtosis):
        return np.nan
    bent = z + (z**2 - 1.0) * skew / 6.0 + (z**3 - 3.0 * z) * kurtosis / 24.0
    return bent - (2.0 * z**3 - 5.0 * z) * skew**2 / 36.0


@_compiled
def _calmar(wealth: float, deepest: float, days: int) -> float:
    """Growth per year / size of the deepest drawdown; NaN where nothing was ever lost."""
    if deepest == 0.0 or not math.isfinite(wealth):
        return np.nan
    if wealth == 0.0:
        return -1.0 / -deepest
    exponent = math.log(wealth) * DAYS_PER_YEAR / days
    return math.expm1(exponent) / -deepest if exponent < LARGEST_EXPONENT else np.nan


@_compiled
def one(  # noqa: PLR0917
    returns: Array,
    decayed: Array,
    alpha: float,
    z: float,
    risk_free: float,
    kept: Array,
    out: Array,
) -> None:
    """Every measure of one series but beta and HHI, which need no series."""
    days = returns.size
    mean, second, third, fourth, below, recent = moments(returns, decayed)
    deviation = without_noise(math.sqrt(second / (days - 1)), mean, returns)
    deepest, current, wealth = drawdown(returns)
    year = math.sqrt(DAYS_PER_YEAR)
    out[VOLATILITY] = deviation * year
    out[PARAMETRIC] = -(mean + z * deviation)
    out[EWMA] = -z * math.sqrt(recent)
    out[HISTORICAL], out[CVAR] = tail(returns, alpha, mean, deviation, kept)
    out[MAX_DRAWDOWN], out[CURRENT_DRAWDOWN] = deepest, current
    out[CALMAR] = _calmar(wealth, deepest, days)
    downside = math.sqrt(below / days * DAYS_PER_YEAR)
    if downside != 0.0:
        out[SORTINO] = (mean * DAYS_PER_YEAR - risk_free) / downside
    if deviation != 0.0:
        out[SHARPE] = (mean - risk_free / DAYS_PER_YEAR) / deviation * year
        variance = second / days
        skew = third / days / (variance * math.sqrt(variance))
        kurtosis = fourth / days / (variance * variance) - 3.0
        out[CORNISH_FISHER] = -(mean + _cornish_fisher(z, skew, kurtosis) * deviation)


@_compiled
def many(  # noqa: PLR0917
    by_asset: Array,
    decayed: Array,
    betas: Array,
    indptr: Ints,
    indices: Ints,
    weights: Array,
    alpha: float,
    z: float,
    risk_free: float,
    out: Array,
) -> None:
    """Fill `out` (portfolios, 13), which comes full of NaN."""
    days = by_asset.shape[1]
    returns, kept = np.empty(days), np.empty(days + 1)
    for book in range(indptr.size - 1):
        start, end = indptr[book], indptr[book + 1]
        if start == end:
            continue
        beta = squares = 0.0
        for at in range(start, end):
            beta += weights[at] * betas[indices[at]]
            squares += weights[at] * weights[at]
        out[book, HHI] = squares
        if days < 2:
            continue
        series(by_asset, indices, weights, start, end, returns)
        one(returns, decayed, alpha, z, risk_free, kept, out[book])
        out[book, BETA] = beta


@_compiled
def leaders(  # noqa: PLR0917
    covariance: Array, indptr: Ints, indices: Ints, weights: Array, at: Ints, share: Array
) -> None:
    """Of each book the position that carries most of the variance, and its share of it."""
    for book in range(indptr.size - 1):
        start, end = indptr[book], indptr[book + 1]
        total, most, leader = 0.0, -np.inf, -1
        for row in range(start, end):
            marginal = 0.0
            for column in range(start, end):
                marginal += weights[column] * covariance[indices[row], indices[column]]
            part = weights[row] * marginal
            total += part
            if part > most:
                most, leader = part, row
        if total > 0.0:
            at[book], share[book] = leader, most / total
