"""Were there as many exceptions as promised, and did they come alone?

An exception is a day whose loss is greater than the VaR that was forecast of it. `share` is the
promised share of such days, 1 - confidence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from risk.measures import Array

Flags = npt.NDArray[np.bool_]

#: The light looks at so many of the newest days (Basel's 250 trading days; crypto trades always).
LIGHT_DAYS = 365
#: Basel 1996: yellow begins where so many exceptions or fewer would come with this probability
#: from a right model, red begins likewise.
YELLOW_FROM, RED_FROM = 0.95, 0.9999


class Light(StrEnum):
    """Basel's traffic light."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True)
class Test:
    """Likelihood ratio and the probability of one as large from a right model."""

    lr: float
    p: float

    __test__ = False  # not a case for pytest


@dataclass(frozen=True)
class Transitions:
    """Pairs of consecutive days: the first index is the day before, 1 is an exception."""

    n00: int
    n01: int
    n10: int
    n11: int


def exceptions(returns: npt.ArrayLike, losses: npt.ArrayLike) -> Flags:
    """Days (days,) on which the return was below the negative of the forecast loss."""
    flags: Flags = np.asarray(returns, dtype=np.float64) < -np.asarray(losses, dtype=np.float64)
    return flags


def kupiec(observations: int, count: int, share: float) -> Test | None:
    """Proportion of failures (Kupiec 1995), chi-squared with one degree; None without a day."""
    if observations < 1:
        return None
    observed = count / observations
    promised = _log(observations - count, 1.0 - share) + _log(count, share)
    seen = _log(observations - count, 1.0 - observed) + _log(count, observed)
    return _one_degree(2.0 * (seen - promised))


def transitions(flags: Flags, known: Flags | None = None) -> Transitions:
    """Counts over the consecutive days of `flags` (days,); a day that is not `known` (days,) is no
    day, and its neighbours are not consecutive.
    """
    before, after = flags[:-1], flags[1:]
    if known is not None:
        pairs = known[:-1] & known[1:]
        before, after = before[pairs], after[pairs]
    n11 = int(np.sum(before & after))
    n10, n01 = int(np.sum(before)) - n11, int(np.sum(after)) - n11
    return Transitions(before.size - n11 - n10 - n01, n01, n10, n11)


def christoffersen_independence(counts: Transitions) -> Test | None:
    """Whether an exception makes one on the next day likelier (Christoffersen 1998), chi-squared
    with one degree; None without a pair of days.
    """
    from_none, from_one = counts.n00 + counts.n01, counts.n10 + counts.n11
    total = from_none + from_one
    if total < 1:
        return None
    ones = counts.n01 + counts.n11
    alike = _log(total - ones, 1.0 - ones / total) + _log(ones, ones / total)
    apart = _own(counts.n00, counts.n01) + _own(counts.n10, counts.n11)
    return _one_degree(2.0 * (apart - alike))


def joint(coverage: Test | None, independence: Test | None) -> Test | None:
    """Conditional coverage: the sum of the two ratios, chi-squared with two degrees."""
    if coverage is None or independence is None:
        return None
    ratio = coverage.lr + independence.lr
    return Test(ratio, math.exp(-ratio / 2.0))


def basel_light(observations: int, count: int, share: float) -> Light | None:
    """The zone of so many exceptions; None without a day. See `light_limits`."""
    if observations < 1:
        return None
    yellow, red = light_limits(observations, share)
    if count < yellow:
        return Light.GREEN
    return Light.YELLOW if count < red else Light.RED


@lru_cache(maxsize=1024)
def light_limits(observations: int, share: float) -> tuple[int, int]:
    """The first number of exceptions that is yellow, and the first that is red.

    Basel's own rule (cumulative binomial probability of 95 % and of 99.99 %), so that it is its
    table at 250 days and 1 %, and at 365 days 7 and 13 (1 %), 25 and 35 (5 %).
    """
    yellow, below, chance = -1, 0.0, (1.0 - share) ** observations
    for count in range(observations + 1):
        below += chance
        if yellow < 0 and below >= YELLOW_FROM:
            yellow = count
        if below >= RED_FROM:
            return yellow, count
        chance *= (observations - count) / (count + 1) * share / (1.0 - share)
    return (observations if yellow < 0 else yellow), observations + 1


def quantile_loss(returns: Array, losses: Array, share: float) -> float | None:
    """Mean pinball loss of the forecast quantile -loss (Koenker-Bassett; Gneiting 2011): the lower
    the better, and lowest for the true quantile. Both arrays (days,); None without a day.
    """
    if not returns.size:
        return None
    off = returns + losses
    return float(np.mean((share - (off < 0.0)) * off))


def _log(times: int, probability: float) -> float:
    """log(probability ** times), with 0·log 0 = 0."""
    return times * math.log(probability) if times else 0.0


def _own(none: int, one: int) -> float:
    """Log-likelihood of the rows of one state at their own share."""
    total = none + one
    return _log(none, none / total) + _log(one, one / total) if total else 0.0


def _one_degree(ratio: float) -> Test:
    """The survival function of chi-squared with one degree is erfc(√(x/2))."""
    ratio = max(ratio, 0.0)  # rounding may leave -1e-15
    return Test(ratio, math.erfc(math.sqrt(ratio / 2.0)))
