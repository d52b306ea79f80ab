"""Student's t: a bell curve with fat tails. Positive losses per day.

The distribution is written out here because importing SciPy costs a request half a second and a
process 40 MB; tests hold it to SciPy's at 1e-10.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

import numpy.typing as npt

from risk.measures.arrays import clean, spread
from risk.measures.dispersion import excess_kurtosis
from risk.measures.normal import normal_quantile, normal_tail_mean

#: Beyond so many degrees of freedom the t is the normal to six digits, and taken for it.
NEARLY_NORMAL = 1e6
_NORMAL = NormalDist()
_TINY = 1e-300


def degrees_of_freedom(returns: npt.ArrayLike) -> float | None:
    """By moments: 4 + 6/k from the excess kurtosis k; infinite (the normal) for k ≤ 0."""
    kurtosis = excess_kurtosis(returns)
    if kurtosis is None:
        return None
    return 4.0 + 6.0 / kurtosis if kurtosis > 6.0 / NEARLY_NORMAL else math.inf


def student_t_var(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """-(μ + t·sigma·√((d-2)/d)): mean and deviation of the sample, d degrees by moments.

    Without dispersion there is no kurtosis and nothing to bend: -μ.
    """
    return _loss(returns, confidence, standard_quantile)


def student_t_cvar(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """Mean beyond the VaR: -(μ - sigma·√((d-2)/d) · f(t)/alpha · (d + t²)/(d - 1))."""
    return _loss(returns, confidence, standard_tail_mean)


def _loss(
    returns: npt.ArrayLike, confidence: float, place: Callable[[float, float], float]
) -> float | None:
    values = clean(returns)
    if values.size < 2:
        return None
    freedom = degrees_of_freedom(values)
    if freedom is None:
        return -float(values.mean())
    return -(float(values.mean()) + place(confidence, freedom) * spread(values))


@lru_cache(maxsize=1024)
def standard_quantile(confidence: float, freedom: float) -> float:
    """Quantile of alpha of a t with `freedom` > 2, scaled to variance 1."""
    if math.isinf(freedom):
        return normal_quantile(confidence)
    return quantile(1.0 - confidence, freedom) * math.sqrt((freedom - 2.0) / freedom)


@lru_cache(maxsize=1024)
def standard_tail_mean(confidence: float, freedom: float) -> float:
    """Mean of that t below its quantile of alpha."""
    if math.isinf(freedom):
        return normal_tail_mean(confidence)
    alpha = 1.0 - confidence
    t = quantile(alpha, freedom)
    beyond = density(t, freedom) / alpha * (freedom + t * t) / (freedom - 1.0)
    return -beyond * math.sqrt((freedom - 2.0) / freedom)


def density(t: float, freedom: float) -> float:
    """Of a t with `freedom` degrees."""
    log = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
    log -= 0.5 * math.log(freedom * math.pi) + (freedom + 1) / 2 * math.log1p(t * t / freedom)
    return math.exp(log)


def distribution(t: float, freedom: float) -> float:
    """P(T ≤ t), by the regularised incomplete beta function."""
    outside = 0.5 * incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))
    return outside if t <= 0.0 else 1.0 - outside


def quantile(probability: float, freedom: float) -> float:
    """Inverse of `distribution`, by Newton from the normal's, kept in a bracket by bisection."""
    if probability > 0.5:
        return -quantile(1.0 - probability, freedom)
    if probability == 0.5:
        return 0.0
    low, high = -1.0, 0.0
    while distribution(low, freedom) > probability:
        low, high = 2.0 * low, low
    t = max(low, min(high, _NORMAL.inv_cdf(probability)))
    for _ in range(200):
        off = distribution(t, freedom) - probability
        low, high = (t, high) if off < 0.0 else (low, t)
        stepped = t - off / density(t, freedom)
        following = stepped if low < stepped < high else (low + high) / 2.0
        if abs(following - t) <= 1e-15 * abs(t):
            break
        t = following
    return t


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised I_x(a, b) by its continued fraction (DLMF 8.17.22, modified Lentz)."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log + a * math.log(x) + b * math.log1p(-x)) / a
    return front * _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _kept(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, 1000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _kept(1.0 + term * d)
            c = _kept(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return value


def _kept(value: float) -> float:
    """Away from zero, as Lentz's method needs it."""
    return value if abs(value) > _TINY else _TINY
